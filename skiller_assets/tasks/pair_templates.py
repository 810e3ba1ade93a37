"""Templates of a pair: its trajectories in every kind that two domains make possible."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from skiller_assets.contract.fusion import Fusion, ValueFlow
from skiller_assets.contract.model import Contract
from skiller_assets.contract.rename import domain_of
from skiller_assets.tasks.templates import NEVER_ASKED, Template, goal_tools, out_of_scope_templates

_CLARIFIED_GOALS = 4
_SEGMENTS_BEFORE, _PARTIAL_TRIED = 3, 30
"""How many segments of the other domain are tried before each refusal, and at least before all of them together: where
little is refused, few of the segments suit a person who is refused it."""


def pair_templates(contract: Contract, trajectories: Sequence[Mapping[str, Any]], rng: random.Random) -> list[Template]:
    """Every template of a fused contract; ``trajectories`` are the records of ``trajectories.jsonl``."""
    assert contract.fusion is not None
    fulfil = [_fulfil(contract, contract.fusion, t) for t in trajectories]
    clarify = [_as_clarify(t) for t in fulfil if len(t.goals) <= _CLARIFIED_GOALS]
    refusals = list(_refusals(contract, contract.fusion))
    partial = list(_partial(refusals, trajectories, rng))
    topics = [t for t in out_of_scope_templates(contract) if t.topic not in contract.fusion.served_elsewhere]
    return [*fulfil, *_once(refusals), *_once(partial), *clarify, *topics]


def _fulfil(contract: Contract, fusion: Fusion, trajectory: Mapping[str, Any]) -> Template:
    flow = fusion.flow(trajectory["flow"]) if trajectory["flow"] else None
    return Template(
        f"fulfil:{trajectory['id']}",
        "fulfil",
        tuple(trajectory["goals"]),
        _carried(contract, trajectory["goals"], flow) if flow else trajectory["says"],
        tuple(trajectory["because"]),
        flow=trajectory["flow"],
        bridges=tuple(trajectory["bridges"]),
        segments=_segments(trajectory),
    )


def _carried(contract: Contract, goals: Sequence[str], flow: ValueFlow) -> str:
    """The wishes in their order, one of them going by what is carried over, as the person points to it."""
    by = f" (going by {flow.phrase})"
    wishes = [f"{contract.tools[goal].voice.wants[0]}{by if goal == flow.takes else ''}" for goal in goals]
    story = ", then ".join(wishes)
    return f"{story[:1].upper()}{story[1:]}."


def _segments(trajectory: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(task for tasks in trajectory["tasks"].values() for task in tasks[:1])


def _as_clarify(t: Template) -> Template:
    return Template(
        f"clarify:{t.id.removeprefix('fulfil:')}", "clarify", t.goals, t.story, t.because,
        flow=t.flow, bridges=t.bridges, segments=t.segments,
    )  # fmt: skip


def _refusals(contract: Contract, fusion: Fusion) -> Iterator[Template]:
    """What a rule over both domains forbids, and what any rule forbids of a wish into which a value flows."""
    flows = {tool: [f for f in fusion.flows if f.takes == tool] for tool in goal_tools(contract)}
    spanning = {(rule.tool, rule.rule) for rule in fusion.rules}
    for tool in goal_tools(contract):
        if contract.tools[tool].access != "write":
            continue
        for rule in contract.rules_of(tool):
            if rule.kind in NEVER_ASKED:
                continue
            over_both = (tool, rule.id) in spanning
            for flow in [*flows[tool], *([None] if over_both else [])]:
                bridges = (*([flow.id] if flow else []), *([rule.id] if over_both else []))
                because = flow.because if flow else contract.tools[tool].voice.because
                yield Template(
                    f"refuse:{tool}:{rule.id}:{flow.id if flow else ''}", "refuse", (tool,), rule.says, tuple(because),
                    rule=rule.id, flow=flow.id if flow else None, bridges=bridges,
                )  # fmt: skip


def _partial(
    refusals: Sequence[Template], trajectories: Sequence[Mapping[str, Any]], rng: random.Random
) -> Iterator[Template]:
    """A segment of the one domain that is done, before a wish at the other that is refused."""
    most = max(_SEGMENTS_BEFORE, _PARTIAL_TRIED // max(len(refusals), 1))
    for refusal in refusals:
        own = domain_of(refusal.goals[0])
        before = {
            tuple(goals): trajectory["tasks"][domain]
            for trajectory in trajectories
            for domain, goals in trajectory["segments"].items()
            if domain != own and len(goals) <= 2
        }
        chosen = rng.sample(sorted(before), min(most, len(before)))
        for goals in chosen:
            yield Template(
                f"partial:{'+'.join(goals)}:{refusal.id.removeprefix('refuse:')}", "partial",
                (*goals, *refusal.goals), refusal.story, refusal.because, rule=refusal.rule, flow=refusal.flow,
                bridges=refusal.bridges, segments=tuple(before[goals][:1]),
            )  # fmt: skip


def _once(templates: Iterable[Template]) -> list[Template]:
    return list({t.id: t for t in templates}.values())
