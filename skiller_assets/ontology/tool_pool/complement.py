"""Reads that a community lacks: without them what its tools take could not be found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from skiller_assets.contract.english import with_article
from skiller_assets.ontology.tool_pool import statements, talk
from skiller_assets.ontology.tool_pool.bind import Operation
from skiller_assets.ontology.tool_pool.schema import Schema, Table
from skiller_assets.ontology.tool_pool.words import plural

LEAST_TOOLS = 11
Columns = Mapping[str, Sequence[str]]
Added = Callable[[Columns], dict[str, Any]]


def authorize(schema: Schema) -> dict[str, Any]:
    """The one tool by which a person is known."""
    person = schema.person
    return {
        "access": "authorize",
        "describe": f"Confirm who the {person} is before anything else is looked up or changed.",
        "parameters": {
            "email": {"type": "text", "describe": "E-mail address on file.", "refers_to": f"{person}.email"},
            "date_of_birth": {"type": "date", "describe": "Date of birth.", "refers_to": f"{person}.date_of_birth"},
        },
        "grants": {
            "id": "credentials_match",
            "says": f"The e-mail address and the date of birth must match one {person}.",
            "sql": f"SELECT {person}_id FROM {person} WHERE email = :email AND date_of_birth = :date_of_birth",
        },
    }


def unlisted(schema: Schema, operations: Sequence[Operation]) -> list[Table]:
    """The tables that operations touch or refer to and that none of them lists without being told something first."""
    listed = {op.act.table for op in operations if op.deed == "single"}
    listed |= {
        op.act.table for op in operations if op.deed in ("list", "look") and not any(b.required for b in op.bound)
    }
    return [table for table in schema.tables.values() if table.name in touched(schema, operations) - listed]


def touched(schema: Schema, operations: Sequence[Operation]) -> set[str]:
    """The tables of operations and all that these refer to."""
    found: set[str] = set()
    waiting = [op.act.table for op in operations]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += schema.tables[name].refers
    return found


def reads(schema: Schema, operations: Sequence[Operation], taken: Collection[str]) -> dict[str, Added]:
    """What is added, by name: the profile, a list of each table that has none, details until there are enough tools."""
    found: dict[str, Added] = {_free("get_my_profile", taken): lambda _: _profile(schema)}
    for table in unlisted(schema, operations):
        many = plural(table.noun).replace(" ", "_")
        name = f"get_my_{table.noun.replace(' ', '_')}" if table.single else ""
        name = name or (f"list_my_{many}" if table.kind == "record" else f"list_{many}")
        found[_free(name, taken)] = lambda columns, t=table: _listing(schema, t, columns)  # type: ignore[misc]
    detailed = {op.act.table for op in operations if op.deed in ("get", "detail", "single")}
    for table in schema.tables.values():
        enough = len(operations) + len(found) + 1 >= LEAST_TOOLS
        if table.name not in detailed and not table.single and not enough:
            name = f"get_{table.noun.replace(' ', '_')}_details"
            found[_free(name, taken)] = lambda columns, t=table: _detail(schema, t, columns)  # type: ignore[misc]
    return found


def _free(name: str, taken: Collection[str]) -> str:
    return name if name not in taken else f"{name}_here"


def _profile(schema: Schema) -> dict[str, Any]:
    person = schema.person
    return {
        "access": "read",
        "describe": f"Show what is on file about the {person}, and whether there is a hold on the account.",
        "returns": {
            "one": f"SELECT full_name, email, phone, date_of_birth, member_since, on_hold FROM {person} "
            f"WHERE {person}_id = :me"
        },
        "voice": talk.plain_voice(schema, "profile"),
    }


def _listing(schema: Schema, table: Table, columns: Columns) -> dict[str, Any]:
    shown = columns[table.name]
    if table.single:
        own = f"{statements.select(schema, table, shown)} WHERE t.{schema.person}_id = :me"
        return {
            "access": "read",
            "describe": f"Show the {table.noun} of the {schema.person}.",
            "returns": {"one": own},
            "voice": talk.plain_voice(schema, "single", table),
        }
    if table.kind == "record":
        return {
            "access": "read",
            "describe": f"List the {plural(table.noun)} of the {schema.person}, newest first.",
            "parameters": {"status": _status_filter(table)},
            "returns": {"many": statements.listing(schema, table, shown, ()).replace(
                "= :me", "= :me AND (:status IS NULL OR t.status = :status)", 1)},
            "voice": talk.plain_voice(schema, "list", table),
        }  # fmt: skip
    return {
        "access": "read",
        "describe": f"List the {plural(table.noun)} and whether they are available, at most 15, or find one by name.",
        "parameters": {
            "name": {
                "type": "text",
                "describe": f"Only the {table.noun} of this name.",
                "refers_to": f"{table.name}.name",
                "phrase": "for {value}",
                "optional": True,
            }
        },
        "returns": {"many": statements.listing(schema, table, shown, ()).replace(
            " ORDER BY", " WHERE (:name IS NULL OR t.name = :name) ORDER BY", 1)},
        "voice": talk.plain_voice(schema, "look", table),
    }  # fmt: skip


def _status_filter(table: Table) -> dict[str, Any]:
    return {
        "type": "text",
        "describe": f"Only {plural(table.noun)} that are in this state.",
        "enum": [table.initial, *sorted(table.states)],
        "optional": True,
    }


def _detail(schema: Schema, table: Table, columns: Columns) -> dict[str, Any]:
    shown = columns[table.name]
    person = f" AND t.{schema.person}_id = :me" if table.kind == "record" else ""
    says = f"The {table.noun} must exist{' and belong to the ' + schema.person if person else ''}."
    return {
        "access": "read",
        "describe": f"Show one {table.noun} in full.",
        "parameters": {
            table.key: {
                "type": "id",
                "describe": f"{with_article(table.noun).capitalize()}.",
                "refers_to": f"{table.name}.{table.key}",
            }
        },
        "rules": [
            {
                "id": f"{table.noun.replace(' ', '_')}_shown",
                "kind": "ownership" if person else "existence",
                "says": says,
                "check": f"SELECT count(*) = 1 FROM {table.name} t WHERE t.{table.key} = :{table.key}{person}",
                "answer": f"there is no such {table.noun}",
            }
        ],
        "returns": {"one": f"{statements.select(schema, table, shown)} WHERE t.{table.key} = :{table.key}"},
        "voice": talk.plain_voice(schema, "get" if person else "detail", table),
    }
