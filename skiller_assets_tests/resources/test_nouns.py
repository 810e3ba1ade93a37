"""Forms of nouns."""

from __future__ import annotations

import pytest

from resources.offline.catalogue import Noun
from resources.offline.nouns import forms, identifier
from skiller_assets.contract.english import plural, with_article


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("loan", "loans"),
        ("class", "classes"),
        ("entry", "entries"),
        ("day", "days"),
        ("box", "boxes"),
        ("dish", "dishes"),
    ],
)
def test_plurals_follow_the_rule(noun: str, expected: str) -> None:
    assert plural(noun) == expected


@pytest.mark.parametrize(
    "phrase",
    [
        *("a booking", "an order", "an hour", "a unit", "a university module", "an umbrella", "a user", "an MRI"),
        *("a one-way trip", "an X-ray", "a European tour", "an heirloom", "a hotel", "an unpaid bill", "a student"),
    ],
)
def test_the_article_goes_by_the_sound(phrase: str) -> None:
    assert with_article(phrase.partition(" ")[2]) == phrase


def test_a_noun_fills_all_its_slots() -> None:
    found = forms("session", Noun(noun="guided tour", prefix="GT"), table="museum_guided_tour")
    assert found == {
        "session": "museum_guided_tour",
        "session.one": "guided_tour",
        "session.many": "guided_tours",
        "session.key": "guided_tour_id",
        "session.noun": "guided tour",
        "session.plural": "guided tours",
        "session.a": "a guided tour",
        "session.prefix": "GT",
    }


def test_identifiers_are_lower_case_words() -> None:
    assert identifier("X-ray and Co") == "x_ray_and_co"
