"""A first message and a portrait, composed from the grammar in ``data/query.yaml`` and ``data/portrait.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from resources.offline.draws import Draws
from resources.offline.grammar import Grammar
from resources.offline.moments import is_relative, speak
from resources.offline.surface import finish, keep
from resources.offline.words import words

_SHORT_VALUE = 60
_MOST_DETAILS = 4
_PATIENCE = 2


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"opening": …, "portrait": …}`` in the manner of the ask's persona."""
    return {"opening": _Message(variables, draws).text(), "portrait": _portrait(variables["persona"], draws)}


def _portrait(persona: Mapping[str, str], draws: Draws) -> str:
    sentences = words("portrait")
    chosen = [draws.pick(sentences[trait][persona[trait]]) for trait in ("tone", "verbosity", "patience", "expertise")]
    return " ".join(chosen)


class _Message:
    """One opening in the making."""

    def __init__(self, variables: Mapping[str, Any], draws: Draws) -> None:
        self._variables = variables
        self._manner: Mapping[str, str] = variables["persona"]
        self._draws = draws
        self._now = datetime.fromisoformat(variables["now"])
        traits = ("tone", "verbosity", "patience", "expertise")
        tags = {self._manner[trait] if trait == "tone" else f"{trait}_{self._manner[trait]}" for trait in traits}
        self._wordings: dict[str, str] = {}
        self._said: set[str] = set()
        self._grammar = Grammar(words("query"), tags, self._circumstances(), draws)

    def text(self) -> str:
        """The finished message."""
        goals = self._variables["goals"]
        told = goals[: self._goals_told(len(goals))]
        parts = {
            "ask": self._ask(told),
            "reason": self._reason(),
            "extra": self._extra(told),
            "identify": self._identify(),
        }
        return finish(self._grammar.expand(f"plan_{self._verbosity()}", **parts), self._manner, self._draws)

    def _reason(self) -> str:
        """Why the person writes; left for later where somebody with the same wish has given it already."""
        return "" if self._draws.attempt >= 2 * _PATIENCE else str(self._variables["reason"]).strip()

    def _verbosity(self) -> str:
        """How much is said; few words leave little room to differ, so after refusals even the terse say more."""
        degrees = ["low", "medium", "high"]
        refused = self._draws.attempt // _PATIENCE
        return degrees[min(degrees.index(self._manner["verbosity"]) + refused, len(degrees) - 1)]

    def _circumstances(self) -> dict[str, str]:
        name = self._manner["name"]
        known = name != "the customer"
        hour = self._now.hour
        return {
            "name": keep(name) if known else "",
            "first_name": keep(name.split()[0]) if known else "",
            "daytime": "morning" if hour < 12 else "afternoon" if hour < 18 else "evening",
        }

    def _goals_told(self, count: int) -> int:
        """How many of the wishes the first message speaks of."""
        if self._manner["discloses"] == "everything at once":
            return count
        if self._manner["discloses"] == "one thing at a time":
            return 1
        return min(count, 1 + self._draws.below(2))

    def _ask(self, goals: list[Mapping[str, Any]]) -> str:
        symbols = ["one", "also", "last"] if len(goals) > 2 else ["one", "also"]
        sentences = []
        for k, goal in enumerate(goals):
            symbol = symbols[min(k, len(symbols) - 1)]
            wanted = self._worded(goal["wants"]) + self._attached(goal, k)
            sentences.append(self._grammar.expand(symbol, want=wanted, doing=_gerund(wanted)))
        return " ".join(sentences)

    def _worded(self, wants: str) -> str:
        """The wish in its own words or with its verb put another way."""
        verbs: dict[str, list[str]] = words("query")["verbs"]
        own = [verb for verb in verbs if re.match(rf"{verb} (my|the|one of|an?|our) ", wants)]
        if not own or not self._draws.chance(55):
            return wants
        verb = max(own, key=len)
        return self._draws.pick(verbs[verb]) + wants[len(verb) :]

    def _attached(self, goal: Mapping[str, Any], index: int) -> str:
        """What of a goal's details goes into its own sentence: phrases such as "with Dr. Weber"."""
        most = {"everything at once": 2, "the basics first": 1 if index == 0 else 0}.get(self._manner["discloses"], 0)
        openers: list[str] = words("query")["attaching"]
        phrased = [self._phrased(d) for d in goal["details"] if _is_sayable(d) and not _is_plain(d)]
        chosen = [text for text in phrased if _first_word(text) in openers and text not in self._said]
        self._said.update(chosen[:most])
        # "move up to a better cabin to premium" needs a pause, "cancel my visit with Dr. Weber" does not.
        return "".join(f"{',' if f' {_first_word(t)} ' in goal['wants'] else ''} {t}" for t in chosen[:most])

    def _extra(self, goals: list[Mapping[str, Any]]) -> str:
        """Details that did not go into the sentence of their goal, for who says everything at once."""
        if self._manner["discloses"] != "everything at once":
            return ""
        sayable = [d for goal in goals for d in goal["details"] if _is_sayable(d)]
        texts = [text for d in sayable if (text := self._phrased(d)) not in self._said]
        rest = list(dict.fromkeys(text for text in texts if not _names_one(text)))
        ones = list(dict.fromkeys(text for text in texts if _names_one(text)))
        sentences = [self._grammar.expand("details", phrases=", ".join(rest[:_MOST_DETAILS]))] if rest else []
        sentences += [self._grammar.expand("the_one", phrase=text) for text in ones[:1]]
        return " ".join(sentences)

    def _phrased(self, detail: Mapping[str, Any]) -> str:
        """The detail as part of a sentence; equal details are always worded alike within a message."""
        key = f"{detail['label']}={detail['value']}"
        if key not in self._wordings:
            spoken = self._spoken(detail["value"], detail["type"])
            phrase = "{label} {value}" if _is_plain(detail) else str(detail["phrase"])
            if is_relative(spoken):
                phrase = re.sub(r"\bon \{value\}", "{value}", phrase)
            self._wordings[key] = phrase.replace("{label}", detail["label"]).replace("{value}", keep(spoken))
        return self._wordings[key]

    def _spoken(self, value: Any, type_: str = "text") -> str:
        amount = float(value) if type_ == "money" else value
        return speak(amount, self._variables["currency"], self._now, self._draws)

    def _identify(self) -> str:
        """Who is writing, from what they know of themselves; for who says everything at once."""
        if self._manner["discloses"] != "everything at once":
            return ""
        kinds: dict[str, list[str]] = words("query")["identify_by"]
        facts = [fact for fact in self._variables["facts"] if fact["label"] in kinds]
        chosen = self._draws.shuffled(facts)[: 1 + self._draws.below(2)]
        sentences = [
            self._draws.pick(kinds[fact["label"]]).replace("{value}", keep(self._spoken(fact["value"])))
            for fact in chosen
        ]
        return " ".join(sentences)


def _is_plain(detail: Mapping[str, Any]) -> bool:
    """Whether nobody has said how the detail is put in a sentence."""
    return not detail["phrase"] or str(detail["phrase"]).endswith(": {value}")


def _first_word(phrase: str) -> str:
    return phrase.partition(" ")[0].lower()


def _names_one(phrase: str) -> bool:
    """Whether a phrase stands for the thing itself ("the cheapest one") rather than narrowing it down."""
    return phrase.startswith("the ") and phrase.endswith(" one")


def _is_sayable(detail: Mapping[str, Any]) -> bool:
    """Whether a detail fits into a first message; the rest is left to the conversation.

    "The same one" and "the new one" mean nothing before the thing that they point to has come up.
    """
    return detail["value"] not in ("the same", "new") and _is_short(detail["value"])


def _is_short(value: Any) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, dict):
        return False
    if isinstance(value, list):
        return 0 < len(value) < 4 and all(_is_short(item) and not isinstance(item, list) for item in value)
    return len(str(value)) <= _SHORT_VALUE


def _gerund(phrase: str) -> str:
    """``cancel my order`` -> ``canceling my order``; "" where a second verb may follow that would need it too."""
    verb, _, rest = phrase.partition(" ")
    if re.search(r"\b(and|or|then)\b|[,;]", rest) or not verb.isalpha():
        return ""
    exceptions: dict[str, str] = words("query")["gerunds"]
    if verb in exceptions:
        return f"{exceptions[verb]} {rest}" if exceptions[verb] else ""
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else verb
    return f"{stem}ing {rest}"
