"""The SQL of a draft's tools: what they return and what they change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skiller_assets.ontology.tool_pool.bind import Bound, Operation
from skiller_assets.ontology.tool_pool.schema import Schema, Table
from skiller_assets.ontology.tool_pool.words import word_list

_MOST_SHOWN = 15


def where(schema: Schema, table: Table, locator: Bound | None, row: str = "t") -> str:
    """The condition that finds the row that a call is about, in a statement that calls it ``row``."""
    person = f"{row}.{schema.person}_id = :me"
    if locator is None:
        return person
    if locator.role == "reference":
        return f"{person} AND {_referring(schema, locator, row)}"
    return f"{row}.{locator.column} = :{locator.name}"


def _referring(schema: Schema, b: Bound, row: str = "t") -> str:
    """A row's reference equals the one that a parameter names, by its key or by another column."""
    return f"{row}.{schema.tables[b.table].key} = {_key_of(schema, b)}"


def _key_of(schema: Schema, b: Bound) -> str:
    other = schema.tables[b.table]
    if b.column == other.key:
        return f":{b.name}"
    return f"(SELECT u.{other.key} FROM {b.table} u WHERE u.{b.column} = :{b.name})"


def select(schema: Schema, table: Table, columns: Sequence[str]) -> str:
    """``SELECT … FROM`` a table with its columns and the names of the things that it refers to."""
    shown = [f"t.{table.key}"]
    joins = []
    for i, name in enumerate(table.refers, 1):
        other = schema.tables[name]
        if other.kind == "thing":  # of another record's id nobody could say which of the two records is meant
            shown.append(f"t.{other.key}")
            alias = other.noun.replace(" ", "_")
            taken = alias in table.columns or alias in word_list("verbs")["reserved"]
            shown.append(f"r{i}.name AS {alias}{'_name' if taken else ''}")
            joins.append(f"LEFT JOIN {name} r{i} ON r{i}.{other.key} = t.{other.key}")
    shown += [f"t.{column}" for column in columns if column != table.key]
    return " ".join([f"SELECT {', '.join(shown)} FROM {table.name} t", *joins])


def listing(schema: Schema, table: Table, columns: Sequence[str], filters: Sequence[Bound]) -> str:
    """The rows that a tool lists: the person's own records, or things, narrowed by its parameters."""
    conditions = [f"t.{schema.person}_id = :me"] if table.kind == "record" else []
    conditions += [_narrowed(schema, b) for b in filters]
    order = f"t.created_on DESC, t.{table.key}" if table.kind == "record" else f"t.name, t.{table.key}"
    found = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"{select(schema, table, columns)}{found} ORDER BY {order} LIMIT {_MOST_SHOWN}"


def _narrowed(schema: Schema, b: Bound) -> str:
    if b.role == "reference":
        condition = _referring(schema, b)
    elif b.role == "words":
        condition = f"instr(lower(t.{b.column}), lower(:{b.name})) > 0"
    else:
        compared = {"low": ">=", "high": "<="}.get(b.role, "=")
        condition = f"t.{b.column} {compared} :{b.name}"
    return condition if b.required else f"(:{b.name} IS NULL OR {condition})"


def insertion(schema: Schema, table: Table, op: Operation, columns: Sequence[str]) -> str:
    """The new record: what the parameters say, and what the service sets by itself."""
    values: dict[str, str] = {table.key: f":{new_name(table)}", f"{schema.person}_id": ":me"}
    for b in op.bound:
        if b.role == "reference":
            values[schema.tables[b.table].key] = _key_of(schema, b)
        else:
            values[b.column] = f":{b.name}"
    for column in columns:
        if column in values:
            continue
        if column == "status":
            values[column] = f"'{table.initial}'"
        elif column in table.switches:
            values[column] = "0"
        elif column == "created_on":
            values[column] = "date(:now)"
    return f"INSERT INTO {table.name} ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def new_name(table: Table) -> str:
    """The name of the fresh key of a table."""
    return f"new_{table.noun.replace(' ', '_')}"


def update(schema: Schema, table: Table, op: Operation, sets: Sequence[str]) -> str:
    """A change of the row that a call is about."""
    return f"UPDATE {table.name} SET {', '.join(sets)} WHERE {where(schema, table, op.locator, table.name)}"


def deletion(schema: Schema, table: Table, op: Operation) -> str:
    """The removal of the row that a call is about."""
    return f"DELETE FROM {table.name} WHERE {where(schema, table, op.locator, table.name)}"


def returned(schema: Schema, table: Table, op: Operation, columns: Sequence[str]) -> dict[str, Any]:
    """What a write answers: the row as it is now, or for a removal what is left."""
    if op.deed == "delete":
        person = f"{schema.person}_id"
        return {"value": f"SELECT count(*) AS remaining FROM {table.name} t WHERE t.{person} = :me",
                "types": {"remaining": "integer"}}  # fmt: skip
    found = f"t.{table.key} = :{new_name(table)}" if op.deed == "create" else where(schema, table, op.locator)
    return {"one": f"{select(schema, table, columns)} WHERE {found}"}
