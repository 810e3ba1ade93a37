"""What must be true of a generated world before it is used, each breach named with the rows that show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import apsw

from skiller_assets.contract.ddl import foreign_keys
from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Contract
from skiller_assets.contract.values import SqlValue, constant_to_sql

Table = Sequence[tuple[SqlValue, ...]]
_SHOWN = 3


def faults(contract: Contract, rows: Mapping[str, Table], source: str) -> list[Problem]:
    """Empty values where there must be one, and references to rows that do not exist."""
    found: list[Problem] = []
    for name in contract.tables:
        found += _missing(contract, name, rows[name], f"{source}: table {name}")
        found += _dangling(contract, name, rows, f"{source}: table {name}")
    return found


def broken_invariants(contract: Contract, connection: apsw.Connection, now: str, source: str) -> list[Problem]:
    """Invariants that the world breaks, with the first rows that break them."""
    names = {**{name: constant_to_sql(c.type, c.value) for name, c in contract.constants.items()}, "now": now}
    found = []
    for invariant in contract.invariants:
        place = f"{source}: invariant {invariant.id}"
        try:
            rows = connection.execute(invariant.none, names).fetchall()
        except apsw.Error as error:
            found.append(Problem(place, f"cannot be checked: {error}"))
            continue
        if rows:
            shown = "; ".join(str(row) for row in rows[:_SHOWN])
            found.append(Problem(place, f"is broken by {len(rows)} rows ({shown})", f"it says: {invariant.says}"))
    return found


def _missing(contract: Contract, name: str, rows: Table, place: str) -> Iterator[Problem]:
    table = contract.tables[name]
    keys = _key_places(contract, name)
    for i, (column, attribute) in enumerate(table.attributes.items()):
        if attribute.optional:
            continue
        empty = [row for row in rows if row[i] is None]
        if empty:
            shown = ", ".join(str(_key(row, keys)) for row in empty[:_SHOWN])
            yield Problem(
                f"{place}: attribute {column}",
                f"is empty in {len(empty)} of {len(rows)} rows ({shown})",
                "give it generate, let a settle statement fill it, or make it optional",
            )


def _dangling(contract: Contract, name: str, rows: Mapping[str, Table], place: str) -> Iterator[Problem]:
    columns = list(contract.tables[name].attributes)
    keys = _key_places(contract, name)
    for target, own, theirs in foreign_keys(contract.tables[name], contract.tables):
        their_columns = list(contract.tables[target].attributes)
        there = _pick(rows[target], [their_columns.index(c) for c in theirs])
        known = set(there)
        places = [columns.index(c) for c in own]
        lost = [row for row in rows[name] if None not in (key := _key(row, places)) and key not in known]
        if lost:
            shown = ", ".join(f"{_key(row, keys)} refers to {_key(row, places)}" for row in lost[:_SHOWN])
            yield Problem(
                f"{place}: attribute {', '.join(own)}", f"{len(lost)} rows refer to no row of {target} ({shown})"
            )


def _pick(rows: Table, places: list[int]) -> list[tuple[SqlValue, ...]]:
    return [_key(row, places) for row in rows]


def _key(row: tuple[SqlValue, ...], places: list[int]) -> tuple[SqlValue, ...]:
    return tuple(row[i] for i in places)


def _key_places(contract: Contract, name: str) -> list[int]:
    table = contract.tables[name]
    return [list(table.attributes).index(column) for column in table.key]
