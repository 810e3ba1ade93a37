"""A topic as an author puts it into words, and what is wrong with the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from skiller_assets.contract.vocabulary import LONGEST_DOMAIN
from skiller_assets.seed_names import LONGEST_DESCRIBE, SHORTEST_DESCRIBE

_TITLE, _CONTEXT, _PERSON, _THING = (3, 60), (3, 40), (3, 60), (3, 40)
_MOST_THINGS = 6
_ONE_OR_TWO_WORDS = re.compile(r"[a-z]+(?:[_-][a-z]+)?")
_ARTICLE = re.compile(r"(?:an?|the|some|any)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:and|or)\b|[,;/&]", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_](?:[^\W_]|[ '’+-])*")
_PLURAL = re.compile(r"(?:[^siu]s|people|children|men)$", re.IGNORECASE)

LIMITS: Mapping[str, Any] = {
    "title": _TITLE,
    "describe": (SHORTEST_DESCRIBE, LONGEST_DESCRIBE),
    "context": _CONTEXT,
    "person": _PERSON,
    "thing": _THING,
    "most_things": _MOST_THINGS,
    "domain": LONGEST_DOMAIN,
}
"""What the checks below allow, for the prompts: characters from and to, and how many."""


class ProposedTopic(BaseModel):
    """One topic of a reply."""

    domain: str
    title: str = Field(min_length=_TITLE[0], max_length=_TITLE[1])
    describe: str = Field(min_length=SHORTEST_DESCRIBE, max_length=LONGEST_DESCRIBE)
    context: str = Field(min_length=_CONTEXT[0], max_length=_CONTEXT[1])
    person: str = Field(min_length=_PERSON[0], max_length=_PERSON[1])
    things: list[str] = Field(min_length=1, max_length=_MOST_THINGS)


def wording_complaints(topic: ProposedTopic) -> Iterator[str]:
    """What is wrong with the context, the person and the things of a topic."""
    name = topic.domain
    if not _ONE_OR_TWO_WORDS.fullmatch(topic.context):
        yield f"{name}: context {topic.context!r}: one or two lower-case words joined by _, such as real_estate"
    yield from _noun_complaints(f"{name}: person", topic.person)
    if _PLURAL.search(topic.person):
        yield f"{name}: person {topic.person!r}: one role in the singular, such as pet owner"
    for thing in topic.things:
        yield from _noun_complaints(f"{name}: thing", thing)
        if not _THING[0] <= len(thing) <= _THING[1]:
            yield f"{name}: thing {thing!r} has {len(thing)} characters; {_THING[0]} to {_THING[1]} are wanted"
        if thing.lower() == topic.person.lower():
            yield f"{name}: thing {thing!r} is the person; name what the person comes for"
    for thing in sorted({thing for thing in topic.things if topic.things.count(thing) > 1}):
        yield f"{name}: thing {thing!r} stands twice"


def _noun_complaints(place: str, noun: str) -> Iterator[str]:
    if _ARTICLE.match(noun):
        yield f"{place} {noun!r}: the noun alone, without an article"
    if _SEVERAL.search(noun):
        yield f"{place} {noun!r}: one noun, not several"
    elif not _WORDS.fullmatch(noun):
        yield f"{place} {noun!r}: plain words, without underscores, brackets or punctuation"
