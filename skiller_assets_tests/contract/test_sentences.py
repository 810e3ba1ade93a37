"""The rule that every constant of the SQL has a sentence: what it must catch, and what it must let pass."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.sentences import unsaid
from skiller_assets.contract.spoken import spoken_numbers
from skiller_assets.contract.sql import tokens_of

SAID = [
    ("x < 3", "fewer than 3"),
    ("x < 3", "fewer than three"),
    ("x >= 21", "at least twenty-one"),
    ("x >= 200", "at least two hundred"),
    ("x > 1500", "more than 1,500 points"),
    ("x >= 2", "both passengers"),
    ("x = 2", "the second attempt"),
    ("x < 2500", "below 25 USD"),
    ("x < 2500", "below 25.00 USD"),
    ("x < 2500", "below $25"),
    ("x < 5", "below 5 cents"),
    ("fee * 15 / 100", "15% of the fare"),
    ("fee * 0.15", "15 percent of the fare"),
    ("fee * 85 / 100", "a discount of 15 %"),
    ("fee * 1.15", "a surcharge of 15 per cent"),
    ("fee * 0.5", "half of the fare"),
    ("(fee * 20 + 50) / 100", "20% of the fare"),
    ("(julianday(a) - julianday(b)) * 24 < 48", "within two days"),
    ("(julianday(a) - julianday(b)) * 24 < 24", "within 24 hours"),
    ("(julianday(a) - julianday(b)) * 24 < 24", "within a day"),
    ("julianday(a) - julianday(b) < 14", "within two weeks"),
    ("julianday(a) - julianday(b) < 7", "once per week"),
    ("x < 18", "one and a half years or eighteen months"),
    ("x < 24", "two years, counted in months"),
    ("julianday(a) - julianday(b) < 365", "within one year"),
    ("datetime(a, '-24 hours')", "24 hours before"),
    ("datetime(a, '-2 hours')", "two hours before"),
    ("date(a, '+1 month')", "a month later"),
    ("date(a, 'start of month')", "in the calendar month"),
    ("date(a, '+' || b || ' days')", "some days later"),
    ("date(a, 'weekday 1')", "by the week's end"),
    ("strftime('%w', a) IN ('0', '6')", "at a weekend"),
    ("strftime('%w', a) = '3'", "on Wednesdays"),
    ("strftime('%Y-%m', a) = strftime('%Y-%m', b)", "in the same month"),
    ("substr(a, 1, 7) = substr(b, 1, 7)", "in the same month"),
    ("round(x, 2)", "rounded"),
    ("status = 'cancelled'", "A cancelled booking"),
    ("status = 'in_transit'", "while it is in transit"),
    ("cabin = 'economy_plus'", "in Economy Plus"),
    ("kind IN ('refund', 'credit')", "refunds and credits"),
    ("title LIKE '%deluxe%'", "a deluxe room"),
    ("json_extract(a, '$.items[0]')", "the first item"),
    ("a || ' ' || b", "the name"),
    ("x = 0 OR x = 1", "a flag"),
]
UNSAID = [
    ("x < 3", "fewer than a few", "3"),
    ("x < 3", "fewer than 30", "3"),
    ("x < 3", "fewer than 2.3", "3"),
    ("x < 200", "fewer than 2", "200"),
    ("x < 2500", "fewer than 25 items", "2500"),
    ("x < 25", "fewer than 2500", "25"),
    ("nights * 10", "a fee for each night", "10"),
    ("fee * 15 / 100", "a share of the fare", "15"),
    ("round(fee * 1.15, 2)", "a surcharge", "1.15"),
    ("coalesce(x, 5)", "as declared", "5"),
    ("(julianday(a) - julianday(b)) * 24 < 24", "shortly before", "24"),
    ("(julianday(a) - julianday(b)) * 24 < 48", "within a day", "48"),
    ("julianday(a) - julianday(b) < 7", "within two weeks", "7"),
    ("datetime(a, '-24 hours')", "shortly before", "24"),
    ("datetime(a, '-24 hours')", "two hours before", "24"),
    ("date(a, '+2 months')", "a month later", "2"),
    ("status = 'open'", "A reopened case", "'open'"),
    ("status = 'late'", "sooner or later", "'late'"),
    ("status = 'late'", "costs {late_fee}", "'late'"),
    ("x < 2", "fewer than {group_2}", "2"),
    ("kind IN ('refund', 'credit')", "refunds", "'credit'"),
    ("title LIKE '%deluxe%'", "a fine room", "'%deluxe%'"),
    ("strftime('%w', a) = '3'", "on Fridays", "3"),
    ("x < 12", "twelfth or so, if not {twelve}", None),
]


@pytest.mark.parametrize(("sql", "sentence"), SAID)
def test_a_constant_is_taken_as_said(sql: str, sentence: str) -> None:
    assert list(unsaid(tokens_of(f"SELECT {sql}"), sentence, words=None)) == []


@pytest.mark.parametrize(("sql", "sentence", "expected"), UNSAID)
def test_a_constant_that_is_not_said_is_found(sql: str, sentence: str, expected: str | None) -> None:
    assert list(unsaid(tokens_of(f"SELECT {sql}"), sentence, words=None)) == ([expected] if expected else [])


def test_only_states_count_among_the_words_of_an_effect() -> None:
    tokens = tokens_of("UPDATE loan SET status = 'returned', note = 'by phone'")
    assert list(unsaid(tokens, "It ends.", words={"returned"})) == ["'returned'"]
    assert list(unsaid(tokens, "It is returned.", words={"returned"})) == []


@given(st.integers(2, 10**9))
def test_a_number_in_digits_is_always_found_again(number: int) -> None:
    tokens = tokens_of(f"SELECT x < {number}")
    assert list(unsaid(tokens, f"fewer than {number} of them", words=None)) == []
    assert list(unsaid(tokens, f"fewer than {number:,} of them", words=None)) == []


@given(st.integers(2, 10**7))
def test_an_amount_in_minor_units_is_found_as_money(cents: int) -> None:
    tokens = tokens_of(f"SELECT x < {cents}")
    assert list(unsaid(tokens, f"below {cents / 100:.2f} EUR", words=None)) == []


@given(st.integers(2, 10**6), st.integers(2, 10**6))
def test_another_number_does_not_say_it(number: int, other: int) -> None:
    said = spoken_numbers(f"fewer than {other} of them")
    assert (Decimal(number) in said) == (number == other)
