"""Two worlds as one: each row once, shared rows only where both agree, accounts linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from skiller_assets.contract.ddl import load_order
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.ids import format_of
from skiller_assets.contract.model import Contract
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.identity import LINK
from skiller_assets.fusion.members import Member, MemberWorld
from skiller_assets.world.soundness import broken_invariants
from skiller_assets.world.staging import insert, new_database

Row = tuple[Any, ...]


def merge_worlds(
    contract: Contract, one: MemberWorld, other: MemberWorld, linked: Mapping[int, tuple[str, str]]
) -> bytes:
    """The bytes of a fused ``world.sqlite``. Raises FusionError where a shared row disagrees or a reference dangles."""
    rows = _rows(contract, one, other)
    if LINK in contract.entities:
        rows[LINK] = _links(contract, one.member, other.member, linked)
    connection = new_database(contract)
    try:
        with connection:
            connection.execute("PRAGMA defer_foreign_keys = ON")
            for name in load_order(contract):
                insert(connection, name, list(contract.tables[name].attributes), rows[name])
        if problems := broken_invariants(contract, connection, one.world.now, contract.domain):
            raise FusionError("\n".join(str(problem) for problem in problems))
        connection.execute("VACUUM")
        return connection.serialize("main")
    except (apsw.Error, ContractError) as error:
        raise FusionError(f"{contract.domain}: the two worlds do not fit into one: {error}") from error
    finally:
        connection.close()


def _rows(contract: Contract, one: MemberWorld, other: MemberWorld) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for source in (one, other):
        with source.world.reader() as connection:
            for table in source.member.contract.tables:
                name = source.member.under(table)
                columns = list(contract.tables[name].attributes)
                read = connection.execute(
                    f'SELECT {_named(columns)} FROM "{table}" ORDER BY {_named(_key(contract, name))}'
                )
                rows = read.fetchall()
                found[name] = _agreed(contract, name, found[name], rows, one, other) if name in found else rows
    return found


def _agreed(
    contract: Contract, table: str, ours: Sequence[Row], theirs: Sequence[Row], one: MemberWorld, other: MemberWorld
) -> list[Row]:
    """All rows of a shared table. Raises FusionError naming the first value on which the two worlds disagree."""
    columns = list(contract.tables[table].attributes)
    at = [columns.index(column) for column in _key(contract, table)]
    known = {tuple(row[i] for i in at): row for row in ours}
    for row in theirs:
        key = tuple(row[i] for i in at)
        own = known.setdefault(key, row)
        for column, a, b in zip(columns, own, row, strict=True):
            if a != b:
                raise FusionError(
                    f"{table} {', '.join(map(str, key))} is shared and disagrees: {column} is {a!r} in "
                    f"{one.member.domain} and {b!r} in {other.member.domain}: build both with the same settings"
                )
    return [known[key] for key in sorted(known)]


def _links(contract: Contract, one: Member, other: Member, linked: Mapping[int, tuple[str, str]]) -> list[Row]:
    attributes = contract.entities[LINK].attributes
    ids = format_of(LINK, attributes[f"{LINK}_id"].format)
    columns = {one.principal: 0, other.principal: 1}
    order = [columns[name] for name in attributes if name in columns]
    return [(ids.at(human), *(keys[i] for i in order)) for human, keys in sorted(linked.items())]


def _key(contract: Contract, table: str) -> list[str]:
    return contract.tables[table].key


def _named(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
