"""Which tables can have changed, told from the pages of a database file: never one too few."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.service.conformance_runner import Pages

TABLES = ("few", "many", "wide")
SCHEMA = """
CREATE TABLE few (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE many (id TEXT PRIMARY KEY, v TEXT, n INTEGER UNIQUE) WITHOUT ROWID;
CREATE TABLE wide (id TEXT PRIMARY KEY, v TEXT);
CREATE INDEX wide_by_v ON wide (v);
"""
WRITE = st.tuples(
    st.sampled_from(TABLES),
    st.sampled_from(("insert", "update", "delete")),
    st.integers(0, 400),
    st.sampled_from((1, 30, 9000)),
)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "world.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO few VALUES (1, 'one'), (2, 'two')")
        for i in range(300):
            connection.execute("INSERT INTO many VALUES (?, ?, ?)", (f"m{i}", "x" * (i % 40), i))
            connection.execute("INSERT INTO wide VALUES (?, ?)", (f"w{i}", "y" * (i * 37)))  # the longest overflow
        connection.commit()
        connection.execute("VACUUM")
    return path


@contextmanager
def copied(image: Path) -> Iterator[tuple[sqlite3.Connection, Pages]]:
    with closing(sqlite3.connect(image)) as base, closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        base.backup(copy)
        pages = Pages(base, image.read_bytes())
        if not pages.tables:
            pytest.skip("this SQLite has no dbstat: every table is read")
        yield copy, pages


def rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT * FROM {table}").fetchall()


def write(connection: sqlite3.Connection, table: str, op: str, at: int, size: int) -> None:
    key = {"few": at, "many": f"m{at}", "wide": f"w{at}"}[table]
    if op == "insert":
        extra = f", {at + 1000}" if table == "many" else ""
        connection.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?{extra})", (key, "z" * size))
    elif op == "update":
        connection.execute(f"UPDATE {table} SET v = ? WHERE id = ?", ("z" * size, key))
    else:
        connection.execute(f"DELETE FROM {table} WHERE id = ?", (key,))


@given(st.lists(WRITE, max_size=12))
def test_every_table_that_was_written_is_among_them(image: Path, writes: list[tuple[str, str, int, int]]) -> None:
    with copied(image) as (connection, pages):
        before = {table: rows(connection, table) for table in TABLES}
        for words in writes:
            write(connection, *words)
        changed = pages.changed(connection)
        really = {table for table in TABLES if rows(connection, table) != before[table]}
        assert changed is None or really <= changed <= {table for table, *_ in writes}


def test_a_copy_in_which_nothing_was_written_has_none(image: Path) -> None:
    with copied(image) as (connection, pages):
        assert pages.changed(connection) == set()


@pytest.mark.parametrize(
    "statements",
    ["BEGIN; UPDATE few SET v = 'three'", "DROP TABLE few; CREATE TABLE few (id, v)", "CREATE TABLE another (id)"],
)
def test_in_a_transaction_or_another_schema_every_table_may_have_changed(image: Path, statements: str) -> None:
    with copied(image) as (connection, pages):
        for statement in statements.split("; "):
            connection.execute(statement)
        assert pages.changed(connection) is None


@pytest.mark.parametrize("page_size", [512, 4096])
def test_where_tables_lie_elsewhere_every_table_may_have_changed(image: Path, page_size: int) -> None:
    with copied(image) as (connection, pages), closing(sqlite3.connect(":memory:")) as other:
        other.execute(f"PRAGMA page_size = {page_size}")
        other.executescript("CREATE TABLE first (id); " + "\n".join(connection.iterdump()))
        assert pages.changed(other) is None
