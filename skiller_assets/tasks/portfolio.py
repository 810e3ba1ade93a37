"""How many tasks of which kind, and which of the valid ones: enough of each, as different from each other as can be."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from skiller_assets.tasks.build import build_task
from skiller_assets.tasks.funnel import KEPT, Funnel
from skiller_assets.tasks.ground import Budget, Dropped
from skiller_assets.tasks.records import Kind, Task
from skiller_assets.tasks.sources import Rejected
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.templates import Template
from skiller_assets.tasks.validate import validate
from skiller_assets.world.roles import Person
from skiller_assets.world.session import Session

KINDS: tuple[Kind, ...] = ("fulfil", "refuse", "partial", "clarify", "irrelevant")
"""The kinds of task; ``partial`` ones only a pair of domains has."""

_SPARE = {"fulfil": 2.6, "refuse": 1.6, "partial": 1.6, "clarify": 2.0, "irrelevant": 1.3}
_PEOPLE_TRIED = {"fulfil": 8, "refuse": 40, "partial": 40, "clarify": 8, "irrelevant": 1}
_SAME_SEQUENCE_SHARE = 0.25


MEAN_CALLS, MEAN_CALLS_OF_PAIRS = 5.4, 9.6
"""Calls of a fulfil run to aim at on average."""


@dataclass(frozen=True)
class Demand:
    """How many tasks of each kind a key is to have, how long a run may be, and how long fulfil runs on average."""

    counts: Mapping[Kind, int]
    max_calls: int
    mean_calls: float = MEAN_CALLS

    @property
    def total(self) -> int:
        """The number of tasks of all kinds."""
        return sum(self.counts.values())


def demand(total: int, shares: Mapping[str, float], max_calls: int, mean_calls: float = MEAN_CALLS) -> Demand:
    """The number of tasks of each kind: rounded, at least one where the share is above 0; ``fulfil`` takes the rest."""
    counts: dict[Kind, int] = {
        kind: max(math.floor(total * shares[kind] + 0.5), 1 if shares[kind] else 0)
        for kind in KINDS[1:]
        if kind in shares
    }
    counts["fulfil"] = max(total - sum(counts.values()), 0)
    return Demand(counts, max_calls, mean_calls)


def propose(
    space: Space,
    session: Session,
    templates: Sequence[Template],
    wanted: Demand,
    seed: str,
    funnel: Funnel,
    suited: Mapping[str, Sequence[int]] | None = None,
) -> list[Task]:
    """Grounded candidates, more than are wanted, spread over templates and people.

    ``suited`` are the humans, by number, who are known to be able to use a value flow: its templates begin with them.
    """
    found: list[Task] = []
    for kind in KINDS:
        own = [t for t in templates if t.kind == kind]
        target = math.ceil(wanted.counts.get(kind, 0) * _SPARE[kind])
        people = {t.id: _people(space, t, f"{seed}|{kind}", (suited or {}).get(t.flow or "", ())) for t in own}
        found += _propose(space, session, own, people, target, Budget(wanted.max_calls), f"{seed}|{kind}", funnel)
    return found


def _propose(
    space: Space,
    session: Session,
    templates: Sequence[Template],
    people: Mapping[str, Iterator[Person]],
    target: int,
    budget: Budget,
    seed: str,
    funnel: Funnel,
) -> list[Task]:
    """Rounds over the templates, one task of each a round, until there are enough or a round brings nothing."""
    rng = random.Random(seed)
    found: dict[str, Task] = {}
    left = list(templates)
    while left and len(found) < target:
        rng.shuffle(left)
        still = []
        for template in left:
            task = _next(space, session, template, people[template.id], budget, seed, funnel)
            if task is not None:
                found.setdefault(task.id, task)
                still.append(template)
            if len(found) >= target:
                break
        left = still
    return list(found.values())


def _people(space: Space, template: Template, seed: str, suited: Sequence[int]) -> Iterator[Person]:
    order = list(space.people)
    random.Random(f"{seed}|{template.id}|people").shuffle(order)
    return iter(sorted(order, key=lambda person: person.human not in suited))


def _next(
    space: Space,
    session: Session,
    template: Template,
    people: Iterator[Person],
    budget: Budget,
    seed: str,
    funnel: Funnel,
) -> Task | None:
    for _, person in zip(range(_PEOPLE_TRIED[template.kind]), people, strict=False):
        try:
            task = build_task(space, session, template, person, f"{seed}|{template.id}|{person.name}", budget)
        except Dropped as dropped:
            funnel.add("grounded", template.kind, dropped.reason)
            continue
        funnel.add("grounded", template.kind, KEPT)
        return task
    return None


def choose(
    space: Space, session: Session, candidates: Sequence[Task], wanted: Demand, funnel: Funnel
) -> tuple[list[Task], list[tuple[Task, Rejected]]]:
    """(the valid tasks to keep, what did not stand up); what is valid and not needed is counted as surplus."""
    valid: list[Task] = []
    rejected: list[tuple[Task, Rejected]] = []
    for task in candidates:
        try:
            validate(space, session, task)
        except Rejected as error:
            funnel.add("validated", task.kind, error.reason)
            rejected.append((task, error))
            continue
        funnel.add("validated", task.kind, KEPT)
        valid.append(task)
    kept: list[Task] = []
    for kind in KINDS:
        own = [t for t in valid if t.kind == kind]
        chosen = _diverse(own, wanted, kind)
        funnel.add("chosen", kind, KEPT, len(chosen))
        if len(own) > len(chosen):
            funnel.add("chosen", kind, "surplus", len(own) - len(chosen))
        kept += chosen
    return kept, rejected


def _diverse(tasks: Sequence[Task], wanted: Demand, kind: Kind) -> list[Task]:
    """Greedy: next comes the task whose tools, template and person are least used; a long one while the mean is low."""
    count = wanted.counts.get(kind, 0)
    left = sorted(tasks, key=lambda t: t.id)
    chosen: list[Task] = []
    sequences: Counter[tuple[str, ...]] = Counter()
    used: Counter[str] = Counter()
    repeats = math.floor(count * _SAME_SEQUENCE_SHARE) if kind == "fulfil" else count
    while left and len(chosen) < count:
        if kind == "fulfil" and sum(n - 1 for n in sequences.values()) >= repeats:
            left = [t for t in left if not sequences[t.sequence]]
            if not left:
                break
        short = sum(len(t.calls) for t in chosen) < wanted.mean_calls * len(chosen)

        def cost(task: Task, short: bool = short) -> tuple[float, str]:
            marks = _marks(task)
            usage = sum(used[m] for m in marks) / len(marks)
            return usage + 3 * sequences[task.sequence] - (len(task.calls) if short else 0.0), task.id

        best = min(left, key=cost)
        left.remove(best)
        chosen.append(best)
        sequences[best.sequence] += 1
        used.update(_marks(best))
    return chosen


def _marks(task: Task) -> list[str]:
    goals = [f"goal {g.tool}" for g in task.scenario.goals]
    template = f"template {task.template}"
    bridges = [f"bridge {bridge}" for bridge in task.bridges]
    return [*goals, *bridges, template, template, f"person {task.human}", f"rule {task.rule}"]


def with_hashes(task: Task, hashes: Mapping[str, str]) -> Task:
    """The task with the hashes of what it was made from."""
    return replace(task, hashes=dict(hashes))
