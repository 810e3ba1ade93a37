"""What SQL may not do is refused when the contract is compiled: each escape from the closed world, tried."""

from __future__ import annotations

import pytest

from skiller_assets.contract.sql import BadStatement, Preparer, Statement, open_schema
from skiller_assets_tests.worlds import data_of, library

NAMES = {"now", "me", "items"}


def prepare(sql: str, *, write: bool = False, relations: dict[str, str] | None = None) -> Statement:
    return Preparer(open_schema(library().contract)).prepare(sql, NAMES, write=write, relations=relations)


ESCAPES: dict[str, list[str]] = data_of("escapes.yaml")
QUERIES = [sql for group, statements in ESCAPES.items() if group != "effects" for sql in statements]


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_cannot_leave_the_closed_world(sql: str) -> None:
    with pytest.raises(BadStatement):
        prepare(sql)


@pytest.mark.parametrize("sql", ESCAPES["effects"])
def test_an_effect_cannot_leave_the_closed_world(sql: str) -> None:
    with pytest.raises(BadStatement):
        prepare(sql, write=True)


@pytest.mark.parametrize("sql", ESCAPES["statements"])
def test_what_is_no_query_is_no_effect_either(sql: str) -> None:
    with pytest.raises(BadStatement):
        prepare(sql, write=True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) * 2 FROM loan",
        "SELECT replace(title, 'a', 'b') FROM book",
        "SELECT date(:now, '+1 day')",
        "SELECT current_loans FROM (SELECT 1 AS current_loans)",
        "SELECT strftime('%Y', due_on) FROM loan",
        "SELECT json_extract(value, '$.id') AS id FROM json_each(:items) -- each item\nORDER BY key",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT x FROM n",
        "SELECT status FROM loan WHERE status = 'open' ;",
        "SELECT 'returned or replaced'",
        "VALUES (1)",
    ],
)
def test_ordinary_queries_are_taken(sql: str) -> None:
    prepare(sql)


def test_an_upsert_is_taken_and_says_what_it_updates() -> None:
    sql = (
        "INSERT INTO fee (loan_id, fee_no, amount, paid) VALUES (:me, 1, 5, 0) "
        "ON CONFLICT DO UPDATE SET amount = amount + excluded.amount"
    )
    assert prepare(sql, write=True).writes == {("INSERT", "fee", ""), ("UPDATE", "fee", "amount")}


def test_a_statement_knows_what_it_touches() -> None:
    found = prepare(
        "SELECT l.status AS now_at, b.title FROM loan l JOIN book b ON b.book_id = l.book_id WHERE l.member_id = :me"
    )
    assert found.reads == {"loan.status", "loan.book_id", "loan.member_id", "book.title", "book.book_id"}
    assert found.columns == (("now_at", "loan.status"), ("title", "book.title"))
    assert found.parameters == ("me",)


def test_relations_are_put_in_front_where_they_are_used_one_through_another() -> None:
    relations = {
        "mine": "SELECT loan_id FROM loan WHERE member_id = :me;",
        "owed": "SELECT amount FROM fee JOIN mine ON mine.loan_id = fee.loan_id",
    }
    found = prepare("SELECT SUM(amount) AS total FROM owed", relations=relations)
    assert found.reads == {"loan.loan_id", "loan.member_id", "fee.loan_id", "fee.amount"}
    assert prepare("SELECT status FROM loan", relations=relations).sql == "SELECT status FROM loan"


def test_a_relation_joins_those_that_a_statement_names_itself() -> None:
    found = prepare(
        "WITH few AS (SELECT loan_id FROM mine LIMIT 1) SELECT loan_id FROM few",
        relations={"mine": "SELECT loan_id FROM loan WHERE member_id = :me"},
    )
    assert found.columns == (("loan_id", "loan.loan_id"),)
