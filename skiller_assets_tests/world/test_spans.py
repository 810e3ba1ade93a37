"""Spans of time: on their days, within their hours, never beyond their ends."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.model import DateRange
from skiller_assets.world.spans import days, instants, shifted

NOW = "2025-03-10T09:00:00"


def span(**fields: object) -> DateRange:
    return DateRange.model_validate(fields)


@given(start=st.integers(-400, 400), length=st.integers(0, 60), weekdays=st.booleans())
def test_days_lie_between_both_ends_inclusive(start: int, length: int, weekdays: bool) -> None:
    found = days(span(**{"from": f"{start}d", "to": f"{start + length}d", "weekdays": weekdays}), NOW)
    first = dt.date(2025, 3, 10) + dt.timedelta(days=start)
    expected = [first + dt.timedelta(days=i) for i in range(length + 1)]
    assert list(found) == [d.isoformat() for d in expected if not weekdays or d.weekday() < 5]


def test_nothing_lies_after_now_where_the_span_ends_now() -> None:
    found = instants(span(**{"from": "-2d", "to": "0d", "hours": "08:00-17:00", "every": 30}), NOW)
    assert found[-1] == "2025-03-10T09:00:00"
    assert found[0] == "2025-03-08T09:00:00"
    assert "2025-03-09T17:00:00" in found
    assert "2025-03-09T17:30:00" not in found


def test_instants_keep_to_the_grid_and_to_weekdays() -> None:
    found = instants(span(**{"from": "0d", "to": "7d", "hours": "08:10-09:00", "every": 20, "weekdays": True}), NOW)
    assert {text[11:] for text in found} == {"08:10:00", "08:30:00", "08:50:00"}
    assert {dt.datetime.fromisoformat(text).weekday() for text in found} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("instant", "offset", "expected"),
    [("2024-02-29", "-1y", "2023-02-28"), ("2024-02-29", "+4y", "2028-02-29"), ("2024-12-31", "+1d", "2025-01-01")],
)
def test_years_are_those_of_the_calendar(instant: str, offset: str, expected: str) -> None:
    assert shifted(dt.datetime.fromisoformat(instant), offset).date().isoformat() == expected
