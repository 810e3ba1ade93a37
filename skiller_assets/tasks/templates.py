"""Task templates: which goals a conversation pursues, of what kind it is, and the story around it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from skiller_assets.contract.model import Contract, Storyline
from skiller_assets.tasks.records import Kind

NEVER_ASKED = frozenset({"existence", "ownership"})
"""Nobody asks for what does not exist, and nobody can name a record of somebody else: its id is not shown to them."""


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


def make_templates(contract: Contract, storylines: Sequence[Storyline], rng: random.Random) -> list[Template]:
    """Every template of a service: single goals, storylines and their chains, a refusal for each rule of each goal,
    a withheld detail for each goal that has one, and what is out of scope."""
    walks = [*_singles(contract), *_stories(contract, storylines), *_chains(contract, storylines, rng)]
    unique = {walk.goals: walk for walk in reversed(walks)}
    fulfil = sorted(unique.values(), key=lambda t: t.id)
    clarify = [
        Template(f"clarify:{'+'.join(t.goals)}", "clarify", t.goals, t.story, t.because)
        for t in fulfil
        if len(t.goals) <= 2 and contract.tools[t.goals[0]].parameters
    ]
    return [*fulfil, *_refusals(contract), *clarify, *out_of_scope_templates(contract)]


def goal_tools(contract: Contract) -> list[str]:
    """The tools that a customer asks for: those with words for the wish."""
    return [name for name, tool in contract.tools.items() if tool.access != "authorize" and tool.voice.wants]


def _fulfil(goals: tuple[str, ...], story: str, because: Iterable[str]) -> Template:
    return Template(f"fulfil:{'+'.join(goals)}", "fulfil", goals, story, tuple(because))


def _singles(contract: Contract) -> list[Template]:
    return [
        _fulfil((name,), contract.tools[name].describe, contract.tools[name].voice.because)
        for name in goal_tools(contract)
    ]


def _stories(contract: Contract, storylines: Sequence[Storyline]) -> list[Template]:
    goals = set(goal_tools(contract))
    return [_fulfil(tuple(s.goals), s.says, s.because) for s in storylines if set(s.goals) <= goals]


def _chains(contract: Contract, storylines: Sequence[Storyline], rng: random.Random) -> list[Template]:
    """Storylines joined where one ends as the other begins, or with a third wish that reads something of one's own."""
    goals = set(goal_tools(contract))
    usable = [s for s in storylines if set(s.goals) <= goals]
    found = []
    for first in usable:
        for second in usable:
            joined = (*first.goals, *second.goals[1:])
            if first is not second and first.goals[-1] == second.goals[0] and len(set(joined)) == len(joined) <= 4:
                found.append(_fulfil(joined, f"{first.says} {second.says}", first.because))
    reads = [name for name in sorted(goals) if contract.tools[name].access == "read"]
    for story in usable:
        for read in rng.sample(reads, min(2, len(reads))):
            if read not in story.goals and len(story.goals) <= 3:
                found.append(_fulfil((*story.goals, read), story.says, story.because))
    return found


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
