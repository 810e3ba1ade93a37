"""The SQL schema of a contract: one STRICT table without rowid for each entity, relationship and child."""

from __future__ import annotations

from collections.abc import Mapping

from skiller_assets.contract.model import Attribute, Contract, Table

SQL_TYPES = {
    "id": "TEXT", "text": "TEXT", "date": "TEXT", "datetime": "TEXT", "time": "TEXT", "list": "TEXT",
    "integer": "INTEGER", "money": "INTEGER", "boolean": "INTEGER", "number": "REAL",
}  # fmt: skip


def schema_sql(contract: Contract) -> list[str]:
    """CREATE statements in an order that respects references, tables before their indexes.

    Tables without rowid cannot be addressed by one, and every row has a key, so every change shows in a changeset.
    """
    tables = contract.tables
    return [statement for name in load_order(contract) for statement in _table_sql(name, tables[name], tables)]


def load_order(contract: Contract) -> list[str]:
    """Table names so that what is referred to comes first; ties keep the contract's order.

    A reference of a table to itself is ignored. Raises ValueError where references form a cycle.
    """
    tables = contract.tables
    waiting = {name: _targets(name, table) & set(tables) for name, table in tables.items()}
    order: list[str] = []
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs - set(order)]
        if not ready:
            raise ValueError("references form a cycle: " + ", ".join(sorted(waiting)))
        order.append(ready[0])
        del waiting[ready[0]]
    return order


def _targets(name: str, table: Table) -> set[str]:
    return {a.refers_to.partition(".")[0] for a in table.attributes.values() if a.refers_to} - {name}


def enum_of(table: Table, column: str) -> list[str] | None:
    """The values a text column may take: its enum, or the states of the lifecycle that lives in it."""
    if table.lifecycle and table.lifecycle.column == column:
        return list(table.lifecycle.states)
    return table.attributes[column].enum


def _table_sql(name: str, table: Table, tables: Mapping[str, Table]) -> list[str]:
    lines = [f'"{column}" {_column_sql(table, column, a)}' for column, a in table.attributes.items()]
    lines.append(f"PRIMARY KEY ({_columns(table.key)})")
    uniques = [*table.unique, *([c] for c, a in table.attributes.items() if a.unique)]
    lines += [f"UNIQUE ({_columns(columns)})" for columns in uniques if columns != table.key]
    lines += [
        f'FOREIGN KEY ({_columns(list(own))}) REFERENCES "{target}" ({_columns(list(theirs))})'
        for target, own, theirs in foreign_keys(table, tables)
    ]
    covered = [table.key[0], *(columns[0] for columns in uniques)]
    indexes = [
        f'CREATE INDEX "{name}.{column}" ON "{name}" ("{column}")'
        for column, attribute in table.attributes.items()
        if attribute.refers_to and column not in covered
    ]
    body = ",\n  ".join(lines)
    return [f'CREATE TABLE "{name}" (\n  {body}\n) STRICT, WITHOUT ROWID', *indexes]


def foreign_keys(table: Table, tables: Mapping[str, Table]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(target table, own columns, target columns); columns that refer to one composite key are one reference."""
    found: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    by_target: dict[str, list[tuple[str, str]]] = {}
    for column, attribute in table.attributes.items():
        if attribute.refers_to:
            target, _, theirs = attribute.refers_to.partition(".")
            by_target.setdefault(target, []).append((column, theirs))
    for target, columns in by_target.items():
        key = tables[target].key if target in tables else []
        own = {theirs: column for column, theirs in columns}
        if len(key) > 1 and set(key) <= set(own):
            found.append((target, tuple(own[k] for k in key), tuple(key)))
            columns = [(column, theirs) for column, theirs in columns if theirs not in key]
        found += [(target, (column,), (theirs,)) for column, theirs in columns]
    return found


def _column_sql(table: Table, column: str, attribute: Attribute) -> str:
    parts = [SQL_TYPES[attribute.type]]
    if not attribute.optional:
        parts.append("NOT NULL")
    allowed = enum_of(table, column)
    if allowed:
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in allowed)
        parts.append(f'CHECK ("{column}" IN ({values}))')
    if attribute.type == "boolean":
        parts.append(f'CHECK ("{column}" IN (0, 1))')
    if attribute.type == "list":
        parts.append(f'CHECK (json_valid("{column}"))')
    return " ".join(parts)


def _columns(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
