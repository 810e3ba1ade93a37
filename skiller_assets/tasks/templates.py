"""Task templates: which goals a conversation pursues, of what kind it is, and the story around it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from skiller_assets.contract.model import Contract, Storyline
from skiller_assets.contract.wording import render
from skiller_assets.tasks.habits import Goals, Habits, told_records, touches
from skiller_assets.tasks.records import Kind
from skiller_assets.tasks.telling import Told

NEVER_ASKED = frozenset({"existence", "ownership"})
"""Nobody asks for what does not exist, and nobody can name a record of somebody else: its id is not shown to them."""

MOST_UNTOLD = 60
"""Combinations for which a story is asked: five asks of a dozen, with which 80 tasks are long and different enough."""

_MOST_GOALS = 4
_READS_ADDED = 2


@dataclass(frozen=True)
class Template:
    """An abstract task: ``rule`` for a refusal, ``topic`` (an out-of-scope id) where no tool serves the wish.

    In a pair, ``flow`` is the value flow that the goals carry out and ``bridges`` is all that ties them together;
    ``segments`` are the tasks of single domains whose goals these are.
    """

    id: str
    kind: Kind
    goals: tuple[str, ...]
    story: str
    because: tuple[str, ...] = ()
    rule: str | None = None
    topic: str | None = None
    flow: str | None = None
    bridges: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The record of ``templates.jsonl``."""
        return asdict(self)


def template_from_json(data: Mapping[str, Any]) -> Template:
    """A template from its record."""
    lists = {name: tuple(data[name]) for name in ("goals", "because", "bridges", "segments")}
    return Template(**{**data, **lists})


def make_templates(contract: Contract, storylines: Sequence[Storyline], told: Sequence[Told] = ()) -> list[Template]:
    """Every template of a service: single goals, storylines and what was ``told`` of further combinations, a refusal
    for each rule of each goal, a withheld detail for each goal that has one, and what is out of scope."""
    further = [_fulfil(t.goals, t.story, t.because) for t in told]
    walks = [*_singles(contract), *_stories(contract, storylines), *further]
    unique = {walk.goals: walk for walk in reversed(walks)}
    fulfil = sorted(unique.values(), key=lambda t: t.id)
    clarify = [
        Template(f"clarify:{'+'.join(t.goals)}", "clarify", t.goals, t.story, t.because)
        for t in fulfil
        if len(t.goals) <= 2 and contract.tools[t.goals[0]].parameters
    ]
    return [*fulfil, *_refusals(contract), *clarify, *out_of_scope_templates(contract)]


def untold_combinations(
    contract: Contract, storylines: Sequence[Storyline], habits: Habits, rng: random.Random
) -> list[Goals]:
    """Combinations that no storyline tells as a whole, the longest first, at most :data:`MOST_UNTOLD`.

    They are storylines joined where one ends as the other begins, or with one or two wishes more that read something;
    none in which a goal stands in another's way.
    """
    usable = _usable(contract, storylines)
    own = {tuple(s.goals) for s in usable}
    found = dict.fromkeys([*_joined(usable), *_with_reads(contract, usable, rng)])
    free = [goals for goals in found if goals not in own and not habits.blocked(goals)]
    longest = sorted(rng.sample(free, len(free)), key=len, reverse=True)
    return sorted(longest[:MOST_UNTOLD])


def _joined(storylines: Sequence[Storyline]) -> Iterator[Goals]:
    for first in storylines:
        for second in storylines:
            goals = (*first.goals, *second.goals[1:])
            if first.goals[-1] == second.goals[0] and len(set(goals)) == len(goals) <= _MOST_GOALS:
                yield goals


def _with_reads(contract: Contract, storylines: Sequence[Storyline], rng: random.Random) -> Iterator[Goals]:
    """Storylines with a read more or two that show records of those that the storyline is about, the closest first."""
    touched = {name: touches(contract, name) for name in goal_tools(contract)}
    related = {name: set(record["related"]) for name, record in told_records(contract).items()}
    reads = [name for name in sorted(touched) if contract.tools[name].access == "read"]
    for story in storylines:
        about = set().union(*(touched[goal].all for goal in story.goals))
        wider = about.union(*(related[table] for table in about))
        open_ = [r for r in rng.sample(reads, len(reads)) if r not in story.goals and touched[r].all & wider]
        timely = [read for read in open_ if not any(touched[read].chosen_by(touched[goal]) for goal in story.goals)]
        near = sorted(timely, key=lambda read: not touched[read].all & about)[:_READS_ADDED]
        for added in (*((read,) for read in near), tuple(near)):
            if added and len(story.goals) + len(added) <= _MOST_GOALS:
                yield (*story.goals, *added)


def goal_tools(contract: Contract) -> list[str]:
    """The tools that a customer asks for: those with words for the wish."""
    return [name for name, tool in contract.tools.items() if tool.access != "authorize" and tool.voice.wants]


def _fulfil(goals: tuple[str, ...], story: str, because: Iterable[str]) -> Template:
    return Template(f"fulfil:{'+'.join(goals)}", "fulfil", goals, story, tuple(because))


def _singles(contract: Contract) -> list[Template]:
    return [
        _fulfil((name,), _as_sentence(contract.tools[name].voice.wants[0]), contract.tools[name].voice.because)
        for name in goal_tools(contract)
    ]


def _as_sentence(wants: str) -> str:
    return f"{wants[:1].upper()}{wants[1:]}."


def _stories(contract: Contract, storylines: Sequence[Storyline]) -> list[Template]:
    return [_fulfil(tuple(s.goals), render(contract, s.says), s.because) for s in _usable(contract, storylines)]


def _usable(contract: Contract, storylines: Sequence[Storyline]) -> list[Storyline]:
    goals = set(goal_tools(contract))
    return [s for s in storylines if set(s.goals) <= goals]


def _refusals(contract: Contract) -> list[Template]:
    found = []
    for name in goal_tools(contract):
        tool = contract.tools[name]
        for rule in contract.rules_of(name):
            if tool.access == "write" and rule.kind not in NEVER_ASKED:
                template_id = f"refuse:{name}:{rule.id}"
                found.append(
                    Template(template_id, "refuse", (name,), rule.says, tuple(tool.voice.because), rule=rule.id)
                )
    return found


def out_of_scope_templates(contract: Contract) -> list[Template]:
    """A template for each thing that people ask for and no tool serves."""
    return [
        Template(f"irrelevant:{o.id}", "irrelevant", (), o.says, tuple(o.because), topic=o.id)
        for o in contract.out_of_scope
    ]
