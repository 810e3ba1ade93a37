"""A first message and a portrait, composed from the grammar in ``data/query.yaml`` and ``data/portrait.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from resources.offline.details import Details
from resources.offline.draws import Draws
from resources.offline.grammar import Grammar
from resources.offline.surface import finish, keep
from resources.offline.words import words

_PATIENCE = 2
_IDENTIFIES = 25
"""Of a hundred people who say everything at once, how many give more than their name unasked."""
_MOST_GOALS = 3
_MOST_DETAILS = {"everything at once": (3, 1), "the basics first": (1, 0), "one thing at a time": (0, 0)}
"""How many details the first wish gets, and each later one."""


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
        self._grammar = Grammar(words("query"), tags, self._circumstances(), draws)
        self._details = Details(self._grammar, variables["currency"], self._now, draws)

    def text(self) -> str:
        """The finished message."""
        goals = self._variables["goals"]
        told = goals[: self._goals_told(len(goals))]
        reason = self._reason(told)
        early = "" if re.search(words("query")["pointing"], reason) else reason
        parts = {"ask": self._ask(told), "reason": reason, "early": early, "identify": self._identify()}
        return finish(self._grammar.expand(f"plan_{self._verbosity()}", **parts), self._manner, self._draws)

    def _reason(self, told: list[Mapping[str, Any]]) -> str:
        """Why the person writes; left for later where somebody with the same wish has given it already.

        What is given for a later wish goes with that wish, see :meth:`_ask`.
        """
        reason = self._variables["reason"] or told[0]["reason"]
        if len(told) < len(self._variables["goals"]) and re.search(words("query")["about_all"], reason):
            return ""
        return "" if self._draws.attempt >= 2 * _PATIENCE else str(reason).strip()

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
            return min(count, _MOST_GOALS)
        if self._manner["discloses"] == "one thing at a time":
            return 1
        return min(count, 1 + self._draws.below(2))

    def _ask(self, goals: list[Mapping[str, Any]]) -> str:
        most = _MOST_DETAILS[self._manner["discloses"]]
        sentences = []
        for k, goal in enumerate(goals):
            symbol = "one" if k == 0 else "last" if k == len(goals) - 1 > 1 else "also"
            ending, after = self._details.told(goal, most[min(k, 1)])
            sentences += [self._wish(symbol, goal, ending), after]
            if k > 0 and goal["reason"] and self._manner["verbosity"] != "low":
                sentences.append(str(goal["reason"]).strip())
        return " ".join(filter(None, sentences))

    def _wish(self, symbol: str, goal: Mapping[str, Any], ending: str) -> str:
        """One wish as a sentence. ``want`` fits everywhere, ``act`` where the writer takes part, ``deed`` where
        something is to change, ``look`` where nothing is; ``doing`` and ``deeding`` are gerunds.
        """
        want = self._worded(goal["wants"]) + ending
        act = "" if re.search(words("query")["unaided"], want) else want
        doing = _gerund(act) if act else ""
        slots = dict.fromkeys(("deed", "deeding", "look"), "")
        slots |= {"deed": act, "deeding": doing} if goal["changes"] else {"look": want}
        return self._grammar.expand(symbol, want=want, act=act, doing=doing, **slots)

    def _worded(self, wants: str) -> str:
        """The wish in its own words or with its verb put another way."""
        verbs: dict[str, list[str]] = words("query")["verbs"]
        own = [verb for verb in verbs if re.match(rf"{verb} (my|the|one of|an?|our) ", wants)]
        if not own or not self._draws.chance(55):
            return wants
        verb = max(own, key=len)
        return self._draws.pick(verbs[verb]) + wants[len(verb) :]

    def _identify(self) -> str:
        """Who is writing, from what they know of themselves; for who says everything at once."""
        if self._manner["discloses"] != "everything at once":
            return ""
        kinds: dict[str, list[str]] = words("query")["identify_by"]
        facts = [fact for fact in self._variables["facts"] if fact["label"] in kinds]
        if not facts or not self._draws.chance(_IDENTIFIES):
            return ""
        fact = self._draws.pick(facts)
        return self._draws.pick(kinds[fact["label"]]).replace("{value}", self._details.spoken(fact["value"]))


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
