"""The suite that a server must pass, derived from a contract and its world by running the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.values import JsonValue
from skiller_assets.service.bad_arguments import spoiled
from skiller_assets.service.pools import Width, sample
from skiller_assets.service.random_calls import random_calls
from skiller_assets.service.search import Call, Explorer, Findings, Found
from skiller_assets.service.suite import Case, Step, Suite, Uncovered
from skiller_assets.world.builtins import CALCULATE, TRANSFER
from skiller_assets.world.diff import diff_json
from skiller_assets.world.image import World
from skiller_assets.world.listing import tool_cards
from skiller_assets.world.session import Session

SEQUENCES = 24
_GUESS = Width(1, 4, 4)
_BUILTIN_CALLS = (
    Call(CALCULATE, {"expression": "(120.50 - 20) * 3 / 7"}),
    Call(CALCULATE, {"expression": "-1.005 + 2"}),
    Call(CALCULATE, {"expression": "2 ** 9999"}),
    Call(CALCULATE, {"expression": "1 / 0"}),
    Call(CALCULATE, {"expression": "__import__('os')"}),
    Call(CALCULATE, {"expression": 3}),
    Call(TRANSFER, {"summary": "The caller wants something else."}),
    Call(TRANSFER, {}),
    Call("no_such_tool", {}),
)


def derive_suite(world: World, findings: Sequence[Findings] | None = None, sequences: int = SEQUENCES) -> Suite:
    """Every kind of case, as the engine answers it. Equal worlds give equal suites.

    ``findings`` are those of an :class:`Explorer` of this world, where they are at hand already.
    """
    explorer = Explorer(world)
    deriver = _Deriver(explorer, findings if findings is not None else explorer.explore())
    cases = [*deriver.cases(), *deriver.random_cases(sequences)]
    return Suite(
        world.contract.domain,
        world.hash,
        world.now,
        _tables(world),
        tuple(
            {"name": c.name, "description": c.description, "input_schema": c.schema}
            for c in tool_cards(world.program.compiled)
        ),
        tuple(cases),
        tuple(deriver.uncovered()),
        tuple(deriver.recorder.faults),
    )


def _tables(world: World) -> dict[str, dict[str, Any]]:
    return {
        name: {"key": list(table.key), "columns": {c: a.type for c, a in table.attributes.items()}}
        for name, table in world.contract.tables.items()
    }


@dataclass
class _Recorder:
    """Runs calls on the engine and writes down what it says; a call that ends in ``error`` is a fault, not a case."""

    world: World
    faults: list[str] = field(default_factory=list)

    def record(
        self, identifier: str, about: str, calls: Iterable[tuple[int, Call]],
        tool: str | None = None, rule: str | None = None,
    ) -> Case:  # fmt: skip
        """A case from calls, each in the session of its number."""
        sessions: dict[int, Session] = {}
        steps: list[Step] = []
        for number, call in calls:
            if number not in sessions:
                sessions[number] = self.world.open()
            step = _step(sessions[number], number, call)
            if step.status == "error":
                self.faults.append(f"{identifier}: {call.tool} {call.arguments}: {step.message}")
                continue
            steps.append(step)
        diffs = tuple(tuple(diff_json(sessions[number].diff())) for number in sorted(sessions))
        for session in sessions.values():
            session.close()
        return Case(identifier, about, tool, rule, tuple(steps), diffs)


def _step(session: Session, number: int, call: Call) -> Step:
    known = len(session.new_ids)
    outcome = session.call(call.tool, call.arguments)
    # What is wrong with arguments may be worded as one likes; every other message is part of the service.
    message = "" if outcome.status == "invalid" else outcome.message
    new_ids = tuple(session.new_ids[known:])
    return Step(number, call.tool, call.arguments, outcome.status, outcome.result, outcome.rule, message, new_ids)


class _Deriver:
    def __init__(self, explorer: Explorer, findings: Sequence[Findings]) -> None:
        self.explorer = explorer
        self.findings = findings
        self.compiled = explorer.compiled
        self.recorder = _Recorder(explorer.world)
        self.principals = explorer.world.contract.principals

    def cases(self) -> Iterator[Case]:
        """All but the random ones."""
        for findings in self.findings:
            yield from (self._found(found) for found in findings.found)
            yield from self._confirmation(findings)
        yield from self._bad_arguments()
        yield self._unauthorized()
        yield from (case for principal in self.principals for case in self._credentials(principal))
        yield from self._isolation()
        yield self.recorder.record("builtin", "builtin", [(0, call) for call in _BUILTIN_CALLS])

    def random_cases(self, count: int) -> Iterator[Case]:
        """Random sequences of valid and invalid calls."""
        for number in range(count):
            principal = self.principals[number % len(self.principals)]
            calls = random_calls(self.explorer, principal, number, self.findings)
            yield self.recorder.record(f"random/{number}", "random", ((0, call) for call in calls))

    def uncovered(self) -> Iterator[Uncovered]:
        """Tools and rules without a case."""
        for findings in self.findings:
            for goal in findings.missing:
                if goal.fails is None:
                    yield Uncovered(findings.tool, None, "no call breaks none of its rules: nobody can use it")
                else:
                    yield Uncovered(findings.tool, goal.fails, "no call breaks it and gets that far: it can never fail")
        for principal in self.principals:
            if self._somebody(principal) is None:
                yield Uncovered(self._gate(principal).name, None, "nobody's own data authorize them")

    def _found(self, found: Found) -> Case:
        tool = self.compiled.tools[found.call.tool]
        rule = found.goal.fails
        enforced = {r.rule.id for r in tool.rules if r.rule.by == "tool"}
        about = "permitted" if rule is None else "denied" if rule in enforced else "let_through"
        calls = [(0, call) for call in [*self._way_in(tool, found), *found.setup, _confirmed(tool, found.call)]]
        return self.recorder.record(f"{about}/{tool.name}/{rule or ''}".rstrip("/"), about, calls, tool.name, rule)

    def _way_in(self, tool: CompiledTool, found: Found) -> list[Call]:
        """The authorizations before a found call: its own principal's, and anybody's for the other principals."""
        own = self.explorer.credentials(tool.principal, found.person)
        others = [self._somebody(p) for p in self.principals if p != tool.principal]
        return [call for call in (own, *others) if call is not None]

    def _confirmation(self, findings: Findings) -> Iterator[Case]:
        """A preview that changes nothing; then a preview, the real thing, and a second go at it."""
        found = findings.permitted()
        if found is None or self.compiled.tools[findings.tool].confirm != "tool":
            return
        tool = self.compiled.tools[findings.tool]
        before = [(0, call) for call in [*self._way_in(tool, found), *found.setup]]
        preview, real = (0, found.call), (0, _confirmed(tool, found.call))
        declined = (0, Call(tool.name, {**found.call.arguments, "confirm": False}))
        name = f"confirmation/{tool.name}"
        yield self.recorder.record(f"{name}/preview", "confirmation", [*before, preview, declined], tool.name)
        yield self.recorder.record(f"{name}/carried_out", "confirmation", [*before, preview, real, preview], tool.name)

    def _bad_arguments(self) -> Iterator[Case]:
        for findings in self.findings:
            tool = self.compiled.tools[findings.tool]
            found = findings.permitted()
            person = found.person if found else self.explorer.people(tool.principal)[0]
            good = found.call.arguments if found else self._guess(tool, person)
            before = self._way_in(tool, found) if found else []
            calls = [*before, *(Call(tool.name, bad) for _, bad in spoiled(tool.schema, good))]
            yield self.recorder.record(f"invalid/{tool.name}", "invalid", [(0, c) for c in calls], tool.name)
        for principal in self.principals:
            tool = self._gate(principal)
            known = self._somebody(principal)
            good = known.arguments if known else self._guess(tool, self.explorer.people(principal)[0])
            calls = [Call(tool.name, bad) for _, bad in spoiled(tool.schema, good)]
            yield self.recorder.record(f"invalid/{tool.name}", "invalid", [(0, c) for c in calls], tool.name)

    def _guess(self, tool: CompiledTool, person: str) -> dict[str, JsonValue]:
        session = self.explorer.serve(tool.principal, person)
        return next(iter(sample(self.explorer.pools.of(session, tool, _GUESS), 1, tool.name)), {})

    def _unauthorized(self) -> Case:
        calls = []
        for findings in self.findings:
            found = findings.permitted()
            tool = self.compiled.tools[findings.tool]
            calls.append(found.call if found else Call(tool.name, self._guess(tool, "")))
        return self.recorder.record("unauthorized", "unauthorized", [(0, call) for call in calls])

    def _credentials(self, principal: str) -> Iterator[Case]:
        """Somebody gets in, again and again; somebody else does not after them; wrong credentials never do."""
        ways = [w for p in self.explorer.people(principal)[:6] if (w := self.explorer.credentials(principal, p))]
        if len(ways) < 2:
            return
        first, second = ways[:2]
        mixed = [
            Call(first.tool, {**first.arguments, name: second.arguments[name]})
            for name in first.arguments
            if len(first.arguments) > 1
        ]
        strange = [Call(first.tool, {n: _altered(v) for n, v in first.arguments.items()})]
        name = f"credentials/{principal}"
        wrong = [(0, call) for call in [*mixed, *strange]]
        yield self.recorder.record(f"{name}/wrong", "credentials", [*wrong, (0, first)], first.tool)
        both = [(0, first), (0, first), (0, second), (0, first)]
        yield self.recorder.record(f"{name}/second_person", "credentials", both, first.tool)

    def _isolation(self) -> Iterator[Case]:
        """What one session writes, another does not see: the same write succeeds, with the same outcome, in both."""
        for findings in self.findings:
            found = findings.permitted()
            tool = self.compiled.tools[findings.tool]
            if found is None or not tool.effects:
                continue
            before = [*self._way_in(tool, found), *found.setup]
            write = _confirmed(tool, found.call)
            calls = [(n, call) for call in before for n in (0, 1)]
            calls += [(0, write), (2, write), (1, write)]
            yield self.recorder.record(f"isolation/{tool.name}", "isolation", calls, tool.name)

    def _gate(self, principal: str) -> CompiledTool:
        return next(t for t in self.compiled.tools.values() if t.grants is not None and t.principal == principal)

    def _somebody(self, principal: str) -> Call | None:
        people = self.explorer.people(principal)[:20]
        return next((way for p in people if (way := self.explorer.credentials(principal, p))), None)


def _confirmed(tool: CompiledTool, call: Call) -> Call:
    return Call(call.tool, {**call.arguments, "confirm": True}) if tool.confirm == "tool" else call


def _altered(value: JsonValue) -> JsonValue:
    """Another value of the same shape."""
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    return value + 1 if isinstance(value, int | float) and not isinstance(value, bool) else value
