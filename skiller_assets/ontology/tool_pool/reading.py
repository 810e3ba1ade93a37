"""What the name of a tool says: the verb, the thing it is done to, and whether that reads or writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from skiller_assets.ontology.tool_pool.model import PoolTool
from skiller_assets.ontology.tool_pool.words import lemma, tokens, word_list

Kind = Literal[
    "many", "one", "create", "update", "delete", "add", "take", "become", "switch", "session", "compute", "unknown"
]
WRITES: frozenset[Kind] = frozenset({"create", "update", "delete", "add", "take", "become", "switch"})

_PLAIN: tuple[Kind, ...] = ("many", "one", "create", "update", "delete", "add", "take", "session", "compute")
_MAPPED: tuple[Kind, ...] = ("become", "switch")


@dataclass(frozen=True)
class Reading:
    """How a name is understood. ``object`` is a noun in the singular, empty where the name has none."""

    kind: Kind
    verb: str
    object: str
    facet: str = ""
    """What of the object is meant, where a name says so (the ``cost`` of ``get_flight_cost``)."""

    @property
    def writes(self) -> bool:
        """Whether the tool changes something."""
        return self.kind in WRITES


@lru_cache(maxsize=1)
def verbs() -> dict[str, Kind]:
    """Every known verb and what kind of tool it makes."""
    lists = word_list("verbs")
    found: dict[str, Kind] = {}
    for kind in (*_PLAIN, *_MAPPED):
        for verb in lists[kind]:
            found.setdefault(verb, kind)
    return found


def read_name(tool: PoolTool) -> Reading:
    """The reading of a tool's name; where it has no verb, of the first verb in its description."""
    words = _spelled(tool.public)
    place = _verb_place(words)
    lists = word_list("verbs")
    if any(word in lists["session"] for word in words):
        return Reading("session", "", "")
    if place is None:
        noun = words[-1] if words else ""
        if len(words) == 1 and noun in lists["deeds"]:
            return Reading("create", "make", noun)
        if noun in lists["verbal_nouns"]:
            return _reading(str(lists["verbal_nouns"][noun]), words[:-1])
        verb = _described_verb(tool.describe)
        if verb and lemma(noun) in {lemma(word) for word in tokens(tool.describe)}:  # mkdir is no thing to be made
            return _reading(verb, words)
        return Reading("unknown", "", "_".join(lemma(w) for w in words[-2:]))
    after, before = words[place + 1 :], [*tokens(tool.public.rpartition(".")[0]), *words[:place]]
    if not after or (after[0] in lists["stops"] and words[place] not in ("add", "remove", "delete")):
        return _reading(words[place], before)
    return _reading(words[place], after)


def _spelled(public: str) -> list[str]:
    """The words of a name; ``check_in``, ``log_out`` and ``set_up`` are one word, versions and numbers none."""
    words = [word for word in tokens(public.rpartition(".")[2] or public) if not word[0].isdigit()]
    joined: list[str] = []
    for word in words:
        if joined and (joined[-1], word) in (("check", "in"), ("log", "in"), ("log", "out"), ("top", "up")):
            joined[-1] += word
        elif joined and (joined[-1], word) == ("look", "up"):
            joined[-1] = "lookup"
        else:
            joined.append(word)
    return joined


def _verb_place(words: Sequence[str]) -> int | None:
    """Where the verb stands: first, or after the name of the service that a pool put before it."""
    known = verbs()
    return next((i for i, word in enumerate(words[:3]) if word in known and (i == 0 or i + 1 < len(words))), None)


def _described_verb(description: str) -> str:
    """The first verb of a description, ``retrieves`` for ``retrieve``; nothing where there is none."""
    known = verbs()
    for word in tokens(description)[:2]:
        for form in (word, word.removesuffix("s"), word.removesuffix("es")):
            if form in known and known[form] not in ("compute", "session"):
                return form
    return ""


def _reading(verb: str, rest: Sequence[str]) -> Reading:
    lists = word_list("verbs")
    kind = verbs()[verb]
    nouns = [lemma(word) for word in _object_words(verb, rest)]
    if any(noun in lists["session_nouns"] for noun in nouns):
        return Reading("session", verb, "")
    facet = ""
    while len(nouns) > 1 and nouns[-1] in lists["facets"]:
        facet = nouns.pop()
    nouns = [str(lists["synonyms"].get(noun, noun)) for noun in nouns]
    if kind == "one" and facet in ("list", "history"):
        kind = "many"
    return Reading(kind, verb, "_".join(nouns[-2:]), facet)


def _object_words(verb: str, rest: Sequence[str]) -> list[str]:
    """The words of the object: what stands before a preposition, or after it where something is put into a list."""
    lists = word_list("verbs")
    stops, loose = lists["stops"], lists["loose"]
    parts: list[list[str]] = [[]]
    for word in rest:
        if word in stops:
            if parts[-1]:
                parts.append([])
            if (word, verb) in (("to", "add"), ("from", "remove"), ("from", "delete")):
                parts = [[]]
        elif word not in loose or (word in lists["people"] and len(rest) == 1):
            parts[-1].append(word)
    first = next((part for part in parts if part), [])
    return first or [word for word in rest if word in lists["people"]][:1]
