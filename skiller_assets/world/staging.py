"""The database in which a world takes shape: generated rows go in, derived columns and settling run as SQL.

It has the contract's schema with one ease: columns other than keys may be empty until everything has run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import apsw
import apsw.ext

from skiller_assets.contract.ddl import schema_sql
from skiller_assets.contract.model import Contract, Settle, Table
from skiller_assets.contract.sql import harden
from skiller_assets.contract.values import SqlValue, constant_to_sql
from skiller_assets.world.draw import sql_draw
from skiller_assets.world.frames import rows_by_key

_CACHE_KIB = 65536


def new_database(contract: Contract) -> apsw.Connection:
    """An empty database in memory with the contract's schema, declared references checked at commit."""
    connection = apsw.Connection(":memory:")
    harden(connection)
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    for statement in schema_sql(contract):
        connection.execute(statement)
    return connection


def insert(connection: apsw.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[SqlValue]]) -> None:
    """Insert rows. Raises apsw.Error for a row that the schema refuses."""
    names = ", ".join(f'"{column}"' for column in columns)
    marks = ", ".join("?" * len(columns))
    connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)


class Staging:
    """One world under construction; everything happens in one transaction that is never committed."""

    def __init__(self, contract: Contract, seed: int, now: str, rows: int) -> None:
        self._contract = contract
        self._connection = new_database(eased(contract))
        self._connection.create_scalar_function("draw", sql_draw(seed), -1, deterministic=True)
        constants = {name: constant_to_sql(c.type, c.value) for name, c in contract.constants.items()}
        self._names: dict[str, SqlValue] = {**constants, "now": now, "rows": rows}
        self._pending = [
            (name, column)
            for name, table in contract.tables.items()
            for column, attribute in table.attributes.items()
            if attribute.generate and attribute.generate.sql
        ]
        self._loaded: set[str] = set()
        self._connection.execute("BEGIN; PRAGMA defer_foreign_keys = ON")

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[SqlValue]]) -> None:
        """Insert the rows of one table. Raises apsw.Error."""
        insert(self._connection, table, columns, rows)
        self._loaded.add(table)

    def query(self, sql: str) -> tuple[list[str], list[tuple[SqlValue, ...]]]:
        """Names and rows of a SELECT with the world's names bound. Raises apsw.Error."""
        cursor = self._connection.execute(sql, self._names)
        # A statement without result rows describes itself only through its preparation.
        details = apsw.ext.query_info(self._connection, sql)
        return [str(name) for name, *_ in details.description], list(cursor.fetchall())

    def derivable(self) -> list[tuple[str, str]]:
        """The next derived columns whose every source is there: all tables read are loaded, no column is pending."""
        return [column for column in self._pending if column[0] in self._loaded and self._ready(column)]

    def pending(self) -> list[tuple[str, str]]:
        """Derived columns that have no values yet."""
        return list(self._pending)

    def derive(self, table: str, column: str) -> None:
        """Compute a derived column for every row. Raises apsw.Error."""
        self._connection.execute(self._derivation(table, column), self._names)
        self._pending.remove((table, column))

    def settle(self, settle: Settle) -> None:
        """Run one settling statement. Raises apsw.Error."""
        self._connection.execute(settle.sql, self._names)

    def rows(self, name: str, table: Table) -> list[tuple[SqlValue, ...]]:
        """All rows of a table by key, columns as the contract orders them."""
        return rows_by_key(self._connection, name, table)

    def _derivation(self, table: str, column: str) -> str:
        generate = self._contract.tables[table].attributes[column].generate
        assert generate is not None
        return f'UPDATE "{table}" SET "{column}" = ({generate.sql})'

    def _ready(self, own: tuple[str, str]) -> bool:
        details = apsw.ext.query_info(self._connection, self._derivation(*own), actions=True)
        reads = {(a.table_name, a.column_name) for a in details.actions or () if a.action_name == "SQLITE_READ"}
        reads = {(t, c) for t, c in reads if t in self._contract.tables}
        return {t for t, _ in reads} <= self._loaded and not reads & (set(self._pending) - {own})


def eased(contract: Contract) -> Contract:
    """The contract with every column but the keys optional. Statements that run in between see empty values."""

    def ease(table: Table) -> dict[str, object]:
        attributes = {
            name: a if name in table.key else a.model_copy(update={"optional": True})
            for name, a in table.attributes.items()
        }
        return {"attributes": attributes}

    entities = {name: e.model_copy(update=ease(e)) for name, e in contract.entities.items()}
    relationships = {
        name: r.model_copy(
            update={**ease(r), "children": {n: c.model_copy(update=ease(c)) for n, c in r.children.items()}}
        )
        for name, r in contract.relationships.items()
    }
    return contract.model_copy(update={"entities": entities, "relationships": relationships})
