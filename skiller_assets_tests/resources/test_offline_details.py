"""Details of a wish: what fits the end of its sentence follows it, what does not becomes a sentence of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from resources.offline.details import Details
from resources.offline.draws import Draws
from resources.offline.grammar import Grammar
from resources.offline.query import write
from resources.offline.words import words

NOW = datetime(2025, 3, 10, 9)
MANNER = {
    "name": "Ana Okafor", "tone": "plain", "patience": "medium", "verbosity": "medium", "expertise": "regular",
    "discloses": "everything at once", "case": "sentence", "punctuation": "full", "typos": "none",
}  # fmt: skip


def _detail(phrase: str, value: Any, kind: str = "value", **more: Any) -> dict[str, Any]:
    plain = {"label": "label", "type": "text", "noun": "", "role": "", "extreme": False}
    return {**plain, "phrase": phrase, "value": value, "kind": kind, **more}


def _told(wants: str, *details: dict[str, Any], most: int = 3) -> set[tuple[str, str]]:
    found = set()
    for k in range(40):
        draws = Draws(k)
        ending, after = Details(Grammar(words("query"), set(), {}, draws), "USD", NOW, draws).told(
            {"wants": wants, "details": details}, most
        )
        found.add((ending.translate({2: None, 3: None}), after.translate({2: None, 3: None})))
    return found


def test_a_phrase_that_fits_follows_the_wish() -> None:
    assert _told("book a visit", _detail("in {value}", "Cardiology")) == {(" in Cardiology", "")}


def test_a_phrase_that_does_not_fit_becomes_a_sentence() -> None:
    told = _told("see whether my plane has landed", _detail("in {value}", "economy"))
    assert {ending for ending, _ in told} == {""}
    assert "in economy." in {after for _, after in told}


def test_a_record_is_named_in_a_sentence_of_its_own() -> None:
    told = _told("have a fee reversed", _detail("called {value}", "Everyday Checking", "record", noun="account"))
    assert all(not ending and "Everyday Checking" in after and "account" in after for ending, after in told)


def test_the_extreme_of_its_kind_is_named_as_a_thing() -> None:
    fullest = _detail("the fullest one", "fullest", "record", noun="account", extreme=True)
    assert "I mean the fullest account." in {after for _, after in _told("look at my money", fullest)}


def test_two_accounts_are_told_apart() -> None:
    old = _detail("called {value}", "Everyday", "record", noun="account", role="from")
    new = _detail("called {value}", "Holiday", "record", noun="account", role="to")
    for _, after in _told("move money", old, new):
        assert after.index("Everyday") < after.index("Holiday")
        assert any(verb in after for verb in ("come out of", "take it from"))


def test_a_journey_has_two_ends() -> None:
    told = _told("find a flight", _detail("to {value}", "DEN"), _detail("from {value}", "BNA"), most=1)
    assert told == {(" from BNA to DEN", "")}


def test_somebody_is_introduced_in_one_piece() -> None:
    told = _told("add my wife", _detail("first name: {value}", "Ines"), _detail("last name: {value}", "Ochoa"), most=1)
    assert all("Ines Ochoa" in after for _, after in told)


@pytest.mark.parametrize("value", [True, None, {"a": 1}, "x" * 80, ["a", "b", "c", "d"]])
def test_what_is_no_matter_of_a_first_message_is_left_for_later(value: Any) -> None:
    assert _told("book a visit", _detail("for {value}", value)) == {("", "")}


def test_what_came_up_before_means_nothing_yet() -> None:
    assert _told("book a visit", _detail("the same one", "the same", "earlier", noun="slot")) == {("", "")}


def test_what_has_a_name_is_called_by_it() -> None:
    doctor = _detail("with Dr. {value}", "Megan Shukla", "record", noun="clinician", label="clinician")
    told = {after for _, after in _told("compare open times", doctor)}
    assert "I mean Dr. Megan Shukla." in told
    assert not [after for after in told if "with Dr." in after]


def test_of_two_destinations_only_the_last_is_told() -> None:
    told = _told("find a flight", _detail("to {value}", "MSP"), _detail("to {value}", "SAN"))
    assert told == {(" to SAN", "")}


def test_one_of_a_thing_is_singular() -> None:
    assert _told("extend a referral", _detail("for {value} visits", 1)) == {(" for 1 visit", "")}


# ------------------------------------------------------------------------------------------- messages


def _opening(k: int, **variables: Any) -> str:
    plain = {"task": f"t-{k}", "now": "2025-03-10T09:00:00", "currency": "USD", "persona": MANNER, "reason": ""}
    return str(write({**plain, "facts": [], **variables}, Draws(k))["opening"])


def _goal(wants: str, reason: str = "") -> dict[str, Any]:
    return {"wants": wants, "changes": True, "details": [], "reason": reason}


def test_a_reason_goes_with_the_wish_that_it_is_given_for() -> None:
    goals = [_goal("see my cards"), _goal("block my card", "I left it in a taxi.")]
    for k in range(30):
        opening = _opening(k, goals=goals)
        assert opening.index("taxi") > opening.index("block my card")


def test_a_reason_that_points_to_something_comes_after_it() -> None:
    for k in range(60):
        opening = _opening(k, goals=[_goal("block my card")], reason="I left it in a taxi.").lower()
        assert "taxi" not in opening or opening.index("taxi") > opening.index("my card")


def test_a_reason_for_several_things_is_not_given_for_one() -> None:
    goals = [_goal("see my cards"), _goal("block my card")]
    for k in range(30):
        manner = {**MANNER, "discloses": "one thing at a time"}
        assert "both" not in _opening(k, goals=goals, persona=manner, reason="I have put off both of these.")


def test_nobody_says_the_same_thing_twice_in_a_message() -> None:
    rules = {"say": ["one", "two", "three"]}
    for k in range(20):
        grammar = Grammar(rules, set(), {}, Draws(k))
        assert sorted(grammar.expand("say") for _ in range(3)) == ["one", "three", "two"]
