"""Values cross the border between JSON and SQL exactly, or are refused by name."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.model import Parameter
from skiller_assets.contract.values import (
    LARGEST_MONEY,
    BadValue,
    JsonValue,
    SqlValue,
    constant_to_sql,
    decoder,
    encoder,
    schema_of,
    shown,
)
from skiller_assets.contract.vocabulary import ValueType


def encode(type_: ValueType, value: JsonValue, **more: Any) -> SqlValue:
    return encoder(Parameter(type=type_, describe="Anything.", **more))(value)


@given(st.integers(-LARGEST_MONEY * 100, LARGEST_MONEY * 100))
def test_money_goes_in_and_out_unchanged(cents: int) -> None:
    decode = decoder("money")
    assert decode is not None
    assert encode("money", decode(cents)) == cents


@given(st.decimals(-LARGEST_MONEY, LARGEST_MONEY, places=3).filter(lambda d: d != round(d, 2)))
def test_money_with_more_than_two_decimals_is_refused_however_large(amount: Decimal) -> None:
    with pytest.raises(BadValue, match="more than two decimals"):
        encode("money", float(amount))


@pytest.mark.parametrize("type_", ["money", "number"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, 10**400, -(10**5000)], ids=range(6))
def test_what_is_no_finite_number_is_out_of_range(type_: ValueType, value: JsonValue) -> None:
    with pytest.raises(BadValue, match="out of range"):
        encode(type_, value)


def test_a_number_is_bound_as_a_float_so_that_halves_survive_division() -> None:
    assert isinstance(encode("number", 5), float)


def test_a_whole_number_written_as_a_float_is_refused() -> None:
    with pytest.raises(BadValue, match="not written as a whole number"):
        encode("integer", 5.0)


@pytest.mark.parametrize(
    ("type_", "value"),
    [("date", "2024-02-30"), ("date", "0000-01-01"), ("datetime", "2025-13-01T00:00:00")],
)
def test_a_day_that_the_calendar_lacks_is_refused(type_: ValueType, value: str) -> None:
    with pytest.raises(BadValue, match="not a date of the calendar"):
        encode(type_, value)


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_refused(value: str) -> None:
    with pytest.raises(BadValue, match="lone surrogate"):
        encode("text", value)


def test_a_nul_character_is_refused() -> None:
    with pytest.raises(BadValue, match="NUL"):
        encode("text", "a\0b")


def test_a_list_is_bound_as_json_with_money_in_minor_units() -> None:
    items = {
        "book_id": {"type": "text", "describe": "Which."},
        "price": {"type": "money", "describe": "How much.", "optional": True},
    }
    bound = encode("list", [{"book_id": "B", "price": 2.5}, {"book_id": "Ü"}], items=items)
    assert json.loads(str(bound)) == [{"book_id": "B", "price": 250}, {"book_id": "Ü", "price": None}]


@pytest.mark.parametrize("type_", ["text", "integer", "number", "money", "date", "datetime", "time", "boolean", "list"])
def test_nothing_is_bound_as_null(type_: ValueType) -> None:
    assert encode(type_, None) is None


@pytest.mark.parametrize(
    ("type_", "value"), [("money", 12.5), ("money", "abc"), ("boolean", 2), ("boolean", "yes"), ("list", "[1,")]
)
def test_a_column_that_holds_something_else_than_declared_does_not_decode(type_: ValueType, value: SqlValue) -> None:
    decode = decoder(type_)
    assert decode is not None
    with pytest.raises(ValueError, match=r"\w"):
        decode(value)


@pytest.mark.parametrize(
    ("type_", "value"),
    [("integer", 1.5), ("integer", "3"), ("integer", True), ("number", "x"), ("text", 3), ("money", "1")],
)
def test_a_constant_has_its_declared_type(type_: str, value: JsonValue) -> None:
    with pytest.raises(BadValue):
        constant_to_sql(type_, value)


def test_digits_of_other_scripts_are_no_date() -> None:
    types: tuple[ValueType, ...] = ("date", "time", "datetime")
    for type_ in types:
        pattern = schema_of(Parameter(type=type_, describe="When."), "USD")["pattern"]
        assert not re.match(pattern, "٢٠٢٥-٠١-٠١T٠٩:٣٠:٠٠")
        assert not re.match(pattern, "٠٩:٣٠")


@given(st.text() | st.integers() | st.floats() | st.binary())
def test_a_value_in_a_message_is_short_and_printable(value: object) -> None:
    text = shown(value)
    assert len(text) <= 61
    text.encode()
