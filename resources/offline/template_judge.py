"""A judgement on conversations, from what is said of the service and of each case alone.

Five axes, each from 5 downwards:

- *plausible*: a goal that nobody is known to want (1); the same goal twice, or the same goals and story as another case
  (2); more goals than somebody brings to one conversation (3).
- *coherent*: goals hang together where both concern the same records or people are known to pursue them in one
  conversation (5), and less where they concern records that belong together (4). What is carried from one desk to the
  other joins the two (4). Apart, goals at two desks are two errands (3), at one desk a muddle (2). A story that is told
  word for word of other goals holds neither together (2), unless it is the story of what both carry.
- *ordered*: a goal after one that leaves nothing for it to do (1); and where nobody is known to ask for them in that
  order, a look at what there is to choose from after the choice (2), a goal before what may make it possible (3).
- *motivated*: no reason for several goals (1), for a change (3), for a look (4); half of the reasons or more speak of
  records with which no goal of the case has to do (2), some do (3); the same reason twice (2); a single reason for
  several goals (3).
- *voiced*: names of goals, underscores or braces (1); words of the house, or a story about "the customer" (2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import networkx as nx

from resources.offline.draws import Draws
from resources.offline.words import words
from skiller_assets.contract.english import plural

_AXES = ("plausible", "coherent", "ordered", "motivated", "voiced")
_MOST_GOALS = 5
_TECHNICAL = re.compile(r"\w_\w|[{}`]")

Case = Mapping[str, Any]
Blemish = tuple[str, int, str]
"""An axis, the score that it leaves, and what is amiss."""


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"verdicts": [{case, an axis: score, …, remark}]}``; nothing is drawn: a second look finds the same."""
    bench = _Bench(variables)
    return {"verdicts": [bench.verdict(case) for case in variables["cases"]]}


class _Bench:
    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._goals: dict[str, Mapping[str, Any]] = {goal["name"]: goal for goal in variables["goals"]}
        self._records: Mapping[str, Mapping[str, Any]] = variables["records"]
        self._nouns = {name: _noun(record["words"]) for name, record in self._records.items()}
        self._conflicts, self._unlocks, self._ties = (
            {tuple(pair) for pair in variables[kind]} for kind in ("conflicts", "unlocks", "ties")
        )
        self._house = re.compile(words("template_judge")["house"], re.IGNORECASE)
        self._first: dict[str, Case] = {}

    def verdict(self, case: Case) -> dict[str, Any]:
        """Scores and, where one is below the best, a remark."""
        axes = (self._plausible, self._coherent, self._ordered, self._motivated, self._voiced)
        blemishes = [blemish for axis in axes for blemish in axis(case)]
        self._first.setdefault(case["story"].lower(), case)
        scores = {axis: min([5, *(score for a, score, _ in blemishes if a == axis)]) for axis in _AXES}
        remark = "; ".join(dict.fromkeys(why for _, _, why in blemishes))
        return {"case": case["id"], **scores, "remark": f"{remark[:1].upper()}{remark[1:]}." if remark else ""}

    def _plausible(self, case: Case) -> Iterator[Blemish]:
        goals = case["goals"]
        for goal in goals:
            if not self._goals.get(goal, {}).get("wants"):
                yield "plausible", 1, f"nobody is known to want {goal}"
        for goal in sorted(goal for goal in set(goals) if goals.count(goal) > 1):
            yield "plausible", 2, f"nobody asks for {goal} twice in one conversation"
        other = self._first.get(case["story"].lower())
        if other and sorted(other["goals"]) == sorted(goals):
            yield "plausible", 2, f"it is {other['id']} once more"
        if len(goals) > _MOST_GOALS:
            yield "plausible", 3, "that is a lot for one conversation"

    def _coherent(self, case: Case) -> Iterator[Blemish]:
        strict, wide = (self._apart(case, related) for related in (False, True))
        if len(strict) > 1 and len(wide) == 1:
            yield "coherent", 4, f"only little ties {_listed(strict)} to each other"
        elif len(wide) > 1:
            desks = [{self._desk(goal) for goal in group} for group in wide]
            two = all(len(desk) == 1 for desk in desks) and len(set.union(*desks)) == len(wide)
            yield "coherent", 3 if two else 2, f"nothing holds {_listed(wide)} together"
        other = self._first.get(case["story"].lower())
        same = other and other["carries"] and other["carries"] == case["carries"]
        if other and not same and sorted(other["goals"]) != sorted(case["goals"]):
            yield "coherent", 2, f"the story is told word for word of {other['id']}, which has other goals"

    def _apart(self, case: Case, related: bool) -> list[list[str]]:
        """The goals in groups that hang together."""
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(goal for goal in case["goals"] if goal in self._goals)
        for one, other in combinations(graph.nodes, 2):
            near = self._touched(other) | (self._around(other) if related else set())
            carried = bool(case["carries"]) and self._desk(one) != self._desk(other)
            tied = (one, other) in self._ties or (other, one) in self._ties
            if tied or self._touched(one) & near or (related and carried):
                graph.add_edge(one, other)
        return [sorted(group) for group in nx.connected_components(graph)]

    def _ordered(self, case: Case) -> Iterator[Blemish]:
        for one, other in combinations(case["goals"], 2):
            if (one, other) in self._conflicts:
                yield "ordered", 1, f"after {one}, {other} was seen to be refused on the same record"
            elif (other, one) in self._unlocks and (one, other) not in self._ties | self._unlocks:
                yield "ordered", 3, f"perhaps {other} has to come before {one}"
            elif (one, other) not in self._ties and self._is_late(one, other):
                yield "ordered", 2, f"{other} shows what there is to choose from, and {one} has chosen already"

    def _is_late(self, change: str, look: str) -> bool:
        """Whether a look shows what a change before it took its choice from, and nothing that it has changed."""
        taken, shown = self._goals.get(change), self._goals.get(look)
        if taken is None or shown is None or shown["access"] != "read" or not taken["writes"]:
            return False
        return bool(set(shown["shows"]) & set(taken["needs"])) and not set(shown["shows"]) & set(taken["writes"])

    def _motivated(self, case: Case) -> Iterator[Blemish]:
        reasons: Sequence[str] = case["because"]
        if not reasons and len(case["goals"]) > 1:
            yield "motivated", 1, "nobody says why"
        elif not reasons:
            looks = all(self._goals[goal]["access"] == "read" for goal in case["goals"] if goal in self._goals)
            yield "motivated", 4 if looks else 3, "nobody says why"
        if len(set(reasons)) < len(reasons):
            yield "motivated", 2, "a reason is given twice"
        if len(reasons) == 1 and len(case["goals"]) > 1:
            yield "motivated", 3, "there is a single reason for all of it"
        strange = [(reason, noun) for reason in reasons if (noun := self._foreign(case, reason))]
        for _, noun in strange[:1]:
            score = 2 if 2 * len(strange) >= len(reasons) else 3
            yield "motivated", score, f"a reason speaks of the {noun}, with which none of the goals has to do"

    def _foreign(self, case: Case, reason: str) -> str:
        """A record of the service that a reason names and no goal, no wish and no story of the case is about; or ""."""
        goals = [goal for goal in case["goals"] if goal in self._goals]
        own = set().union(*(self._touched(goal) | self._around(goal) for goal in goals))
        told = [text for goal in goals for text in (self._goals[goal]["describe"], *self._goals[goal]["wants"])]
        said = " ".join([*told, case["story"], case["carries"]]).lower()
        nouns = {self._records[name]["words"] for name in own}
        for name, record in self._records.items():
            strange = name not in own and record["words"] not in nouns and not self._nouns[name].search(said)
            if strange and self._nouns[name].search(reason.lower()):
                return str(record["words"])
        return ""

    def _voiced(self, case: Case) -> Iterator[Blemish]:
        for text in (case["story"], *case["because"]):
            if _TECHNICAL.search(text):
                yield "voiced", 1, f"no customer says “{text}”"
            elif found := self._house.search(text):
                yield "voiced", 2, f"“{found[0]}” is a word of the house"

    def _touched(self, goal: str) -> set[str]:
        digest = self._goals[goal]
        return {*digest["shows"], *digest["writes"], *digest["needs"]}

    def _around(self, goal: str) -> set[str]:
        return {other for name in self._touched(goal) for other in self._records[name]["related"]}

    def _desk(self, goal: str) -> str:
        return str(self._goals[goal]["desk"])


def _noun(text: str) -> re.Pattern[str]:
    """A noun as somebody says it of their own or of a certain one: "my card", "the loans"."""
    return re.compile(rf"\b(?:my|our|the|this|that|these|those)\s(?:{re.escape(text)}|{re.escape(plural(text))})\b")


def _listed(groups: Sequence[Sequence[str]]) -> str:
    return " and ".join(" with ".join(group) for group in groups)
