"""When two topics are one: the same name but for its form, or nearly the same name and description.

Everything is compared as sets of word stems and in whole numbers, so that the verdict is the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_DATA = Path(__file__).parent / "data" / "topic_words.yaml"
_SHORTEST_STEM = 3

_ALL = 100
_ALIKE = ((80, 50), (50, 80))
"""Enough of the name together with enough of the description, in percent."""
_SAME_WORDS = 90
"""So much of the description within one walk of life makes two topics one, whatever they are called."""


@dataclass(frozen=True)
class Described:
    """A topic as it is compared."""

    domain: str
    name: frozenset[str]
    words: frozenset[str]
    context: str


def described(domain: str, title: str, describe: str, context: str) -> Described:
    """A topic's name and description as stems. The title is a part of its description."""
    known = _words()
    name = [word for word in domain.split("_") if word not in known["filler"]] or domain.split("_")
    words = [word for word in re.findall(r"[a-z]+", f"{title} {describe}".lower()) if word not in known["common"]]
    return Described(domain, _stems(name), _stems(words), context)


def filler() -> list[str]:
    """Words of a name that say nothing about what a service does."""
    return list(_words()["filler"])


def near_duplicate(topic: Described, others: Iterable[Described]) -> tuple[str, str] | None:
    """The first of the others that says the same as a topic, and why; None when it is new."""
    return next(((other.domain, why) for other in others for why in _reasons(topic, other)), None)


def _reasons(one: Described, other: Described) -> Iterator[str]:
    name, words = _overlap(one.name, other.name), _overlap(one.words, other.words)
    if one.domain == other.domain:
        yield "has the same name"
    elif name == _ALL:
        yield "has the same name but for the form of its words"
    elif any(name >= least and words >= enough for least, enough in _ALIKE):
        yield f"has {name}% of its name and {words}% of its description in common"
    elif one.context == other.context and words >= _SAME_WORDS:
        yield f"has {words}% of its description in common, in the same context"


def _overlap(one: frozenset[str], other: frozenset[str]) -> int:
    """Twice the common part over the sum of both (Dice), in percent, rounded down."""
    total = len(one) + len(other)
    return 200 * len(one & other) // total if total else 0


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in words)


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    """A word without its ending, and without a consonant that only the ending doubled."""
    endings = _words()["endings"]
    fitting = (end for end in endings if word.endswith(end) and len(word) - len(end) >= _SHORTEST_STEM)
    stem = word.removesuffix(next(fitting, ""))
    return stem[:-1] if len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2] else stem


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    return loaded
