"""What follows from a contract without running it."""

from __future__ import annotations

import pytest

from skiller_assets.contract.analyse import (
    arguments_of,
    canonical,
    knower,
    must_look_up,
    owner_condition,
    reveals,
    rule_reads,
    sayable,
    shown_by,
    tool_reads,
    tool_writes,
)
from skiller_assets.world.image import World
from skiller_assets_tests.worlds import library, library_world, signed_in


def test_references_are_followed_to_where_a_value_originates() -> None:
    contract = library().contract
    assert canonical(contract, "loan.book_id") == "book.book_id"
    assert canonical(contract, "fee.loan_id") == "loan.loan_id"
    assert canonical(contract, "book.title") == "book.title"


@pytest.mark.parametrize(
    ("column", "who"),
    [
        ("member.email", "owner"),
        ("member.member_id", "nobody"),
        ("book.title", "everyone"),
        ("book.shelf", "nobody"),
        ("loan.due_on", "nobody"),
        ("loan.no_such_column", "nobody"),
    ],
)
def test_who_knows_a_value_without_looking_it_up(column: str, who: str) -> None:
    contract = library().contract
    assert knower(contract, column) == who
    assert sayable(contract, column) == (who != "nobody")


@pytest.mark.parametrize("table", ["member", "loan", "fee"])
def test_a_persons_own_rows_are_found_through_their_parents(table: str, library_of_eight: World) -> None:
    condition = owner_condition(library_of_eight.contract, table, "member")
    with signed_in(library_of_eight) as session:
        own = session.query(f'SELECT * FROM "{table}" WHERE {condition}', {"me": "MB-0001"})
        every = session.query(f'SELECT * FROM "{table}"')
    loans = {"LN-0002", "LN-0003"}
    assert own == [row for row in every if row[0] in {"MB-0001"} | loans]


def test_nobody_owns_what_belongs_to_the_service() -> None:
    assert owner_condition(library().contract, "book", "member") is None


def test_what_a_caller_had_to_give_is_not_revealed() -> None:
    assert "book.book_id" in reveals(library(), "find_books")
    assert "book.title" not in reveals(library(), "find_books")
    assert "loan.loan_id" not in reveals(library(), "renew_loan")


def test_nested_results_are_shown_with_their_origin() -> None:
    shown = {s.path: (s.origin, s.column) for s in shown_by(library(), "list_my_loans")}
    assert shown["loan_id",] == ("loan.loan_id", "loan.loan_id")
    assert shown["fees", "amount"] == ("fee.amount", "fee.amount")


def test_what_no_user_can_say_has_to_be_looked_up() -> None:
    assert must_look_up(library(), "borrow_book") == {"book.book_id"}
    assert must_look_up(library(), "find_books") == frozenset()
    assert [a.column for a in arguments_of(library(), "renew_loan")] == ["loan.loan_id", None]


def test_a_rule_reads_what_its_let_values_read() -> None:
    rule = {"id": "not_overdue", "kind": "status", "says": "Not when overdue.", "check": "SELECT NOT :overdue"}
    compiled = library({"tools.return_book.rules+": rule})
    assert "loan.due_on" in rule_reads(compiled.tools["return_book"], "not_overdue", compiled.contract)


def test_reads_and_writes_name_columns() -> None:
    tool = library().tools["renew_loan"]
    assert tool_writes(tool) == {"loan": frozenset({"due_on", "renewals"})}
    assert {"loan.member_id", "loan.status", "loan.renewals"} <= tool_reads(tool)
    assert "" in tool_writes(library().tools["borrow_book"])["loan"]


@pytest.fixture
def library_of_eight() -> World:
    """The library of eight members."""
    return library_world()
