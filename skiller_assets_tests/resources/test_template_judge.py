"""The offline author's judge finds what is wrong with a conversation from what it is told of it, axis by axis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from skiller_assets.tasks.habits import Habits, habits_of
from skiller_assets.tasks.judging import AXES, Case, Verdict, ask_verdicts
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.domains import contract_of

EDGES = [
    ("cancel_reservation", "add_checked_bags", "conflict"),
    ("book_reservation", "cancel_reservation", "state"),
]
HABITS = habits_of(EDGES, [("update_contact_details", "change_cabin")])
REASONS = ("My plans have changed.", "I am going away for a while.", "We are moving house.")
GOOD = Case(("get_reservation", "cancel_reservation"), "See what I have booked and give one trip up.", REASONS)
ASTRAY = Case(
    ("update_contact_details", "get_my_profile"),
    "Change my number and see what you have on file.",
    ("My travel credit has run out.", "I was promised that travel credit.", "I have a new phone."),
)
"""Two of three reasons are about something else."""


def judged(home: Path, *cases: Case, habits: Habits = HABITS) -> list[Verdict]:
    found = ask_verdicts(contract_of("airline"), habits, cases, offline_door(home))
    assert found.without == {}
    return [found.verdicts[case] for case in cases]


def goals(*names: str) -> Case:
    return replace(GOOD, goals=names)


def told(story: str = GOOD.story, *because: str) -> Case:
    return replace(GOOD, story=story, because=because or REASONS)


def test_a_sensible_conversation_has_nothing_against_it(tmp_path: Path) -> None:
    (verdict,) = judged(tmp_path, GOOD)
    assert verdict.scores == dict.fromkeys(AXES, 5)
    assert verdict.remark == ""


@pytest.mark.parametrize(
    ("case", "axis", "remark"),
    [
        (goals("authorize_traveler", "cancel_reservation"), "plausible", "nobody is known to want authorize_traveler"),
        (goals("get_reservation", "cancel_reservation", "get_reservation"), "plausible", "get_reservation twice"),
        (
            goals("update_contact_details", "search_flights"),
            "coherent",
            "nothing holds update_contact_details and search_flights",
        ),
        (goals("cancel_reservation", "add_checked_bags"), "ordered", "add_checked_bags was seen to be refused"),
        (goals("book_reservation", "search_flights"), "ordered", "book_reservation has chosen already"),
        (ASTRAY, "motivated", "speaks of the travel credit"),
        (replace(GOOD, because=()), "motivated", "nobody says why"),
        (told(GOOD.story, "I am ill.", "I am ill."), "motivated", "a reason is given twice"),
        (told("Call get_reservation and cancel_reservation."), "voiced", "no customer says"),
        (told("The customer looks up a booking and cancels it."), "voiced", "is a word of the house"),
        (told(GOOD.story, "The status code in your database is wrong.", "I am ill."), "voiced", "a word of the house"),
    ],
)
def test_what_is_planted_is_found_on_its_axis(case: Case, axis: str, remark: str, tmp_path: Path) -> None:
    (verdict,) = judged(tmp_path, case)
    assert verdict.scores[axis] < 3
    assert remark in verdict.remark.lower()
    assert not verdict.stands


def test_a_story_that_was_told_already_is_found(tmp_path: Path) -> None:
    other = replace(GOOD, goals=("get_reservation", "change_flight"))
    again = replace(GOOD, because=REASONS[:2])
    first, borrowed, repeated = judged(tmp_path, GOOD, other, again)
    assert first.stands
    assert (borrowed.coherent, borrowed.stands) == (2, False)
    assert "word for word of c1" in borrowed.remark
    assert (repeated.plausible, repeated.stands) == (2, False)


def test_what_people_are_known_to_do_holds_together(tmp_path: Path) -> None:
    tied = goals("update_contact_details", "change_cabin")
    (known,) = judged(tmp_path / "known", tied)
    (unknown,) = judged(tmp_path / "unknown", tied, habits=habits_of(EDGES, ()))
    assert (known.coherent, unknown.coherent) == (5, 2)


def test_what_may_have_to_come_first_is_passable_where_it_comes_later(tmp_path: Path) -> None:
    early = goals("cancel_reservation", "book_reservation")
    (verdict,) = judged(tmp_path / "a", early)
    (known,) = judged(tmp_path / "b", early, habits=habits_of(EDGES, [early.goals]))
    assert (verdict.ordered, verdict.stands, known.ordered) == (3, True, 5)


def test_how_a_case_came_about_is_not_looked_at(tmp_path: Path) -> None:
    """The same case among others, and in another place, gets the same scores."""
    bad = goals("cancel_reservation", "add_checked_bags")
    bad = replace(bad, story="Give a trip up and take more along.")
    assert judged(tmp_path / "a", GOOD, bad)[1].scores == judged(tmp_path / "b", bad, GOOD)[0].scores
