"""What a person with several wishes is about, and why: composed from what is known of each wish.

The story joins the storylines that the combination contains, and single wishes where there is none. A reason takes what
has happened from one of them and says what all the rest has to do with it; some say the latter alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words

_REASONS, _HAPPENED = 4, 3
"""Reasons of each combination, and how many of them begin with something that has happened."""
_LONGEST_PART, _LONGEST_STORY = 16, 50
"""Words of a storyline's sentence that still fits into another, and of the whole."""

Goal = Mapping[str, Any]


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"stories": [{goals, story, because}], "further": [the same]}``."""
    goals = {goal["name"]: goal for goal in variables["goals"]}
    teller = _Teller(goals, variables["storylines"], draws)
    stories = [teller.tell(tuple(combination)) for combination in variables["combinations"]]
    proposed = list(_further(goals, variables))
    further = [teller.tell(own) for own in draws.shuffled(proposed)[: variables["further"]]]
    return {"stories": stories, "further": further}


def _further(goals: Mapping[str, Goal], variables: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Look at records, change one of them, and look at what came of it."""
    if not variables["further"]:
        return
    told = {tuple(own) for own in (*variables["told"], *variables["combinations"])}
    blocked = {tuple(pair) for pair in variables["conflicts"]}
    reads = [goal for goal in goals.values() if goal["access"] == "read" and goal["wants"]]
    writes = [goal for goal in goals.values() if goal["access"] == "write" and goal["wants"]]
    for change in writes:
        for before in (read for read in reads if set(read["shows"]) & set(change["needs"])):
            for after in (read for read in reads if set(read["shows"]) & set(change["writes"])):
                own = (before["name"], change["name"], after["name"])
                pairs = {own[:2], own[1:], own[::2]}
                if before is not after and own not in told and not pairs & blocked:
                    yield own


class _Teller:
    def __init__(self, goals: Mapping[str, Goal], storylines: Sequence[Mapping[str, Any]], draws: Draws) -> None:
        self._goals = goals
        self._known = {tuple(storyline["goals"]): storyline for storyline in storylines}
        self._draws = draws
        self._data = words("task_templates")
        self._stories: set[str] = set()

    def tell(self, combination: tuple[str, ...]) -> dict[str, Any]:
        parts = list(self._parts(combination))
        return {
            "goals": list(combination),
            "story": self._story(combination, parts),
            "because": self._because(combination, parts),
        }

    def _parts(self, combination: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The combination cut into known storylines, the longest first, and single goals."""
        start = 0
        while start < len(combination):
            ends = range(len(combination), start, -1)
            end = next((e for e in ends if self._is_sayable(combination[start:e])), start + 1)
            yield combination[start:end]
            start = end

    def _is_sayable(self, goals: tuple[str, ...]) -> bool:
        says = str(self._known.get(goals, {}).get("says", ""))
        plain = says.endswith(".") and ", and " not in says and not set(says[:-1]) & set(".;:!?–")
        return plain and len(says.split()) <= _LONGEST_PART

    def _story(self, combination: tuple[str, ...], parts: Sequence[tuple[str, ...]]) -> str:
        """The parts in one sentence that is not too long and was not told yet; a short one where the words run out."""
        changed = self._goals[combination[-2]]["access"] == "write"
        look = changed and self._goals[combination[-1]]["access"] == "read" and len(parts[-1]) == 1
        frames = self._data["stories"][f"{len(parts)}_look" if look else str(len(parts))]
        for _ in range(self._data["patience"]):
            text = self._framed(self._draws.pick(frames), [self._draws.pick(self._ways(part)) for part in parts])
            if text not in self._stories and len(text.split()) <= _LONGEST_STORY:
                break
        else:
            text = self._framed(self._draws.pick(frames), [min(self._ways(part), key=len) for part in parts])
        self._stories.add(text)
        return text

    def _framed(self, frame: str, said: Sequence[str]) -> str:
        text = frame.format(*said)
        return f"{text[:1].upper()}{text[1:]}."

    def _ways(self, part: tuple[str, ...]) -> list[str]:
        """The ways to say a part inside a sentence."""
        if len(part) == 1:
            return list(self._goals[part[0]]["wants"])
        says = str(self._known[part]["says"]).removesuffix(".")
        return [says[:1].lower() + says[1:]]

    def _because(self, combination: tuple[str, ...], parts: Sequence[tuple[str, ...]]) -> list[str]:
        kind = self._kind(combination)
        happened = self._happened(combination, parts)
        links = self._draws.shuffled(self._data["links"][kind])
        composed = [f"{one} {link}" for one, link in zip(self._draws.shuffled(happened), links, strict=False)]
        found = composed[:_HAPPENED]
        return found + self._draws.shuffled(self._data["reasons"][kind])[: _REASONS - len(found)]

    def _kind(self, combination: tuple[str, ...]) -> str:
        access = [self._goals[goal]["access"] for goal in combination]
        if access.count("write") > 1:
            return "changes"
        if "write" not in access:
            return "looks"
        return "change_last" if access[-1] == "write" else "look_last"

    def _happened(self, combination: tuple[str, ...], parts: Sequence[tuple[str, ...]]) -> list[str]:
        """Reasons of the first storyline in the combination, or else of a single wish that changes something."""
        for part in parts:
            if len(part) > 1:
                return list(self._known[part]["because"])
        changes = [goal for goal in combination if self._goals[goal]["access"] == "write"]
        return [str(reason) for goal in (changes or combination)[:1] for reason in self._goals[goal]["because"]]
