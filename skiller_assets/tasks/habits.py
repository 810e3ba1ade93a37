"""What is known of how the goals of a service hang together, as the asks about templates are told it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from skiller_assets.contract.model import Contract, Storyline
from skiller_assets.contract.wording import render, say_name
from skiller_assets.service.storylines import tool_digest

Goals = tuple[str, ...]
Tie = tuple[str, str]


@dataclass(frozen=True)
class Habits:
    """``conflicts`` are pairs (A, B) where A leaves nothing for B to do, ``unlocks`` pairs where A makes B possible.

    ``ties`` are pairs of goals that are known to be pursued in one conversation in that order; none is a conflict.
    """

    conflicts: frozenset[Tie]
    unlocks: frozenset[Tie]
    ties: frozenset[Tie]

    def blocked(self, goals: Sequence[str]) -> list[Tie]:
        """The conflicts in an order of goals."""
        return [pair for pair in combinations(goals, 2) if pair in self.conflicts]


def habits_of(edges: Iterable[tuple[str, str, str]], together: Iterable[Sequence[str]]) -> Habits:
    """Habits from the edges of a tool graph (source, target, type) and goals that are pursued together, in order.

    What is pursued in some order is no conflict in that order: a run has shown, or the contract says, that it works.
    """
    known = list(edges)
    orders = [tuple(goals) for goals in together]
    ties = frozenset(pair for goals in orders for pair in combinations(goals, 2))
    return Habits(
        frozenset((a, b) for a, b, kind in known if kind == "conflict") - ties,
        frozenset((a, b) for a, b, kind in known if kind == "state"),
        ties,
    )


@dataclass(frozen=True)
class Touched:
    """The tables whose records a goal shows, writes and needs."""

    shows: frozenset[str]
    writes: frozenset[str]
    needs: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Every table with which the goal has to do."""
        return self.shows | self.writes | self.needs

    def chosen_by(self, change: Touched) -> bool:
        """Whether this goal shows what the change chooses among and not what it changes: afterwards it is too late."""
        return bool(change.writes and self.shows & change.needs and not self.shows & change.writes)


def touches(contract: Contract, goal: str) -> Touched:
    """The records with which a goal has to do."""
    digest = tool_digest(contract, goal, contract.tools[goal])
    return Touched(*(frozenset(digest[kind]) for kind in ("shows", "writes", "needs")))


def told_goals(contract: Contract, goals: Iterable[str]) -> list[dict[str, Any]]:
    """What an author is told of goals: each once, in the order of the contract, with its desk where there are two."""
    wanted = set(goals)
    return [
        {**tool_digest(contract, name, tool), "desk": contract.title_of(name)}
        for name, tool in contract.tools.items()
        if name in wanted
    ]


def told_records(contract: Contract) -> dict[str, dict[str, Any]]:
    """The records that goals show, write and need: how a customer calls them, and which hang together with which.

    What hangs together only because both belong to the same person is not said to.
    """
    people = {name for name, entity in contract.entities.items() if entity.kind == "person"}
    related: dict[str, set[str]] = {name: set() for name in contract.tables}
    for name, table in contract.tables.items():
        targets = {a.refers_to.partition(".")[0] for a in table.attributes.values() if a.refers_to}
        for target in (targets | {contract.parent_of(name) or name}) - people - {name}:
            related[name].add(target)
            related[target].add(name)
    return {
        name: {"words": say_name(table.label or name), "related": sorted(related[name])}
        for name, table in contract.tables.items()
    }


def told_storylines(
    contract: Contract, storylines: Iterable[Storyline], combinations_: Iterable[Goals]
) -> list[dict[str, Any]]:
    """The storylines that are a part of a combination, their goals next to each other."""
    wanted = list(combinations_)
    return [
        {"goals": story.goals, "says": render(contract, story.says), "because": story.because}
        for story in storylines
        if any(is_part(tuple(story.goals), goals) for goals in wanted)
    ]


def is_part(part: Goals, whole: Goals) -> bool:
    """Whether goals stand next to each other in others."""
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def told_service(contract: Contract) -> Mapping[str, str]:
    """The service, or the joint desk of two."""
    return {"title": contract.title, "describe": render(contract, contract.describe)}
