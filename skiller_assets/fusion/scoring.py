"""How well two domains go together: parts from 0 to 1, each of which a person can follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from skiller_assets.contract.rename import SEPARATOR
from skiller_assets.fusion.flows import Affinity, FlowCandidate, flow_candidates
from skiller_assets.fusion.plausible import context_affinity, plausible
from skiller_assets.fusion.profiles import DomainProfile

Direction = tuple[str, Affinity]
"""Who gives, and why the other would take it."""

_SHARES = (4, 2, 1)
"""How the best three affinities of a pair count."""
_TELLING = 0.7
"""What one subject in common is worth; a second one makes it 1."""
_INTO_A_LOOK_UP = 0.5
"""What a way counts by which a value enters where something is only looked up."""
_MANY_WAYS = 6
"""With so many ways from tool to tool there is room for many different tasks."""
_UNRELATED = 0.4
"""What it is worth that something follows where both have nothing else in common."""


@dataclass(frozen=True)
class Scored:
    """Two domains in order, their score and its parts, and the affinities between them, best first."""

    one: DomainProfile
    other: DomainProfile
    score: float
    parts: Mapping[str, float]
    affinities: tuple[Direction, ...]

    @cached_property
    def key(self) -> str:
        """The pair's name."""
        return SEPARATOR.join(self.domains)

    @property
    def domains(self) -> tuple[str, str]:
        """Both domains."""
        return self.one.domain, self.other.domain

    @cached_property
    def contexts(self) -> tuple[str, ...]:
        """The walks of life of both, sorted."""
        return tuple(sorted((self.one.context, self.other.context)))

    @cached_property
    def story(self) -> tuple[object, ...]:
        """What makes two pairs tell the same: both kinds of work, and what goes from which to which."""
        works = tuple(sorted((self.one.work, self.other.work)))
        by_domain = {self.one.domain: self.one.work, self.other.domain: self.other.work}
        best = sorted((by_domain[giver], affinity.name) for giver, affinity in self.affinities[: len(_SHARES)])
        return (*works, *best)


def impossible(one: DomainProfile, other: DomainProfile) -> tuple[str, str] | None:
    """Why two domains can never be one service, in a few words for counting and as a sentence; None when they can."""
    for profile in (one, other):
        if profile.too_long:
            name = f"{profile.domain}{SEPARATOR}{profile.too_long}"
            return "name too long", f"{name} has {len(name)} characters and may have 64: shorten {profile.too_long}"
    if one.currency != other.currency:
        return "different currency", f"{one.domain} counts in {one.currency} and {other.domain} in {other.currency}"
    for name in sorted(one.declared.keys() & other.declared.keys()):
        if one.declared[name] != other.declared[name]:
            return (
                "entity declared differently",
                f"{one.domain} and {other.domain} declare the entity {name} differently: rename one",
            )
    return None


def scored(one: DomainProfile, other: DomainProfile) -> Scored | str:
    """The two with their score, or in a few words why nobody would want them as a pair."""
    least = plausible().least
    flows = [*_flows(one, other), *_flows(other, one)]
    met = _directions(flows)
    if not met or met[0][1].weight < least.bridge:
        return "no bridge"
    ways = _ways(flows)
    if ways < least.ways:
        return "too few ways"
    parts = _parts(one, other, met, ways)
    if max(parts["human"], parts["subject"]) < least.sense:
        return "nobody would do both"
    score = round(sum(weight * parts[name] for name, weight in plausible().weights.items()), 4)
    if score < least.score:
        return "too little speaks for it"
    return Scored(one, other, score, parts, met)


def _flows(giver: DomainProfile, taker: DomainProfile) -> list[FlowCandidate]:
    """What the one could hand to the other; no amounts of another order than have ever been taken there."""
    return [
        flow
        for flow in flow_candidates(giver.domain, giver.ports, taker.domain, taker.ports)
        if flow.outlet.carries != "money"
        or giver.may_pass(
            f"{flow.outlet.tool}.{flow.outlet.path[-1]}", taker, f"{flow.inlet.tool}.{flow.inlet.parameter}"
        )
    ]


def _directions(flows: Sequence[FlowCandidate]) -> tuple[Direction, ...]:
    met = {(flow.giver, flow.affinity) for flow in flows}
    return tuple(sorted(met, key=lambda d: (-d[1].weight, d[1].name, d[0])))


def _ways(flows: Sequence[FlowCandidate]) -> float:
    """How many tools that show there are together with a tool that takes."""
    ways = {(flow.giver, flow.outlet.tool, flow.inlet.tool): flow.inlet.access for flow in flows}
    return sum(1.0 if access == "write" else _INTO_A_LOOK_UP for access in ways.values())


def _parts(one: DomainProfile, other: DomainProfile, met: Sequence[Direction], ways: float) -> dict[str, float]:
    human = context_affinity(one.context, other.context)
    if one.principal == other.principal:
        human = max(human, plausible().same_role)
    subjects, things = len(one.subjects & other.subjects), len(one.entities & other.entities)
    weights = list({a.name: a.weight for _, a in met}.values())[: len(_SHARES)]
    bridges = sum(share * weight for share, weight in zip(_SHARES, weights, strict=False)) / sum(_SHARES)
    givers = {giver for giver, a in met if a.name in plausible().follows}
    return {
        "human": human,
        "subject": (0.0, _TELLING)[subjects] if subjects < 2 else 1.0,
        "things": (0.0, _TELLING)[things] if things < 2 else 1.0,
        "bridges": round(bridges, 4),
        "ways": round(min(1.0, ways / _MANY_WAYS), 4),
        "order": (0.0, 1.0, 0.5)[len(givers)] * (1 if subjects or things else _UNRELATED),
        "work": 0.0 if one.work == other.work else 1.0,
    }
