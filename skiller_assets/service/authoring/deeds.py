"""What calls come to when they are carried out: faults of SQL at work, records off their ways, broken invariants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.service.pools import Width, sample
from skiller_assets.service.search import Call, Explorer, Findings, Found
from skiller_assets.world.image import World
from skiller_assets.world.lifecycle import illegal_transitions
from skiller_assets.world.outcome import Outcome
from skiller_assets.world.session import Session

_PEOPLE, _CALLS = 12, 6
_WIDTH = Width(_PEOPLE, 8, 4)
_ROWS_SHOWN = 2


def deed_complaints(world: World, findings: Sequence[Findings]) -> Mapping[str, list[str]]:
    """For each tool that misbehaves, how; every permitted call that was found is carried out."""
    explorer = Explorer(world)
    found: dict[str, list[str]] = {}
    for item in findings:
        tool = explorer.compiled.tools[item.tool]
        permitted = item.permitted()
        said = list(_carried_out(explorer, permitted) if permitted else _judged(explorer, tool))
        if said:
            found[tool.name] = [f"tool {tool.name}: {what}" for what in dict.fromkeys(said)]
    return found


def _judged(explorer: Explorer, tool: CompiledTool) -> Iterator[str]:
    """Why no call gets as far as a verdict on its rules."""
    for person in explorer.people(tool.principal)[:_PEOPLE]:
        session = explorer.serve(tool.principal, person)
        for taken in sample(explorer.pools.of(session, tool, _WIDTH), _CALLS, tool.name, person):
            verdict = session.judge(tool.name, taken)
            if isinstance(verdict, Outcome) and verdict.status == "error":
                yield _fault(verdict, tool.name, taken)
                return


def _carried_out(explorer: Explorer, found: Found) -> Iterator[str]:
    session = explorer.serve(explorer.compiled.tools[found.call.tool].principal, found.person)
    for call in found.setup:
        session.call(call.tool, call.arguments)
    before = session.diff()
    outcome = session.call(found.call.tool, _confirmed(explorer, found.call))
    if outcome.status == "error":
        yield _fault(outcome, found.call.tool, found.call.arguments)
        return
    yield from _broken(explorer, session, found.call)
    changed = tuple(change for change in session.diff() if change not in before)
    for fault in illegal_transitions(explorer.world.contract, changed, one_call=not found.setup):
        yield f"{fault}, which its lifecycle does not allow: change the effect, or let a rule forbid the call"


def _confirmed(explorer: Explorer, call: Call) -> dict[str, Any]:
    two_steps = explorer.compiled.tools[call.tool].confirm == "tool"
    return {**call.arguments, "confirm": True} if two_steps else call.arguments


def _broken(explorer: Explorer, session: Session, call: Call) -> Iterator[str]:
    for name, statement in explorer.compiled.invariants:
        if rows := session.query(statement.sql):
            shown = "; ".join(str(row) for row in rows[:_ROWS_SHOWN])
            yield (
                f"a permitted call breaks the invariant {name} ({shown}), with {call.arguments}: mend the effect, "
                "forbid the call by a rule, or correct the invariant"
            )


def _fault(outcome: Outcome, tool: str, arguments: Mapping[str, Any]) -> str:
    return f"a call fails with “{outcome.message.removeprefix(f'{tool}: ')}”, with {dict(arguments)}"
