"""Worlds for tests: the library, whole or patched, with rows laid out by hand; and the hand-written domains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import yaml

from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.load import contract_from, parse_contract
from skiller_assets.contract.sql import open_schema
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets.world.session import Session
from skiller_assets_tests.domains import contract_of

DATA = Path(__file__).parent / "data"
LIBRARY = DATA / "library.yaml"
NOW = "2025-03-10T09:00:00"

GONE = "(gone)"
"""As the value of a patch: the key goes away."""

Patch = Mapping[str, Any]
"""``{"tools.borrow_book.rules.0.check": "SELECT 1"}``: places of the contract, dotted, and what stands there instead.

Where the place ends in ``+`` the value is appended to the list that stands there.
"""


def patched(patch: Patch, source: Path = LIBRARY) -> dict[str, Any]:
    """A domain file's data with some places changed."""
    data: dict[str, Any] = deepcopy(_data(source))
    for place, value in patch.items():
        *outer, last = place.removesuffix("+").split(".")
        there: Any = data
        for step in outer:
            there = there[int(step)] if isinstance(there, list) else there.setdefault(step, {})
        at = int(last) if isinstance(there, list) else last
        if place.endswith("+"):
            there.setdefault(at, []).append(value)
        elif value == GONE:
            del there[at]
        else:
            there[at] = value
    return data


def library(patch: Patch | None = None) -> CompiledContract:
    """The library contract, compiled. Raises ContractError as the kernel does."""
    return _library() if patch is None else compile_contract(contract_from(patched(patch), LIBRARY.name))


def library_world(patch: Patch | None = None, members: int = 8) -> World:
    """A world of the library: member i has loans 2i and 2i+1, every third returned; every fifth member is suspended."""
    return _library_world(members) if patch is None else _with_rows(library(patch), members)


@cache
def domain_world(domain: str, rows: int = 100) -> World:
    """The generated world of a hand-written domain; generated once a process."""
    contract = contract_of(domain)
    return make_world(compile_contract(contract), generate(contract, WorldSpec(1, NOW, rows)).image, NOW)


def signed_in(world: World, email: str = "e1@x") -> Session:
    """A session of a library in which a member has been recognised."""
    session = world.open()
    assert session.call("authorize_member", {"email": email}).status == "ok"
    return session


def content(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as SQLite holds it, by key."""
    tables = session.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return {str(name): sorted(session.query(f'SELECT * FROM "{name}"'), key=repr) for (name,) in tables}


def broken_invariants(world: World, session: Session) -> list[str]:
    """The ids of the invariants that a session's state breaks."""
    return [id_ for id_, statement in world.program.compiled.invariants if session.query(statement.sql)]


@cache
def data_of(name: str) -> Any:
    """What a YAML file beside the library's contract holds."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@cache
def _data(source: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return data


@cache
def _library() -> CompiledContract:
    return compile_contract(parse_contract(LIBRARY.read_text(encoding="utf-8"), LIBRARY.name))


@cache
def _library_world(members: int) -> World:
    return _with_rows(_library(), members)


def _with_rows(compiled: CompiledContract, members: int) -> World:
    connection = open_schema(compiled.contract)
    with connection:
        _insert(connection, "member", ((f"MB-{i:04}", f"N {i}", f"e{i}@x", int(i % 5 == 0)) for i in range(members)))
        books = ((f"BK-{i:04}", f"T {i % 5}", f"A{i:02}", 500 + i) for i in range(3 * members))
        _insert(connection, "book", books)
        _insert(connection, "loan", (_loan(i) for i in range(2 * members)))
        _insert(connection, "fee", ((f"LN-{i:04}", 1, 150, i % 2) for i in range(0, 2 * members, 4)))
    image = connection.serialize("main")
    connection.close()
    return make_world(compiled, image, NOW)


def _loan(i: int) -> tuple[Any, ...]:
    status = "open" if i % 3 else "returned"
    return f"LN-{i:04}", f"MB-{i // 2:04}", f"BK-{i:04}", status, f"2025-03-{i % 28 + 1:02}", i % 3


def _insert(connection: apsw.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
