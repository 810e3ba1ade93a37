"""People: the same everywhere, distinct for as long as possible, true to the places they live in."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skiller_assets.contract.structure import HUMAN_FIELDS
from skiller_assets.world.draw import positions
from skiller_assets.world.humans import CUSTOMER_AGES, STAFF_AGES, Humans, spelled
from skiller_assets.world.people import people, places

NOW = "2025-03-10T09:00:00"
MANY = 100_000


@pytest.fixture(scope="module")
def crowd() -> dict[str, list[str]]:
    humans = Humans(NOW, 7, "human")
    return {field: humans.column(field, positions(MANY)) for field in sorted(HUMAN_FIELDS)}


@settings(max_examples=20, deadline=None)
@given(k=st.integers(0, 2_000_000), seed=st.integers(0, 2**31))
def test_a_human_is_a_function_of_seed_and_number_alone(k: int, seed: int) -> None:
    humans = Humans(NOW, seed, "human")
    at = positions(k % 50 + 3) + k
    for field in sorted(HUMAN_FIELDS):
        alone = humans.column(field, at[2:3])
        assert alone == humans.column(field, at)[2:3]
        assert alone != [""]


def test_no_name_and_no_address_repeats_among_a_hundred_thousand(crowd: dict[str, list[str]]) -> None:
    assert len(set(crowd["full_name"])) == MANY
    assert len(set(crowd["email"])) == MANY


def test_addresses_stay_distinct_when_the_names_are_used_up() -> None:
    pairs = people().pairs
    humans = Humans(NOW, 7, "human")
    again = [positions(300) + generation * pairs for generation in (0, 1, 2, 18, 19, 40)]
    emails = [email for at in again for email in humans.column("email", at)]
    names = [name for at in again[:4] for name in humans.column("full_name", at)]
    assert len(set(emails)) == len(emails)
    assert len(set(names)) == len(names)
    assert re.fullmatch(r"[\w'-]+ [A-Z]\. [\w' -]+", humans.column("full_name", again[1])[0])


def test_no_two_pairs_of_names_are_spelled_alike() -> None:
    data = people()
    first, last = [spelled(n) for n in data.first], [spelled(n) for n in data.last]
    joined = [first[i] + last[j] for block in data.blocks for i in block.first for j in block.last]
    assert len(set(joined)) == len(joined) == data.pairs


def test_addresses_hold_the_whole_name_at_a_reserved_domain(crowd: dict[str, list[str]]) -> None:
    for first, last, email in zip(crowd["first_name"], crowd["last_name"], crowd["email"], strict=True):
        local, host = email.split("@")
        assert spelled(first) + spelled(last) == spelled(local)
        assert host in ("example.com", "example.net", "example.org")


def test_telephone_numbers_are_reserved_ones_of_the_city(crowd: dict[str, list[str]]) -> None:
    codes = {code: places().cities[i] for code, i in zip(places().area_codes, places().city_of, strict=True)}
    for phone, city, region, code in zip(
        crowd["phone"], crowd["city"], crowd["region"], crowd["postal_code"], strict=True
    ):
        assert re.fullmatch(r"\(\d{3}\) 555-01\d\d", phone)
        home = codes[phone[1:4]]
        assert (home["city"], home["region"]) == (city, region)
        assert code in home["zips"]
    assert len(set(crowd["phone"])) == 100 * len(codes)
    assert len(set(crowd["phone"][: 100 * len(codes)])) == 100 * len(codes)


def test_most_people_are_adults_and_nobody_is_born_after_now(crowd: dict[str, list[str]]) -> None:
    born = sorted(crowd["date_of_birth"])
    today = dt.date.fromisoformat(NOW[:10])
    assert today.year - CUSTOMER_AGES[1] - 1 <= int(born[0][:4])
    assert int(born[-1][:4]) <= today.year - CUSTOMER_AGES[0]
    minors = sum(day > "2007-03-10" for day in born) / MANY
    assert 0.01 < minors < 0.10


def test_names_suit_their_bearers_age(crowd: dict[str, list[str]]) -> None:
    shirleys = [b for n, b in zip(crowd["first_name"], crowd["date_of_birth"], strict=True) if n == "Shirley"]
    aidens = [b for n, b in zip(crowd["first_name"], crowd["date_of_birth"], strict=True) if n == "Aiden"]
    assert max(shirleys) < "1965"
    assert min(aidens) >= "1984"


def test_staff_are_of_working_age() -> None:
    staff = Humans(NOW, 7, "staff", "doctor", ages=STAFF_AGES)
    years = [int(day[:4]) for day in staff.column("date_of_birth", positions(2000))]
    assert min(years) >= 2025 - STAFF_AGES[1] - 1
    assert max(years) <= 2025 - STAFF_AGES[0]


def test_a_field_that_humans_lack_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Humans(NOW, 7, "human").column("shoe_size", positions(1))
