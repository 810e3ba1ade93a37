"""Queries asked backwards: whatever they propose makes the tool answer."""

from __future__ import annotations

import pytest

from skiller_assets.tasks.inverse import invert
from skiller_assets_tests.tasks.grounded import SERVICES, space_of

FLIGHTS = (
    "SELECT flight_id, price FROM flight WHERE origin = :origin AND day = :day AND seats > 0 ORDER BY price LIMIT 9"
)


def test_equations_become_columns_and_what_is_left_stays_a_condition() -> None:
    query, names = invert(FLIGHTS, {"origin", "day"}) or ("", ())
    assert names == ("day", "origin")
    assert query.startswith("SELECT day AS arg_day, origin AS arg_origin FROM flight WHERE seats > 0 LIMIT")


def test_a_result_column_comes_along_where_it_is_wanted() -> None:
    query, names = invert(FLIGHTS, {"origin", "day"}, "flight_id") or ("", ())
    assert names == ("", "day", "origin")
    assert "flight_id" in query


def test_an_optional_parameter_is_turned_round_too() -> None:
    query, names = invert("SELECT a FROM t WHERE (:x IS NULL OR b = :x) AND c = 1", {"x"}) or ("", ())
    assert names == ("x",)
    assert "c = 1" in query


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "SELECT a FROM t", "SELECT a FROM t WHERE a > :x", "SELECT ((", "DELETE FROM t"]
)
def test_what_cannot_be_turned_round_is_left_alone(sql: str) -> None:
    assert invert(sql, {"x"}) is None


@pytest.mark.parametrize("service", SERVICES)
def test_proposed_arguments_make_the_tool_return_something(service: str) -> None:
    space = space_of(service)
    person = space.people[0]
    tried = answered = 0
    with space.world.open() as session:
        (authorizer,) = space.authorizers
        parameters = space.tools[authorizer].parameters
        credentials = {n: space.values(p.refers_to or "", person)[0] for n, p in parameters.items()}
        assert session.call(authorizer, credentials).status == "ok"
        for name, tool in space.contract.tools.items():
            for values in space.tuples(name, person.name)[:40] if tool.access == "read" else ():
                arguments = {k: v for k, v in values.items() if v is not None}
                needed = {n for n, p in tool.parameters.items() if not p.optional}
                if needed <= set(arguments) and session.permits(name, arguments):
                    tried += 1
                    answered += bool(session.call(name, arguments).result)
    assert tried > 0
    assert answered == tried
