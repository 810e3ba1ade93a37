"""What a person adds to a wish, as an ending of its sentence or as a sentence of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from resources.offline.draws import Draws
from resources.offline.grammar import Grammar
from resources.offline.moments import is_relative, speak
from resources.offline.surface import keep
from resources.offline.words import words

_SHORT_VALUE = 60
_ENDS = ("from {value}", "to {value}")
"""A journey's two ends belong together: they count as one detail."""
_VALUES = ("value", "carried")
"""Kinds of details that are what is wanted themselves; what is carried over comes first."""
_BEFORE_NAMES = ("with", "at", "in", "on", "to", "from")
Detail = Mapping[str, Any]


class Details:
    """The details of one message, put into words; equal ones are worded alike.

    ``currency`` and ``now`` are those of the service.
    """

    def __init__(self, grammar: Grammar, currency: str, now: Any, draws: Draws) -> None:
        self._grammar = grammar
        self._currency = currency
        self._now = now
        self._draws = draws

    def told(self, goal: Mapping[str, Any], most: int) -> tuple[str, str]:
        """(the end of the wish's sentence, sentences after it) with at most ``most`` details; origin and destination
        count as one.
        """
        chosen = self._chosen(goal, most)
        values = [d for d in chosen if d["kind"] in _VALUES]
        ending = [d for d in values if self._continues(d, goal["wants"])] if self._attaches(goal["wants"]) else []
        rest = [d for d in values if d not in ending]
        rest = [d for d in rest if not _begins(d, "clinging")]
        alone = [d for d in rest if self._continues(d, "") and not _begins(d, "leaning")]
        sentences = [self._fragment(alone), *(self._statement(d) for d in rest if d not in alone)]
        sentences += self._records([d for d in chosen if d["kind"] == "record"])
        return "".join(f" {self._phrase(d)}" for d in ending), " ".join(filter(None, sentences))

    def spoken(self, value: Any, type_: str = "text") -> str:
        """A value as people say it, kept from habits of writing."""
        return keep(speak(float(value) if type_ == "money" else value, self._currency, self._now, self._draws))

    def _chosen(self, goal: Mapping[str, Any], most: int) -> list[Detail]:
        sayable = [d for d in _once(goal["details"]) if _is_sayable(d)]
        sayable.sort(key=lambda d: d["kind"] != "carried")
        places = {d["phrase"]: d for d in sayable if d["kind"] in _VALUES and d["phrase"] in _ENDS}
        pair = [places[end] for end in _ENDS] if len(places) == len(_ENDS) else []
        groups = [*_named(goal["details"]), *([d] for d in sayable if d not in pair)]
        if most and pair:
            return [*pair, *(d for group in groups[: most - 1] for d in group)]
        return [d for group in groups[:most] for d in group]

    def _attaches(self, wants: str) -> bool:
        """Whether a wish ends so that a phrase can follow: not in a clause of its own."""
        return not re.search(words("query")["closed_endings"], wants)

    def _continues(self, detail: Detail, wants: str) -> bool:
        first = _first_word(detail)
        return _begins(detail, "attaching") and not re.search(rf"\b{first}\b", wants)

    def _phrase(self, detail: Detail) -> str:
        spoken = self.spoken(detail["value"], detail["type"])
        phrase = str(detail["phrase"])
        if is_relative(spoken.strip("\x02\x03")):
            phrase = re.sub(r"\bon \{value\}", "{value}", phrase)
        if detail["value"] == 1:
            phrase = re.sub(r"(\{value\} \w+)s\b", r"\1", phrase)
        return phrase.replace("{value}", spoken)

    def _fragment(self, details: Sequence[Detail]) -> str:
        if not details:
            return ""
        return self._grammar.expand("details", phrases=_joined([self._phrase(d) for d in details]))

    def _statement(self, detail: Detail) -> str:
        """One value as a sentence: "The new e-mail address is …", "The amount would be $75."."""
        if "names" in detail:
            name = " ".join(keep(str(part)) for part in detail["names"])
            return self._grammar.expand("the_name", value=name)
        lead, _, tail = str(detail["phrase"]).partition("{value}")
        lead = re.sub(r"^(with )?(the|a) $|^with (the|a) ", "", lead).strip()
        unfinished = tail or not lead or lead.endswith(":") or lead.split()[-1] in words("query")["openers"]
        label = detail["label"] if unfinished else lead
        value = self.spoken(detail["value"], detail["type"])
        symbol = "the_amount" if detail["type"] == "money" else "the_value"
        return self._grammar.expand(symbol, label=label, value=value)

    def _records(self, details: Sequence[Detail]) -> list[str]:
        """A sentence for each record that is singled out; the first is what the wish is about."""
        groups: dict[tuple[str, str], list[Detail]] = {}
        for detail in details:
            key = (detail["noun"], detail["role"]) if not detail["extreme"] else (detail["noun"], detail["role"] + "!")
            groups.setdefault(key, []).append(detail)
        return [self._record(group, number) for number, group in enumerate(groups.values())]

    def _record(self, group: Sequence[Detail], number: int) -> str:
        first = group[0]
        noun, role = first["noun"], first["role"]
        if first["extreme"]:
            slots = {"one": f"the {first['value']} one", "thing": f"the {first['value']} {noun}"}
        else:
            phrase = " ".join(self._phrase(d) for d in group)
            slots = {"one": f"the one {phrase}", "thing": f"the {noun} {phrase}"}
            if first["label"] == noun or first["phrase"] == "{value}":  # a name needs no description
                slots = dict.fromkeys(
                    slots, phrase.partition(" ")[2] if _first_word(first) in _BEFORE_NAMES else phrase
                )
        symbol = f"the_record_{role}" if role else "the_record" if number == 0 else "another_record"
        return self._grammar.expand(symbol, noun=noun, **slots)


def _once(details: Sequence[Detail]) -> list[Detail]:
    """Of several values with the same words (two searches, two destinations) the last, which the wish ends in."""
    return list({(d["phrase"], d["value"] if d["kind"] not in _VALUES else None): d for d in details}.values())


def _named(details: Sequence[Detail]) -> list[list[Detail]]:
    """First and last name of the same somebody as one detail, so that nobody is introduced in two halves."""
    names: dict[str, dict[str, Detail]] = {}
    for detail in details:
        part = str(detail["phrase"])
        prefix = str(detail["label"]).partition(" of ")[2]
        if re.search(r"\b(first|last) name", part) and isinstance(detail["value"], str) and detail["kind"] in _VALUES:
            names.setdefault(prefix, {})["first" if "first" in part else "last"] = detail
    return [
        [{**both["first"], "names": [both["first"]["value"], both["last"]["value"]]}]
        for both in names.values()
        if len(both) == 2
    ]


def _first_word(detail: Detail) -> str:
    return str(detail["phrase"]).replace("{value}", str(detail["value"])).partition(" ")[0].lower()


def _begins(detail: Detail, list_: str) -> bool:
    """Whether a phrase begins with a word of a list of the data file."""
    return _first_word(detail) in words("query")[list_]


def _is_plain(detail: Detail) -> bool:
    """Whether nobody has said how the detail is put in a sentence."""
    return not detail["phrase"] or str(detail["phrase"]).endswith(": {value}")


def _is_sayable(detail: Detail) -> bool:
    """Whether a detail fits into a first message; the rest is left to the conversation.

    A record that came up before means nothing yet; a name is told in one piece, see :func:`_named`; what has only a
    label is a filter or a form field that nobody begins with.
    """
    if detail["kind"] == "earlier" or not _is_short(detail["value"]):
        return False
    return not _is_plain(detail) and not re.search(words("query")["unsaid"], str(detail["phrase"]))


def _is_short(value: Any) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        return False
    if isinstance(value, list):
        return 0 < len(value) < 4 and all(_is_short(item) and not isinstance(item, list) for item in value)
    return len(str(value)) <= _SHORT_VALUE


def _joined(phrases: Sequence[str]) -> str:
    """``from BNA to AUS, in economy``."""
    return re.sub(r"^(from [^,]+), (?=to )", r"\1 ", ", ".join(phrases))
