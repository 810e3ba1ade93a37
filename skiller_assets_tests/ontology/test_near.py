"""Two topics are one when they are called the same but for the form, or say nearly the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.ontology.near import Described, described, near_duplicate

SKIS = "A shop that rents out skis and boots by the day."
YOGA = "A school where people stretch and breathe in small groups."


def topic(domain: str, describe: str, context: str = "sports") -> Described:
    return described(domain, "", describe, context)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (topic("ski_rental", SKIS), topic("ski_rentals", YOGA)),
        (topic("ski_rental", SKIS), topic("ski_renting_service", YOGA)),
        (topic("city_library", YOGA), topic("libraries_city", SKIS)),
        (topic("bike_repair", SKIS), topic("bike_repair_shop", YOGA)),
        (topic("winter_ski_rental", SKIS), topic("ski_rental", "A shop that rents out skis and boots.")),
        (topic("ski_hire", SKIS), topic("piste_house", SKIS)),
    ],
)
def test_what_says_the_same_is_found_with_the_reason(one: Described, other: Described) -> None:
    found = near_duplicate(one, [topic("vet_clinic", "Cats, dogs and rabbits get well here."), other])
    assert found is not None
    assert found[0] == other.domain
    assert found[1].startswith("has ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (topic("ski_rental", SKIS), topic("kayak_rental", "A shop that rents out kayaks and paddles by the hour.")),
        (topic("clinic", "An outpatient clinic."), topic("dental_clinic", "Dentists and hygienists in one house.")),
        (topic("ski_rental", SKIS), topic("ski_repair", "A workshop that waxes skis and mends boots.")),
        (topic("parcel_desk", SKIS, "logistics"), topic("ski_hire", SKIS, "sports")),
    ],
)
def test_what_is_merely_akin_is_new(one: Described, other: Described) -> None:
    assert near_duplicate(one, [other]) is None


words = st.lists(st.sampled_from("ski boat rental yoga school repair library film archive pet".split()), min_size=1)


@given(words, words, words, words)
def test_the_verdict_is_the_same_from_both_sides(a: list[str], b: list[str], c: list[str], d: list[str]) -> None:
    one, other = topic("_".join(a[:3]), " ".join(c)), topic("_".join(b[:3]), " ".join(d))
    assert (near_duplicate(one, [other]) is None) == (near_duplicate(other, [one]) is None)
    assert near_duplicate(one, [one]) == (one.domain, "has the same name")
