"""What rules and effects do on the data: evidence that each rule can hold and can fail, and that each effect shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skiller_assets.contract.compile import CompiledEffect, CompiledTool
from skiller_assets.service.occasion import occasion
from skiller_assets.service.pools import Width, sample
from skiller_assets.service.search import Explorer, Findings, Found
from skiller_assets.service.solve import Goal
from skiller_assets.world.diff import Diff
from skiller_assets.world.session import Session

_PEOPLE, _CALLS = 16, 6
_WIDTH = Width(_PEOPLE, 8, 4)


@dataclass(frozen=True)
class RuleEvidence:
    """How often a rule held, and how often it alone failed, over the calls that were judged."""

    tool: str
    rule: str
    holds: int
    fails: int
    fails_alone: int


@dataclass(frozen=True)
class EffectEvidence:
    """How often an effect's tool was carried out, and how often the state diff showed the effect."""

    tool: str
    effect: int
    says: str
    carried_out: int
    shown: int


def probe_rules(explorer: Explorer, findings: Sequence[Findings]) -> list[RuleEvidence]:
    """Evidence for every rule, from sampled calls and from those that were searched for; all are judged anew."""
    found = []
    for item in findings:
        tool = explorer.compiled.tools[item.tool]
        verdicts = [*_sampled(explorer, tool), *(v for f in item.found for v in _judged(explorer, tool, f))]
        for rule in tool.rules:
            identifier = rule.rule.id
            failed = [verdict for verdict in verdicts if identifier in verdict]
            alone = sum(verdict == (identifier,) for verdict in failed)
            found.append(RuleEvidence(tool.name, identifier, len(verdicts) - len(failed), len(failed), alone))
    return found


def _sampled(explorer: Explorer, tool: CompiledTool) -> list[tuple[str, ...]]:
    verdicts = []
    for person in explorer.people(tool.principal)[:_PEOPLE]:
        session = explorer.serve(tool.principal, person)
        for taken in sample(explorer.pools.of(session, tool, _WIDTH), _CALLS, tool.name, person):
            verdict = session.judge(tool.name, taken)
            if isinstance(verdict, tuple):
                verdicts.append(verdict)
    return verdicts


def _judged(explorer: Explorer, tool: CompiledTool, found: Found) -> Iterator[tuple[str, ...]]:
    """The rules that a call breaks after its setup; nothing where it does not get that far."""
    verdict = _prepared(explorer, tool, found).judge(tool.name, found.call.arguments)
    if isinstance(verdict, tuple):
        yield verdict


def _prepared(explorer: Explorer, tool: CompiledTool, found: Found) -> Session:
    """The explorer's session, serving the person of a finding, its setup carried out."""
    session = explorer.serve(tool.principal, found.person)
    for call in found.setup:
        session.call(call.tool, call.arguments)
    return session


def probe_effects(explorer: Explorer, findings: Sequence[Findings]) -> list[EffectEvidence]:
    """Evidence for every effect, from carrying out calls that are possible."""
    evidence = []
    for item in findings:
        tool = explorer.compiled.tools[item.tool]
        if not tool.effects:
            continue
        diffs = [diff for found in item.found for diff in _carried_out(explorer, tool, found)]
        for i, effect in enumerate(tool.effects, 1):
            if not any(_shows(tool, effect, diff) for diff in diffs):
                found = explorer.find(tool, Goal(), occasion(tool, effect))
                diffs += _carried_out(explorer, tool, found) if found else []
            shown = sum(_shows(tool, effect, diff) for diff in diffs)
            evidence.append(EffectEvidence(tool.name, i, effect.effect.says, len(diffs), shown))
    return evidence


def _carried_out(explorer: Explorer, tool: CompiledTool, found: Found) -> Iterator[Diff]:
    """What the call itself changed, beyond its setup; nothing where it is not carried out."""
    session = _prepared(explorer, tool, found)
    before = session.diff()
    confirm = {"confirm": True} if tool.confirm == "tool" else {}
    if session.call(tool.name, {**found.call.arguments, **confirm}).status == "ok":
        yield tuple(change for change in session.diff() if change not in before)


def _shows(tool: CompiledTool, effect: CompiledEffect, diff: Diff) -> bool:
    """Whether a net change can be this effect's. Rows deleted and inserted again show as updated or not at all."""
    written = {(op.lower(), table, column) for op, table, column in effect.statement.writes}
    others = {(op, table) for e in tool.effects for op, table, _ in e.statement.writes}
    for change in diff:
        columns = {""} if change.op != "update" else set(change.after or {})
        if any((change.op, change.table, column) in written for column in columns):
            return True
        replaced = {("INSERT", change.table), ("DELETE", change.table)} <= others
        if replaced and change.table in effect.statement.written_tables:
            return True
    return False
