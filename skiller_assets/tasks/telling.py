"""Stories for combinations of goals that no storyline tells as a whole: asked for, in batches, and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from skiller_assets.artifact import JsonValue
from skiller_assets.ask import Ask, AskError, Door
from skiller_assets.contract.model import Contract, Storyline
from skiller_assets.tasks.habits import Goals, Habits, told_goals, told_records, told_service, told_storylines
from skiller_assets.tasks.prose import Prose

_PROMPT = Path(__file__).parent / "prompts" / "task_templates.md"
BATCH = 12
"""Combinations of one ask: few enough that a model gives each its thought, and a rejected reply costs little."""
FURTHER = 6
"""Combinations of its own that an author may add, with the first batch."""
_FEWEST_REASONS, _MOST_REASONS = 3, 5
_FEWEST_GOALS, _MOST_GOALS = 2, 4


class ToldStory(BaseModel):
    """A combination of goals with what the person is about, and why."""

    model_config = ConfigDict(extra="forbid")

    goals: list[str]
    story: str
    because: list[str]


class ToldStories(BaseModel):
    """The reply to ``task_templates``."""

    model_config = ConfigDict(extra="forbid")

    stories: list[ToldStory]
    further: list[ToldStory] = []


@dataclass(frozen=True)
class Told:
    """Goals that one person pursues in one conversation, what they are about, and why."""

    goals: Goals
    story: str
    because: tuple[str, ...]


@dataclass
class Telling:
    """What was told, and the combinations for which no acceptable story was to be had, with the reason."""

    told: list[Told] = field(default_factory=list)
    dropped: list[dict[str, JsonValue]] = field(default_factory=list)


def ask_stories(
    contract: Contract,
    storylines: Sequence[Storyline],
    habits: Habits,
    wanted: Sequence[Goals],
    goals: Sequence[str],
    further: int,
    door: Door,
) -> Telling:
    """A story for each of the ``wanted`` combinations, and with the first of them up to ``further`` others.

    ``goals`` are those of which further combinations may consist. What is told already is not told again.
    """
    telling = Telling()
    prose = Prose.of(contract)
    taken = frozenset({tuple(story.goals) for story in storylines} | set(wanted))
    orders = [
        _Order(tuple(wanted[start : start + BATCH]), tuple(goals), 0 if start else further, taken)
        for start in range(0, len(wanted), BATCH)
    ]
    asks = [_ask(contract, storylines, habits, order, prose) for order in orders]
    replies = dict(door.ask_each(asks))
    for place, order in enumerate(orders):
        reply = replies[place]
        if isinstance(reply, AskError):
            telling.dropped += [{"goals": list(g), "reason": f"there is no story: {reply}"} for g in order.batch]
        else:
            found = [*reply.stories, *reply.further]
            telling.told += [Told(tuple(s.goals), s.story.strip(), tuple(s.because)) for s in found]
    return telling


@dataclass(frozen=True)
class _Order:
    """What one ask wants: stories for a batch, and at most ``further`` others, of ``goals``, none of them ``taken``."""

    batch: tuple[Goals, ...]
    goals: tuple[str, ...]
    further: int
    taken: frozenset[Goals]


def _ask(
    contract: Contract, storylines: Sequence[Storyline], habits: Habits, order: _Order, prose: Prose
) -> Ask[ToldStories]:
    return Ask(
        name="task_templates",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, storylines, habits, order),
        reply=ToldStories,
        validators=(_validator(prose, habits, order),),
    )


def _validator(prose: Prose, habits: Habits, order: _Order) -> Callable[[ToldStories], list[str]]:
    def complaints(reply: ToldStories) -> list[str]:
        return [
            *_missing(order.batch, reply),
            *_further_faults(habits, order, reply),
            *(fault for told in (*reply.stories, *reply.further) for fault in _story_faults(prose, told)),
            *_twice(reply),
        ]

    return complaints


def _missing(batch: Sequence[Goals], reply: ToldStories) -> Iterator[str]:
    told = [tuple(story.goals) for story in reply.stories]
    yield from (f"{_named(goals)}: has no story" for goals in batch if goals not in told)
    yield from (f"{_named(goals)}: no story was asked for" for goals in sorted(set(told) - set(batch)))
    yield from (f"{_named(goals)}: is told more than once" for goals in sorted(set(told)) if told.count(goals) > 1)


def _further_faults(habits: Habits, order: _Order, reply: ToldStories) -> Iterator[str]:
    proposed = [tuple(story.goals) for story in reply.further]
    if len(proposed) > order.further:
        yield f"{len(proposed)} further combinations; at most {order.further} are wanted"
    for own in sorted(set(proposed)):
        if proposed.count(own) > 1 or own in order.taken:
            yield f"{_named(own)}: is told already"
        if not _FEWEST_GOALS <= len(own) <= _MOST_GOALS:
            yield f"{_named(own)}: has {len(own)} goals; wanted are {_FEWEST_GOALS} to {_MOST_GOALS}"
        if len(set(own)) < len(own):
            yield f"{_named(own)}: has a goal twice"
        yield from (f"{_named(own)}: {goal} is no goal of this service" for goal in own if goal not in order.goals)
        for first, second in habits.blocked(own):
            yield f"{_named(own)}: after {first}, {second} was seen to be refused on the same record"


def _story_faults(prose: Prose, told: ToldStory) -> Iterator[str]:
    name = _named(told.goals)
    yield from (f"{name}: story “{told.story}” {fault}" for fault in prose.story_faults(told.story))
    if not _FEWEST_REASONS <= len(set(told.because)) == len(told.because) <= _MOST_REASONS:
        yield f"{name}: {len(set(told.because))} different reasons; wanted are {_FEWEST_REASONS} to {_MOST_REASONS}"
    for reason in told.because:
        yield from (f"{name}: reason “{reason}” {fault}" for fault in prose.reason_faults(reason))


def _twice(reply: ToldStories) -> Iterator[str]:
    stories = [told.story.strip().lower() for told in (*reply.stories, *reply.further)]
    yield from (
        f"the story “{s}” is told of several combinations" for s in sorted(set(stories)) if stories.count(s) > 1
    )


def _named(goals: Sequence[str]) -> str:
    return " → ".join(goals)


def _variables(contract: Contract, storylines: Sequence[Storyline], habits: Habits, order: _Order) -> dict[str, Any]:
    named = set(order.goals) if order.further else {goal for goals in order.batch for goal in goals}
    return {
        **told_service(contract),
        "goals": told_goals(contract, named),
        "records": told_records(contract),
        "storylines": told_storylines(contract, storylines, order.batch),
        "conflicts": sorted([a, b] for a, b in habits.conflicts if {a, b} <= named),
        "combinations": [list(goals) for goals in order.batch],
        "further": order.further,
        "told": sorted(map(list, order.taken - set(order.batch))) if order.further else [],
    }
