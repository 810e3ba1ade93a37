"""Candidates for bridges of a pair, as the fused contract names them, the most plausible and most different first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, zip_longest
from typing import Any

from skiller_assets.contract.analyse import shown_by
from skiller_assets.contract.english import with_article
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.wording import say_name, say_of
from skiller_assets.fusion.flows import FlowCandidate, flow_candidates
from skiller_assets.fusion.members import Member
from skiller_assets.fusion.ports import Inlet, Outlet

_LONGEST_ID = 60


def proposed_flows(one: Member, other: Member) -> list[ValueFlow]:
    """The value flows that may tie a pair together, in both directions, not yet tried or put into words."""
    candidates = [
        *flow_candidates(one.domain, one.ports, other.domain, other.ports),
        *flow_candidates(other.domain, other.ports, one.domain, one.ports),
    ]
    members = {m.domain: m for m in (one, other)}
    taken: set[str] = set()
    return [_flow(c, members[c.giver], members[c.taker], taken) for c in _spread(_once(candidates))]


def _once(candidates: Iterable[FlowCandidate]) -> Iterator[FlowCandidate]:
    """Of several reads that show the same column the first one: a list before a single record."""
    seen = set()
    for c in candidates:
        key = (c.outlet.origin, c.inlet.tool, c.inlet.parameter)
        if key not in seen:
            seen.add(key)
            yield c


def _spread(candidates: Iterable[FlowCandidate]) -> Iterator[FlowCandidate]:
    """In rounds over what takes a value and why, so that the first ones differ; the best of each first."""
    groups: dict[tuple[str, str, str], list[FlowCandidate]] = {}
    for c in sorted(candidates, key=lambda c: -c.affinity.weight):
        groups.setdefault((c.affinity.name, c.inlet.tool, c.inlet.parameter), []).append(c)
    for round_ in zip_longest(*groups.values()):
        yield from (c for c in round_ if c is not None)


def _flow(candidate: FlowCandidate, giver: Member, taker: Member, taken: set[str]) -> ValueFlow:
    outlet, inlet = candidate.outlet, candidate.inlet
    table, _, column = outlet.origin.partition(".")
    named = f"{column}_of_{table}_to_{inlet.parameter}_of_{inlet.tool}"[:_LONGEST_ID].rstrip("_")
    flow_id = next(n for i in count(1) if (n := named if i == 1 else f"{named}_{i}") not in taken)
    taken.add(flow_id)
    return ValueFlow(
        id=flow_id,
        affinity=candidate.affinity.name,
        gives=giver.under(outlet.tool),
        path=list(outlet.path),
        column=giver.column(outlet.origin),
        **(_ended(giver, outlet) if candidate.affinity.open else {}),
        takes=taker.under(inlet.tool),
        parameter=inlet.parameter,
        derivation=candidate.derivation,
        says=_said(giver, outlet, taker, inlet),
        phrase=f"the {_label(giver, outlet)} of my {_record(giver, outlet)}",
    )


def _said(giver: Member, outlet: Outlet, taker: Member, inlet: Inlet) -> str:
    """What flows, for people who read the record."""
    tool = taker.contract.tools[inlet.tool]
    what = f"{_label(giver, outlet)} of {with_article(_record(giver, outlet))} at {giver.contract.title}"
    becomes = tool.parameters[inlet.parameter].label or say_name(inlet.parameter)
    return f"The {what} becomes the {becomes} at {taker.contract.title}: {tool.voice.wants[0]}."


def _ended(member: Member, outlet: Outlet) -> dict[str, Any]:
    """The column of a result that shows how its records stand, and the states in which they have come to their end."""
    lifecycle = member.contract.tables[outlet.record].lifecycle
    if lifecycle is None:
        return {}
    shown = [s for s in shown_by(member.original, outlet.tool) if s.origin == f"{outlet.record}.{lifecycle.column}"]
    last = [state for state, declared in lifecycle.states.items() if not declared.next]
    return {"state": shown[0].path[-1], "ended": last} if shown and len(shown[0].path) == 1 else {}


def _label(member: Member, outlet: Outlet) -> str:
    """What a value is called, next to its record: ``due date``."""
    table, _, column = outlet.origin.partition(".")
    label = member.contract.tables[table].attributes[column].label or say_name(column)
    return say_of(label, _record(member, outlet))


def _record(member: Member, outlet: Outlet) -> str:
    """What the record is called on which it stands: ``loan``."""
    return say_name(member.contract.tables[outlet.record].label or outlet.record)


def differing(flows: Sequence[ValueFlow], most: int) -> list[ValueFlow]:
    """The first ``most`` flows, none of which carries the same column into the same tool as another."""
    found: dict[tuple[str, str], ValueFlow] = {}
    for flow in flows:
        found.setdefault((flow.column, flow.takes), flow)
    return list(found.values())[:most]
