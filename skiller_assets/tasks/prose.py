"""What a story or a reason may not say: it is told by a customer, and before anybody or anything is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render

SHORTEST_STORY, LONGEST_STORY = 4, 50
SHORTEST_REASON, LONGEST_REASON = 4, 40
"""Words."""

_WORD = re.compile(r"\w[\w-]*")
_TECHNICAL = re.compile(r"[a-z]+_[a-z_]+|[{}<>\[\]`]")
_SENTENCES = re.compile(r"[.!?](?=\s)")
_UNKNOWN: Mapping[re.Pattern[str], str] = {
    re.compile(r"\b\d[\w-]*"): "a number, which only records know",
    re.compile(
        r"\b(?:January|February|March|April|June|July|August|September|October|November|December|"
        r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b"
    ): "and nothing is dated yet",
    re.compile(r"(?<=[a-z,;:–] )[“\"']?([A-HJ-Z][\w-]*|I\w[\w-]*)"): "of which nothing is known here",
}
"""Of what nothing is known before a task is about somebody: numbers, days, and names (capitals inside a sentence)."""


@dataclass(frozen=True)
class Prose:
    """The words that a contract itself puts into people's mouths: no number, day or name is said but those."""

    said: frozenset[str]

    @classmethod
    def of(cls, contract: Contract) -> Prose:
        """What prose about this contract is compared with."""
        return cls(frozenset(word for text in _said(contract) for word in _WORD.findall(text)))

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
        if found := _TECHNICAL.search(text):
            yield f"contains “{found[0]}”, which no customer would say"
        for pattern, why in _UNKNOWN.items():
            for word in pattern.findall(text):
                if word not in self.said:
                    yield f"says {word}, {why}"


def _length(text: str, shortest: int, longest: int) -> Iterator[str]:
    words = len(text.split())
    if not shortest <= words <= longest:
        yield f"has {words} words; wanted are {shortest} to {longest}"


def _said(contract: Contract) -> Iterator[str]:
    yield contract.title
    for tool in contract.tools.values():
        yield from (*tool.voice.wants, *tool.voice.because)
    for storyline in contract.storylines:
        yield from (render(contract, storyline.says), *storyline.because)
