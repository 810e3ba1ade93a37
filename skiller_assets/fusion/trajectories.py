"""Walks through both domains of a pair: segments that a domain's own validated tasks have shown to be feasible, joined
by a bridge and interleaved.

Feasibility comes first: a walk with a segment that no validated task of its domain has is not proposed, so that it
never costs an execution. What was left out, and what that saved, is counted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise, product
from typing import Any, Literal

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.fusion import Fusion, ValueFlow
from skiller_assets.contract.rename import SEPARATOR, domain_of

Goals = tuple[str, ...]
Label = Literal["bridged", "ruled", "concatenated"]
"""``bridged``: a value flows; ``ruled``: a rule spans both; ``concatenated``: nothing ties the two sides together."""

MOST_GOALS = 5
"""Goals of a walk; each takes one to four calls."""


@dataclass(frozen=True)
class Segments:
    """What one domain can contribute, under its namespace.

    ``feasible`` maps goals that validated tasks pursue to the ids of these tasks; ``proposed`` are the goals of all of
    its templates; ``attempts`` is how many executions a template of it took on average.
    """

    domain: str
    feasible: Mapping[Goals, tuple[str, ...]]
    proposed: Collection[Goals]
    attempts: float


@dataclass(frozen=True)
class Trajectory:
    """One walk: goals of both domains in the order in which they are pursued, and what ties them together."""

    id: str
    goals: Goals
    label: Label
    flow: str | None
    bridges: tuple[str, ...]
    segments: Mapping[str, Goals]
    tasks: Mapping[str, tuple[str, ...]]
    says: str
    because: tuple[str, ...]

    @property
    def turns(self) -> int:
        """How often the goals go over from one domain to the other."""
        domains = [domain_of(goal) for goal in self.goals]
        return sum(a != b for a, b in pairwise(domains))

    def as_json(self) -> dict[str, Any]:
        """The record of ``trajectories.jsonl``."""
        return {**asdict(self), "turns": self.turns}


@dataclass
class Pruning:
    """How many walks were thought of, why some were left out before anything was executed, and what that saved."""

    thought_of: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    saved_executions: int = 0

    def as_json(self) -> dict[str, Any]:
        """The content of ``pruning.json``."""
        return {
            "thought_of": self.thought_of,
            "left_out": {reason: count for reason, count in sorted(self.left_out.items()) if count},
            "saved_executions": self.saved_executions,
        }


def segments_of(
    domain: str, tasks: Iterable[Mapping[str, Any]], templates: Iterable[Mapping[str, Any]], attempts: float
) -> Segments:
    """The segments of a domain from the records of its validated tasks and of its templates."""
    feasible: dict[Goals, list[str]] = {}
    for task in tasks:
        if task["kind"] == "fulfil":
            goals = tuple(f"{domain}{SEPARATOR}{goal['tool']}" for goal in task["scenario"]["goals"])
            feasible.setdefault(goals, []).append(str(task["id"]))
    proposed = {
        tuple(f"{domain}{SEPARATOR}{goal}" for goal in template["goals"])
        for template in templates
        if template["kind"] == "fulfil"
    }
    found = {goals: tuple(sorted(ids)) for goals, ids in sorted(feasible.items())}
    return Segments(domain, found, proposed | set(found), attempts)


def plan_trajectories(
    compiled: CompiledContract, sides: Sequence[Segments], most: int, seed: str, concatenated: bool
) -> tuple[list[Trajectory], Pruning]:
    """At most ``most`` walks, spread over bridges, segments and orders; without a bridge only if ``concatenated``."""
    pruning = Pruning()
    planner = _Planner(compiled, {side.domain: side for side in sides}, random.Random(seed), pruning)
    # A rule over both weighs on many walks anyway; walks for its sake are planned where no value flows.
    groups = [group for group in planner.by_flow() if group] or [*planner.by_rule()]
    if concatenated:
        groups.append(planner.without_bridge())
    else:
        planner.leave_out_without_bridge()
    return _in_rounds(groups, most), pruning


class _Planner:
    def __init__(
        self, compiled: CompiledContract, sides: Mapping[str, Segments], rng: random.Random, pruning: Pruning
    ) -> None:
        assert compiled.contract.fusion is not None
        self._compiled = compiled
        self._fusion: Fusion = compiled.contract.fusion
        self._sides = sides
        self._rng = rng
        self._pruning = pruning

    def by_flow(self) -> Iterator[list[Trajectory]]:
        """For each value flow the walks that carry it out."""
        for flow in self._fusion.flows:
            giver, taker = self._sides[domain_of(flow.gives)], self._sides[domain_of(flow.takes)]
            self._count(giver, [g for g in taker.proposed if g.count(flow.takes) == 1], taker)
            given = [goals for goals in giver.feasible if not self._ends_what_is_carried(flow, goals)]
            taken = [goals for goals in taker.feasible if goals.count(flow.takes) == 1]
            ended = (len(giver.feasible) - len(given)) * len(taken)
            self._pruning.left_out["what is carried over has ended"] += ended
            rules = tuple(r.rule for r in self._fusion.rules if r.tool == flow.takes)
            yield [
                self._walk("bridged", order, one, other, flow, (flow.id, *rules))
                for one, other in self._related(flow, self._shuffled(product([(), *given], taken)))
                for order in self._orders(one, other)
            ]

    def by_rule(self) -> Iterator[list[Trajectory]]:
        """For each rule over both domains the walks on which it bears."""
        for spanning in self._fusion.rules:
            guard, tools = self._sides[spanning.over], self._sides[domain_of(spanning.tool)]
            self._count(guard, [g for g in tools.proposed if spanning.tool in g], tools)
            ruled = [goals for goals in tools.feasible if spanning.tool in goals]
            yield [
                self._walk("ruled", order, one, other, None, (spanning.rule,))
                for one, other in self._shuffled(product(guard.feasible, ruled))
                for order in self._orders(one, other)
            ]

    def without_bridge(self) -> list[Trajectory]:
        """Walks in which nothing ties the two sides together."""
        pairs = self._untied()
        self._pruning.thought_of += len(pairs)
        return [self._walk("concatenated", (*a, *b), a, b, None, ()) for a, b in self._shuffled(pairs)]

    def leave_out_without_bridge(self) -> None:
        """Count the walks one after the other that there would be without any bridge."""
        untied = len(self._untied())
        self._pruning.thought_of += untied
        self._pruning.left_out["nothing ties the sides together"] += untied

    def _untied(self) -> list[tuple[Goals, Goals]]:
        one, other = self._sides.values()
        return [(a, b) for a, b in product(one.feasible, other.feasible) if not self._ruled((*a, *b))]

    def _ruled(self, goals: Goals) -> bool:
        return any(rule.tool in goals for rule in self._fusion.rules)

    def _count(self, free: Segments, bound: Sequence[Goals], side: Segments) -> None:
        """Count the walks of a bridge, and those of them with a segment that no validated task has."""
        every = len(free.proposed) * len(bound)
        feasible = len(free.feasible) * sum(goals in side.feasible for goals in bound)
        self._pruning.thought_of += every
        self._pruning.left_out["a segment is in no validated task"] += every - feasible
        self._pruning.saved_executions += round((every - feasible) * (free.attempts + side.attempts))

    def _ends_what_is_carried(self, flow: ValueFlow, goals: Goals) -> bool:
        """Whether a goal ends a record of the kind from which the value is taken: cancels, closes or returns it."""
        tables = {flow.column.partition(".")[0], *self._records(flow.gives)}
        return any(ended & tables for ended in (self._ended(goal) for goal in goals))

    def _related(self, flow: ValueFlow, pairs: Sequence[tuple[Goals, Goals]]) -> list[tuple[Goals, Goals]]:
        """First the pairs of which the giver's side is about the records from which the value comes."""
        tables = {flow.column.partition(".")[0], *self._records(flow.gives)} - set(self._compiled.contract.entities)

        def is_unrelated(pair: tuple[Goals, Goals]) -> bool:
            touched = {table for goal in pair[0] for table in (*self._records(goal), *self._written(goal))}
            return not touched & tables

        return sorted(pairs, key=is_unrelated)

    def _written(self, tool: str) -> set[str]:
        return {table for effect in self._compiled.tools[tool].effects for _, table, _ in effect.statement.writes}

    def _records(self, read: str) -> set[str]:
        returns = self._compiled.tools[read].returns
        return {c.origin.partition(".")[0] for c in returns.columns if c.origin} if returns else set()

    def _ended(self, tool: str) -> set[str]:
        """The tables of which a tool brings a record into a state from which nothing follows."""
        tables = self._compiled.contract.tables
        found = set()
        for effect in self._compiled.tools[tool].effects:
            for _, table, column in effect.statement.writes:
                lifecycle = tables[table].lifecycle
                if lifecycle and column == lifecycle.column:
                    last = [state for state, declared in lifecycle.states.items() if not declared.next]
                    found |= {table} if any(f"'{state}'" in effect.statement.sql for state in last) else set()
        return found

    def _shuffled(self, pairs: Iterable[tuple[Goals, Goals]]) -> list[tuple[Goals, Goals]]:
        """Pairs of segments that are not too long together, in an order that is drawn."""
        every = list(pairs)
        found = [(a, b) for a, b in every if len(a) + len(b) <= MOST_GOALS]
        self._pruning.left_out["too long"] += len(every) - len(found)
        self._rng.shuffle(found)
        return found

    def _orders(self, one: Goals, other: Goals) -> list[Goals]:
        """One order of the goals of two segments, drawn among: first the one, around the other, first the other."""
        orders = [(*one, *other), (*other, *one)] if one else [other]
        orders += [(*one[:i], *other, *one[i:]) for i in range(1, len(one))]
        orders += [(*other[:i], *one, *other[i:]) for i in range(1, len(other)) if one]
        return [self._rng.choice(orders)]

    def _walk(
        self, label: Label, goals: Goals, one: Goals, other: Goals, flow: ValueFlow | None, bridges: tuple[str, ...]
    ) -> Trajectory:
        segments = {domain_of(s[0]): s for s in (one, other) if s}
        tasks = {domain: self._sides[domain].feasible[s][:3] for domain, s in segments.items()}
        because = tuple(flow.because) if flow else tuple(self._fusion.because)
        says = flow.says if flow else self._fusion.says
        name = f"{flow.id if flow else bridges[0] if bridges else label}:{'+'.join(goals)}"
        flow_id = flow.id if flow else None
        return Trajectory(name, goals, label, flow_id, bridges, segments, tasks, says, because)


def _in_rounds(groups: Sequence[Sequence[Trajectory]], most: int) -> list[Trajectory]:
    """One of each group after the other, until there are enough or none is left."""
    found: dict[str, Trajectory] = {}
    for i in range(max((len(group) for group in groups), default=0)):
        for group in groups:
            if i < len(group) and len(found) < most:
                found.setdefault(group[i].id, group[i])
    return list(found.values())
