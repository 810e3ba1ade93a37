"""What a reader is told of a pair; the wording is in ``data/contexts.yaml``."""

from __future__ import annotations

from collections.abc import Collection

from skiller_assets.fusion.flows import FlowCandidate, flow_candidates
from skiller_assets.fusion.plausible import plausible
from skiller_assets.fusion.profiles import DomainProfile
from skiller_assets.fusion.scoring import Direction, Scored

MOST_BRIDGES = 3
_BRIDGES_AMONG_REASONS = 2
_MOST_REASONS = 4


def bridges_in_words(scored: Scored) -> tuple[str, ...]:
    """The best bridges of a pair, each of another affinity where there are several, with an example each."""
    firsts: dict[str, Direction] = {}
    for direction in scored.affinities:
        firsts.setdefault(direction[1].name, direction)
    best = [*firsts.values(), *(d for d in scored.affinities if firsts[d[1].name] != d)]
    return tuple(_bridge_in_words(scored, direction) for direction in best[:MOST_BRIDGES])


def all_bridges_in_words(one: DomainProfile, other: DomainProfile) -> dict[str, float]:
    """Every bridge between two domains, as it would be called, with its weight."""
    there = flow_candidates(one.domain, one.ports, other.domain, other.ports)
    back = flow_candidates(other.domain, other.ports, one.domain, one.ports)
    return {_in_words(f, one, other): f.affinity.weight for f in there} | {
        _in_words(f, other, one): f.affinity.weight for f in back
    }


def reasons_for(scored: Scored, new_domains: Collection[str], new_contexts: bool) -> tuple[str, ...]:
    """Two to four sentences: the human, what both have to do with, bridges, and which gap the pair fills."""
    told = [_human(scored), *_in_common(scored.one, scored.other)[:1]]
    gap = _gap(scored, new_domains, new_contexts)
    room = min(_BRIDGES_AMONG_REASONS, _MOST_REASONS - len(told) - len(gap))
    return (*told, *bridges_in_words(scored)[:room], *gap)


def _human(scored: Scored) -> str:
    one, other = scored.one, scored.other
    said = plausible().reasons["same_role" if one.principal == other.principal else "two_roles"]
    return said.format(
        one=one.title, other=other.title, role_one=_plain(one.principal), role_other=_plain(other.principal)
    )


def _in_common(one: DomainProfile, other: DomainProfile) -> list[str]:
    told = plausible().reasons
    subjects, things = sorted(one.subjects & other.subjects), sorted(one.entities & other.entities)
    found = [told["subjects"].format(subject=_listed(subjects))] if subjects else []
    return found + ([told["things"].format(things=_listed([f"{_plain(t)}s" for t in things]))] if things else [])


def _gap(scored: Scored, new_domains: Collection[str], new_contexts: bool) -> list[str]:
    told, (one, other) = plausible().reasons, (_plain(c) for c in scored.contexts)
    if new_contexts:
        return [told["new_context" if one == other else "new_contexts"].format(context_one=one, context_other=other)]
    titles = [p.title for p in (scored.one, scored.other) if p.domain in new_domains]
    return [told["new_domains"].format(domains=_listed(titles))] if titles else []


def _bridge_in_words(scored: Scored, direction: Direction) -> str:
    """An example of an affinity: rather into something that is done than into something that is looked up."""
    giver, affinity = direction
    pair = (scored.one, scored.other) if giver == scored.one.domain else (scored.other, scored.one)
    flows = flow_candidates(pair[0].domain, pair[0].ports, pair[1].domain, pair[1].ports)
    fitting = [flow for flow in flows if flow.affinity == affinity]
    return _in_words(min(fitting, key=lambda f: f.inlet.access != "write"), *pair)


def _in_words(flow: FlowCandidate, giver: DomainProfile, taker: DomainProfile) -> str:
    record, _, column = flow.outlet.origin.partition(".")
    told = plausible().bridges
    return told.get(flow.affinity.name, told["other"]).format(
        column=column,
        record=_plain(record.removeprefix(f"{giver.domain}_")),
        giver=giver.title,
        parameter=flow.inlet.parameter,
        tool=flow.inlet.tool,
        taker=taker.title,
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
