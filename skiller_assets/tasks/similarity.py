"""How alike texts are, by their word trigrams."""

from __future__ import annotations

import re
from collections.abc import Iterable

Trigram = tuple[str, str, str]
MOST_SHARED = 0.6
"""No two openings of a domain share a larger part of the shorter one's trigrams."""

_WORD = re.compile(r"[a-z0-9][\w'’@.-]*")


def trigrams(text: str) -> list[Trigram]:
    """Every run of three words, lower-case, in order; a text of fewer than three words has none."""
    words = [word.rstrip(".") for word in _WORD.findall(text.lower())]
    return list(zip(words, words[1:], words[2:], strict=False))


def distinct_share(texts: Iterable[str]) -> float:
    """Different trigrams over all trigrams of the texts; 1.0 when there are none."""
    found = [trigram for text in texts for trigram in trigrams(text)]
    return len(set(found)) / len(found) if found else 1.0


def shared_part(a: str, b: str) -> float:
    """The part of the shorter text's trigrams that the other has too, 0 to 1."""
    return _overlap(frozenset(trigrams(a)), frozenset(trigrams(b)))


def _overlap(a: frozenset[Trigram], b: frozenset[Trigram]) -> float:
    shorter = min(len(a), len(b))
    return len(a & b) / shorter if shorter else 0.0


class Openings:
    """Texts that were accepted so far, to tell whether another one is too much like one of them."""

    def __init__(self) -> None:
        self._seen: list[tuple[str, frozenset[Trigram]]] = []

    def add(self, text: str) -> None:
        """Remembers a text."""
        self._seen.append((text, frozenset(trigrams(text))))

    def complaints(self, text: str) -> list[str]:
        """Names the first text that this one is too much like, if there is one."""
        new = frozenset(trigrams(text))
        for earlier, old in self._seen:
            if text == earlier or _overlap(new, old) > MOST_SHARED:
                return [f"too much like another customer's message: “{earlier}”; word it differently"]
        return []
