"""Names as words: how identifiers fall apart, what is the same word, and the word lists of this package."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from skiller_assets.contract.english import plural as by_rule

_DATA = Path(__file__).parent / "data"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 64


@lru_cache(maxsize=16)
def word_list(name: str) -> dict[str, Any]:
    """The content of ``data/<name>.yaml``; shared by all callers, never changed by them."""
    loaded: dict[str, Any] = yaml.safe_load((_DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=65536)
def tokens(name: str) -> tuple[str, ...]:
    """The lower-case words of an identifier or a text: ``travelFrom`` and ``travel_from`` have the same."""
    return tuple(part.lower() for part in _NOT_WORD.split(_CAMEL.sub(" ", name)) if part)


def snake(name: str) -> str:
    """An identifier in the form that the contract language takes, or nothing when no letter is left."""
    parts = list(tokens(name))
    while parts and not parts[0][0].isalpha():
        parts.pop(0)
    return "_".join(parts).encode("ascii", "ignore").decode()[:_LONGEST].rstrip("_")


@lru_cache(maxsize=65536)
def lemma(word: str) -> str:
    """The singular of a noun, as far as spelling tells: ``cities`` → ``city``, ``boxes`` → ``box``."""
    lists = word_list("verbs")
    if word in lists["singular"]:
        return str(lists["singular"][word])
    if len(word) < 4 or word.endswith(("ss", "us", "is", "news")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def lemmas(name: str) -> tuple[str, ...]:
    """The words of an identifier, each in the singular."""
    return tuple(lemma(word) for word in tokens(name))


def is_technical(name: str) -> bool:
    """Whether a parameter is about the call and not about the service (a token, a page)."""
    words, lists = set(lemmas(name)), word_list("similarity")
    return (
        bool(words & set(lists["technical"]))
        or words <= set(lists["weakly_technical"]) - {"id"}
        or (words <= set(lists["weakly_technical"]) and len(words) > 1)
    )


def plural(noun: str) -> str:
    """The plural of a noun phrase: ``city`` → ``cities``, ``credit card`` → ``credit cards``."""
    lists = word_list("verbs")
    head, _, last = noun.rpartition(" ")
    for many, one in lists["singular"].items():
        if one == last and many != last:
            return f"{head} {many}".strip()
    if last in lists["uncountable"]:
        return noun
    return by_rule(noun)
