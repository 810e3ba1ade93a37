"""Where predicates tip over: found to the unit, on every axis that both predicates look at and on no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.sql import Preparer, Statement, open_schema
from skiller_assets.service.axes import Axis, axes_of, turning_points
from skiller_assets_tests.worlds import NOW, library


def prepared(sql: str) -> Statement:
    return Preparer(open_schema(library().contract)).prepare(
        sql, {"now", "me", "max_loans", "late_fee", "loan_id", "days"}
    )


def axes(first: str, second: str) -> dict[str, Axis]:
    found = axes_of(library(), library().tools["renew_loan"], NOW, prepared(first), prepared(second))
    return {axis.name: axis for axis in found}


@given(st.integers(-400, 400))
def test_a_turning_point_is_found_to_the_unit(at: int) -> None:
    marks = (-500, -50, 0, 50, 500)
    assert list(turning_points(marks, lambda i: i >= at)) == [(at - 1, at)]


def test_several_turning_points_are_followed() -> None:
    assert list(turning_points((0, 50, 100), lambda i: 20 <= i < 70)) == [(19, 20), (69, 70)]


def test_what_never_changes_has_none() -> None:
    assert list(turning_points((0, 50, 100), lambda _: True)) == []


def test_only_what_both_look_at_is_moved() -> None:
    found = axes("SELECT :days < :max_loans AND :now > '2025'", "SELECT :days < 5 AND :now > '2026'")
    assert sorted(found) == ["days", "now"]


def test_the_axes_have_the_units_of_their_values() -> None:
    found = axes(*["SELECT :late_fee + :days > 0 AND :now > '2025'"] * 2)
    assert found["now"].value(-3600) == "2025-03-10T08:00:00"
    assert found["late_fee"].value(151) == 151
    assert (found["days"].marks[0], found["days"].marks[-1]) == (1, 14)  # no further than a caller may go


def test_an_argument_that_names_a_record_is_never_moved() -> None:
    assert axes(*["SELECT :loan_id > 'LN-0001'"] * 2) == {}
