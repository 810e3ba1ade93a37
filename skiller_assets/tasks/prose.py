"""What a story or a reason may not say: it is told by a customer, and before anybody or anything is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.model import Contract
from skiller_assets.service.loading import contract_json

SHORTEST_STORY, LONGEST_STORY = 4, 50
SHORTEST_REASON, LONGEST_REASON = 4, 40
"""Words."""

_NUMBER = re.compile(r"\d")
_TECHNICAL = re.compile(r"[a-z]+_[a-z_]+|[{}<>\[\]`]")
_DATE = re.compile(
    r"\b(?:January|February|March|April|June|July|August|September|October|November|December|"
    r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
)
_SENTENCES = re.compile(r"[.!?](?=\s)")
_INNER_NAME = re.compile(r"(?<=[a-z,;:–] )[“\"']?([A-Z][\w-]*)")


@dataclass(frozen=True)
class Prose:
    """The tools and the capitalised words of a contract: no tool is named, and no name but those it uses itself."""

    tools: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, contract: Contract) -> Prose:
        """What prose about this contract is compared with."""
        names = {word for text in _texts(contract_json(contract)) for word in re.findall(r"[A-Z][\w-]*", text)}
        return cls(frozenset(name for name in contract.tools if "_" in name), frozenset(names))

    def story_faults(self, story: str) -> Iterator[str]:
        """Everything wrong with a story: one sentence, of sensible length."""
        yield from _length(story, SHORTEST_STORY, LONGEST_STORY)
        if _SENTENCES.search(story.strip()):
            yield "is more than one sentence"
        yield from self._faults(story)

    def reason_faults(self, reason: str) -> Iterator[str]:
        """Everything wrong with a reason: a sentence of sensible length."""
        yield from _length(reason, SHORTEST_REASON, LONGEST_REASON)
        yield from self._faults(reason)

    def _faults(self, text: str) -> Iterator[str]:
        if not text.strip().endswith((".", "!", "?")):
            yield "is no full sentence: it ends without a full stop"
        if _NUMBER.search(text):
            yield "says a number, which only records know"
        if found := _DATE.search(text):
            yield f"says {found[0]}, and nothing is dated yet"
        if found := _TECHNICAL.search(text):
            yield f"contains “{found[0]}”, which no customer would say"
        for name in _INNER_NAME.findall(text):
            if name != "I" and name not in self.names:
                yield f"names {name}, of which nothing is known here"


def _length(text: str, shortest: int, longest: int) -> Iterator[str]:
    words = len(text.split())
    if not shortest <= words <= longest:
        yield f"has {words} words; wanted are {shortest} to {longest}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
