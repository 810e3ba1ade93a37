"""How values and names read in a sentence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.model import Constant, Contract
from skiller_assets.contract.wording import (
    parse_moment,
    quoted_constants,
    render,
    say_clock,
    say_constant,
    say_list,
    say_money,
    say_value,
    spoken_forms,
)
from skiller_assets_tests.worlds import library


@pytest.fixture
def contract() -> Contract:
    return library().contract


def test_constants_are_worded_in_place(contract: Contract) -> None:
    assert render(contract, "A late book costs {late_fee}, at most {max_loans}.") == (
        "A late book costs 1.50 USD, at most 3 loans."
    )


def test_an_unknown_constant_is_named_with_its_sentence(contract: Contract) -> None:
    with pytest.raises(ContractError, match=r"quotes \{fine\}, which is no constant.*late_fee"):
        render(contract, "It costs {fine}.")


def test_quoted_constants_are_found_in_order() -> None:
    assert quoted_constants("{b} and {a}, {b}") == ["b", "a", "b"]


@pytest.mark.parametrize(
    ("constant", "text"),
    [
        ({"type": "money", "value": 25.0}, "25.00 USD"),
        ({"type": "money", "value": 1250}, "1,250.00 USD"),
        ({"type": "integer", "value": 24, "unit": "hours"}, "24 hours"),
        ({"type": "integer", "value": 1, "unit": "hours"}, "1 hour"),
        ({"type": "integer", "value": 1, "unit": "business days"}, "1 business day"),
        ({"type": "integer", "value": 1, "unit": "days of notice"}, "1 day of notice"),
        ({"type": "integer", "value": 1, "unit": "entries"}, "1 entry"),
        ({"type": "integer", "value": 15, "unit": "percent"}, "15%"),
        ({"type": "number", "value": 2.5}, "2.5"),
        ({"type": "integer", "value": 5000}, "5,000"),
        ({"type": "text", "value": "gold"}, "gold"),
        ({"type": "list", "value": ["a", "b", "c"]}, "a, b and c"),
    ],
)
def test_a_constant_reads_as_people_write_it(constant: dict[str, Any], text: str) -> None:
    assert say_constant(Constant.model_validate(constant), "USD") == text


def test_values_are_worded_by_what_they_are() -> None:
    assert say_value("2025-03-14") == "March 14, 2025"
    assert say_value("2025-03-14T09:30:00") == "March 14, 2025 at 9:30 am"
    assert say_value("00:05") == "12:05 am"
    assert say_value(True) == "yes"
    assert say_value(12.5, "USD") == "12.50 USD"
    assert say_value("family_emergency") == "family emergency"
    assert say_value("ana_b@example.com") == "ana_b@example.com"
    assert say_value(["a", "b"]) == "a and b"
    assert say_value({"seat_no": 3}) == "seat no 3"


@pytest.mark.parametrize("text", ["2025-02-30", "25:00", "2025-3-1", "soon", "", "2025"])
def test_what_is_no_moment_stays_as_it_is(text: str) -> None:
    assert parse_moment(text) is None
    assert say_value(text) == text


@given(st.dates())
def test_every_spelling_of_a_date_is_recognised(day: dt.date) -> None:
    forms = spoken_forms(day.isoformat())
    assert {day.isoformat(), say_value(day.isoformat()).lower(), f"{day.month}/{day.day}"} <= forms


@given(st.times())
def test_clock_times_are_read_back(moment: dt.time) -> None:
    read = dt.datetime.strptime(say_clock(moment).upper(), "%I:%M %p")
    assert (read.hour, read.minute) == (moment.hour, moment.minute)


@given(st.decimals(0, 10**6, places=2))
def test_money_keeps_its_cents(amount: Any) -> None:
    assert say_money(amount, "USD").replace(",", "") == f"{amount:.2f} USD"


def test_lists_are_joined_as_in_prose() -> None:
    assert [say_list(["x", "y", "z"][:n]) for n in range(4)] == ["", "x", "x and y", "x, y and z"]
