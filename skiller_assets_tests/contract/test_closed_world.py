"""What SQL may not do is refused when the contract is compiled: each escape from the closed world, tried."""

from __future__ import annotations

import pytest

from skiller_assets.contract.sql import BadStatement, Preparer, Statement, open_schema
from skiller_assets_tests.worlds import library

NAMES = {"now", "me", "items"}


def prepare(sql: str, *, write: bool = False, relations: dict[str, str] | None = None) -> Statement:
    return Preparer(open_schema(library().contract)).prepare(sql, NAMES, write=write, relations=relations)


FOREIGN_TABLES = [
    "SELECT name FROM sqlite_schema", "SELECT sql FROM sqlite_master", "SELECT name FROM sqlite_temp_schema",
    "SELECT COUNT(*) FROM main.sqlite_schema", "SELECT name FROM pragma_table_info('loan')",
    "SELECT name FROM pragma_database_list", "SELECT COUNT(*) FROM dbstat", "SELECT data FROM sqlite_dbpage",
    "SELECT value FROM generate_series(1, 9)", "SELECT (SELECT 1 FROM sqlite_schema) FROM loan",
    "WITH x AS (SELECT name FROM sqlite_schema) SELECT name FROM x", "SELECT rowid FROM loan", "SELECT _rowid_ FROM loan",
]  # fmt: skip
FUNCTIONS = [
    "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "SELECT writefile('x', 'y')", "SELECT random()",
    "SELECT randomblob(1000)", "SELECT zeroblob(1000000000)", "SELECT hex('a')", "SELECT char(110, 111, 119)",
    "SELECT last_insert_rowid()", "SELECT changes()", "SELECT total_changes()", "SELECT sqlite_version()",
    "SELECT eval('DELETE FROM loan')", "SELECT fts5(1)", "SELECT jsonb('[]')", "SELECT draw('x')",
    "SELECT title MATCH 'a' FROM book", "SELECT title REGEXP 'a' FROM book",
]  # fmt: skip
CLOCKS = [
    "SELECT CURRENT_DATE", "SELECT current_time", "SELECT CURRENT_TIMESTAMP", "SELECT date('now')", "SELECT date(' NOW ')",
    "SELECT date(/* at */ 'now')", "SELECT date()", "SELECT time ( )", "SELECT julianday()", "SELECT unixepoch()",
    "SELECT datetime()", "SELECT strftime('%s')", "SELECT strftime('%s', 'now')", "SELECT timediff('now', due_on) FROM loan",
    "SELECT datetime(:now, 'localtime')", "SELECT datetime(:now, 'utc')",
]  # fmt: skip
STATEMENTS = [
    "", "  ", "-- nothing", "ATTACH ':memory:' AS other", "DETACH main", "PRAGMA foreign_keys = OFF", "VACUUM", "REINDEX",
    "ANALYZE", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT x", "RELEASE call", "EXPLAIN SELECT status FROM loan",
    "EXPLAIN QUERY PLAN SELECT status FROM loan", "CREATE TABLE x (a)", "CREATE TEMP TABLE x (a)", "CREATE VIEW v AS SELECT 1",
    "CREATE TRIGGER t AFTER INSERT ON loan BEGIN DELETE FROM fee; END", "CREATE INDEX i ON loan (status)",
    "CREATE VIRTUAL TABLE x USING fts5(a)", "DROP TABLE loan", "ALTER TABLE loan ADD COLUMN x",
    "SELECT status FROM loan; DELETE FROM loan", "SELECT status FROM loan; -- and then\nSELECT 1",
]  # fmt: skip
SPELLINGS = [
    "SELECT * FROM loan", "SELECT loan.* FROM loan", "SELECT status, * FROM loan", "SELECT DISTINCT * FROM loan",
    "SELECT (SELECT * FROM loan)", 'SELECT "stauts" FROM loan', 'SELECT status FROM loan WHERE status = "open"',
    "SELECT status FROM loan WHERE loan_id = ?", "SELECT status FROM loan WHERE loan_id = ?1", "SELECT $now", "SELECT @now",
    "SELECT :later", "SELECT x'6e6f77'", "SELECT CAST(status AS BLOB) FROM loan", "SELECT 0x10", "SELECT 1_000",
    "SELECT status FROM loan -- WHERE loan_id = :me", "SELECT status FROM loan WHERE", "SELECT 'open",
    "SELECT load_extension\n('x')", "SELECT RAISE(ABORT, 'x')",
]  # fmt: skip
WRITES = [
    "INSERT OR REPLACE INTO book (book_id, title, shelf, price) VALUES ('a', 'b', 'c', 1)",
    "INSERT OR IGNORE INTO book (book_id, title, shelf, price) VALUES ('a', 'b', 'c', 1)",
    "INSERT OR ROLLBACK INTO book (book_id, title, shelf, price) VALUES ('a', 'b', 'c', 1)",
    "REPLACE INTO book (book_id, title, shelf, price) VALUES ('a', 'b', 'c', 1)",
    "UPDATE OR IGNORE book SET title = 'x'", "UPDATE OR ROLLBACK book SET title = 'x'", "UPDATE OR FAIL book SET title = 'x'",
    "DELETE FROM book RETURNING book_id", "UPDATE book SET title = 'x' RETURNING title", "UPDATE sqlite_schema SET sql = ''",
    "DELETE FROM sqlite_schema", "INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)", "DELETE FROM pragma_table_info",
    "UPDATE book SET title = (SELECT sql FROM sqlite_schema)", "DELETE FROM loan; DELETE FROM fee", "DELETE FROM json_each",
    "UPDATE book SET title = random()", "UPDATE loan SET due_on = date('now')", "WITH x AS (SELECT 1) SELECT 1 FROM x",
    "CREATE TABLE x (a)", "PRAGMA writable_schema = ON", "UPDATE temp.book SET title = 'x'",
]  # fmt: skip


@pytest.mark.parametrize("sql", [*FOREIGN_TABLES, *FUNCTIONS, *CLOCKS, *STATEMENTS, *SPELLINGS])
def test_a_query_cannot_leave_the_closed_world(sql: str) -> None:
    with pytest.raises(BadStatement):
        prepare(sql)


@pytest.mark.parametrize("sql", WRITES)
def test_an_effect_cannot_leave_the_closed_world(sql: str) -> None:
    with pytest.raises(BadStatement):
        prepare(sql, write=True)


@pytest.mark.parametrize("sql", STATEMENTS)
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
