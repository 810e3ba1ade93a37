"""Seeds of which only the name is known, made into topics by asking; until then they are provisional."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from skiller_assets.ask import Ask, AskError, Door
from skiller_assets.ontology.proposals import LIMITS, ProposedTopic, wording_complaints
from skiller_assets.ontology.topics import FAILURES, Growth, Topic

_PROMPT = Path(__file__).parent / "prompts" / "seed_topics.md"
AT_A_TIME = 8
"""Seeds that are asked about at once."""


class DescribedSeeds(BaseModel):
    """The reply to ``seed_topics``."""

    topics: list[ProposedTopic]


def provisional(name: str, says: str = "") -> Topic:
    """What is known of a seed before anybody was asked: its name, and the user's sentence if there is one."""
    return Topic(name, name.replace("_", " ").title(), says, "")


def take_seeds(growth: Growth, seeds: Sequence[Topic], target: int, door: Door | None) -> bool:
    """Adds seeds in their order until there are ``target`` topics; whether each that was needed could be had.

    Provisional ones are asked for, a few at a time, where there is a door, and stay provisional where there is none.
    What cannot be asked ends up in ``problems`` and is left out.
    """
    waiting, failures, all_there = list(seeds), 0, True
    while waiting and failures < FAILURES and (missing := target - len(growth.topics)) > 0:
        batch = waiting[: min(missing, AT_A_TIME)]
        del waiting[: len(batch)]
        try:
            found = batch if door is None else _decided(batch, _contexts(growth), door)
            failures = 0
        except AskError as error:
            failures, all_there = failures + 1, False
            names = ", ".join(seed.domain for seed in batch if seed.is_provisional)
            growth.problems += [f"seeds {names}: {line}" for line in str(error).splitlines()]
            found = [seed for seed in batch if not seed.is_provisional]
        for topic in found:
            growth.take(topic)
    return all_there


def _contexts(growth: Growth) -> list[str]:
    return sorted({topic.context for topic in growth.topics if topic.context})


def _decided(seeds: Sequence[Topic], contexts: Collection[str], door: Door) -> list[Topic]:
    """The seeds with those that are provisional asked for."""
    unknown = [seed for seed in seeds if seed.is_provisional]
    asked = {topic.domain: topic for topic in ask_seeds(unknown, contexts, door)} if unknown else {}
    return [asked.get(seed.domain, seed) for seed in seeds]


def ask_seeds(seeds: Sequence[Topic], contexts: Collection[str], door: Door) -> list[Topic]:
    """The topics of provisional seeds; a sentence of the user's stays as it is.

    ``contexts`` are the walks of life that have a name already. Raises :class:`~skiller_assets.ask.AskError`.
    """
    request = Ask(
        name="seed_topics",
        role="semantic",
        template=_PROMPT,
        variables={
            "seeds": [{"name": seed.domain, "says": seed.describe} for seed in seeds],
            "contexts": sorted(contexts),
        },
        reply=DescribedSeeds,
        validators=(lambda reply: list(_complaints(reply, [seed.domain for seed in seeds])),),
        told={"limits": LIMITS},
    )
    said = {seed.domain: seed.describe for seed in seeds}
    return [
        Topic(t.domain, t.title, said[t.domain] or t.describe, t.context, t.person, tuple(t.things))
        for t in door.ask(request).topics
    ]


def _complaints(reply: DescribedSeeds, wanted: Sequence[str]) -> Iterator[str]:
    names = [topic.domain for topic in reply.topics]
    yield from (f"{name} is missing" for name in wanted if name not in names)
    for name in sorted(set(names)):
        if name not in wanted:
            yield f"{name} was not asked for; the names are {', '.join(wanted)}"
        if names.count(name) > 1:
            yield f"{name} stands twice"
    for topic in reply.topics:
        yield from wording_complaints(topic)
