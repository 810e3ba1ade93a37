"""What makes two services a pair that a reader believes in, as ``data/contexts.yaml`` says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

_DATA = Path(__file__).parent / "data" / "contexts.yaml"
_PARTS = frozenset({"human", "subject", "things", "bridges", "ways", "order", "work"})


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contexts(_Section):
    """How readily one person deals with two walks of life, from 0 to 1."""

    same: float
    unknown: float
    others: float
    together: dict[float, list[tuple[str, str]]]


class Spread(_Section):
    """How a choice is spread over domains and pairs of walks of life."""

    new_domain: float
    used_domain: float
    used_contexts: float
    most_for_contexts: float


class Least(_Section):
    """What a pair needs at least: of its best bridge, ways over it, what makes one person do both, and altogether."""

    bridge: float
    ways: float
    sense: float
    score: float


class Plausible(_Section):
    """The data file."""

    contexts: Contexts
    same_role: float = Field(ge=0, le=1)
    subjects: dict[str, list[str]]
    follows: frozenset[str]
    weights: dict[str, float]
    spread: Spread
    least: Least
    reasons: dict[str, str]
    bridges: dict[str, str]

    @model_validator(mode="after")
    def _whole(self) -> Plausible:
        if set(self.weights) != _PARTS or abs(sum(self.weights.values()) - 1) > 1e-9:
            raise ValueError(f"weights must be of {', '.join(sorted(_PARTS))} and sum to 1")
        listed = [frozenset(pair) for pairs in self.contexts.together.values() for pair in pairs]
        if twice := sorted({" and ".join(sorted(pair)) for pair in listed if listed.count(pair) > 1 or len(pair) < 2}):
            raise ValueError(f"walks of life that are listed twice, or with themselves: {', '.join(twice)}")
        return self


@cache
def plausible() -> Plausible:
    """The data file, read once a process."""
    return Plausible.model_validate(yaml.safe_load(_DATA.read_text(encoding="utf-8")))


@cache
def context_affinity(one: str, other: str) -> float:
    """How readily one person deals with both walks of life, from 0 to 1, in any order."""
    contexts, levels = plausible().contexts, _levels()
    known = {name for pair in levels for name in pair}
    if one == other:
        return contexts.same
    if not {one, other} <= known:
        return contexts.unknown
    return levels.get(frozenset((one, other)), contexts.others)


def subjects_in(names: Iterable[str]) -> frozenset[str]:
    """What services are about whose names (of themselves, their person, their things) are these."""
    words = {word for name in names for word in re.findall("[a-z]+", name)}
    words |= {word.removesuffix("s") for word in words}
    telling = _subjects()
    return frozenset(subject for name in (*words, *names) for subject in telling.get(name, ()))


@cache
def _levels() -> Mapping[frozenset[str], float]:
    together: dict[float, Any] = dict(plausible().contexts.together)
    return {frozenset(pair): level for level, pairs in together.items() for pair in pairs}


@cache
def _subjects() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for subject, words in plausible().subjects.items():
        for word in words:
            found[word] = (*found.get(word, ()), subject)
    return found
