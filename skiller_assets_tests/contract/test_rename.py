"""A contract under a namespace means what it meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.rename import RenameError, prove_rename, rename_contract, rename_sql
from skiller_assets.contract.sql import open_schema
from skiller_assets.world.diff import diff_json
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.tasks.grounded import SERVICES, tasks_of, world_of
from skiller_assets_tests.worlds import library

TABLES = {"loan": "a__loan", "book": "a__book"}
CONSTANTS = {"fee": "a__fee"}


@pytest.mark.parametrize("service", SERVICES)
def test_renaming_a_whole_domain_is_proven(service: str) -> None:
    compiled = world_of(service).program.compiled
    after = prove_rename(compiled, "ns")
    assert set(after.contract.tables) == {f"ns__{name}" for name in compiled.contract.tables}
    assert set(after.contract.tools) == {f"ns__{name}" for name in compiled.contract.tools}
    rules = {rule.id for name in compiled.contract.tools for rule in compiled.contract.rules_of(name)}
    assert {r.id for name in after.contract.tools for r in after.contract.rules_of(name)} == {f"ns__{r}" for r in rules}


def test_a_shared_table_keeps_its_name() -> None:
    renamed = rename_contract(library().contract, "ns", shared={"member"})
    assert "member" in renamed.entities
    assert renamed.principals == ["member"]
    assert "ns__book" in renamed.entities


@pytest.mark.parametrize(
    "sql",
    [
        "WITH loan AS (SELECT 1 AS a) SELECT a FROM loan",
        "SELECT loan.title FROM book AS loan",
        "SELECT 1 FROM member JOIN fee AS book ON 1 = 1",
    ],
)
def test_a_name_that_shadows_a_table_is_refused(sql: str) -> None:
    with pytest.raises(RenameError, match="like a table"):
        rename_sql(sql, TABLES, {})


def test_what_is_no_sql_is_refused() -> None:
    with pytest.raises(RenameError):
        rename_sql("SELECT ((", TABLES, {})


@pytest.mark.parametrize(
    ("sql", "renamed"),
    [
        ("SELECT 'loan', \"loan\".due FROM loan", "SELECT 'loan', a__loan.due FROM a__loan"),
        ("SELECT l.book FROM loan l WHERE l.book = :fee", "SELECT l.book FROM a__loan l WHERE l.book = :a__fee"),
        ("SELECT loan FROM book", "SELECT loan FROM a__book"),
        ("UPDATE loan SET due = 'book :fee'", "UPDATE a__loan SET due = 'book :fee'"),
        ("SELECT 1 -- loan\nFROM loan", "SELECT 1 -- loan\nFROM a__loan"),
    ],
)
def test_tables_and_constants_are_renamed_and_nothing_else(sql: str, renamed: str) -> None:
    assert rename_sql(sql, TABLES, CONSTANTS).replace('"', "") == renamed.replace('"', "")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30))
def test_a_string_is_never_touched(text: str) -> None:
    literal = "'" + (text + " loan :fee book").replace("'", "''") + "'"
    assert rename_sql(f"SELECT {literal} FROM loan", TABLES, CONSTANTS) == f"SELECT {literal} FROM a__loan"


def namespaced(world: World) -> World:
    """The world's rows under a namespace."""
    compiled = prove_rename(world.program.compiled, "ns")
    connection = open_schema(compiled.contract)
    with world.reader() as reader, connection:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        for table in world.contract.tables:
            for row in reader.execute(f'SELECT * FROM "{table}"').fetchall():
                connection.execute(f'INSERT INTO "ns__{table}" VALUES ({", ".join("?" * len(row))})', row)
    image = connection.serialize("main")
    connection.close()
    return make_world(compiled, image, world.now)


@pytest.mark.parametrize("service", ["lending", "bank"])
def test_a_namespaced_service_plays_the_same_tasks(service: str) -> None:
    world = world_of(service)
    tools = world.contract.tools
    with namespaced(world).open() as session:
        for task in tasks_of(service):
            session.reset()
            for call in task.calls:
                name = f"ns__{call.tool}" if call.tool in tools else call.tool
                outcome = session.call(name, dict(call.arguments))
                assert (outcome.status, outcome.result) == ("ok", call.result)
            assert [_plain(change) for change in diff_json(session.diff())] == list(task.diff)
            if task.forbidden:
                judged = session.judge(f"ns__{task.forbidden.tool}", dict(task.forbidden.arguments))
                assert judged == (f"ns__{task.rule}",)


def _plain(change: dict[str, Any]) -> dict[str, Any]:
    return {**change, "table": change["table"].removeprefix("ns__")}
