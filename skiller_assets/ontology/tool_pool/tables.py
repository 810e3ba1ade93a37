"""The tables of a draft: attributes, populations and lifecycles in the contract language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from skiller_assets.contract.english import with_article
from skiller_assets.ontology.tool_pool.bind import Operation
from skiller_assets.ontology.tool_pool.families import Column
from skiller_assets.ontology.tool_pool.schema import Schema, Table, is_staff
from skiller_assets.ontology.tool_pool.words import word_list

SPREAD_DAYS = 56
"""Records begin at most so long before the world's now: twice the longest window of a rule."""

_COUNTS = {0: 0.1, 1: 0.3, 2: 0.35, 3: 0.25}


_CHANGED = (
    "CASE WHEN draw('changed', {key}) < 0.5 THEN max(created_on, "
    "date(:now, '-' || CAST(1 + 24 * draw('day', {key}) AS INTEGER) || ' days')) END"
)
"""Half of the records were changed at some time, on one of the last 24 days."""


def person_entity(person: str) -> dict[str, Any]:
    """The core person: how they are known, and whether their account is on hold."""
    key = f"{person}_id"
    return {
        "kind": "person",
        "describe": f"Somebody on whose behalf the tools act: {with_article(person)} of the service.",
        "key": key,
        "attributes": {
            key: {"type": "id", "format": f"{_letters(person)}-#####"},
            "full_name": {"type": "text", "semantic_type": "person_name", "generate": {"human": "full_name"}},
            "email": {"type": "text", "semantic_type": "email", "unique": True, "generate": {"human": "email"}},
            "date_of_birth": {
                "type": "date",
                "semantic_type": "date_of_birth",
                "generate": {"human": "date_of_birth"},
            },
            "phone": {"type": "text", "semantic_type": "phone", "generate": {"human": "phone"}},
            "member_since": {
                "type": "date",
                "semantic_type": "date",
                "label": "first day with the service",
                "generate": {"date": {"from": "-400d", "to": "-5d"}},
            },
            "on_hold": {
                "type": "boolean",
                "semantic_type": "flag",
                "label": "hold on the account",
                "known": "nobody",
                "describe": "Whether the account is on hold.",
                "generate": {"choice": {"0": 0.82, "1": 0.18}},
            },
        },
    }


def thing_entity(table: Table) -> dict[str, Any]:
    """A thing that exists on its own; people who work for the service are persons."""
    names = word_list("columns")["names"]
    staff = is_staff(table)
    attributes: dict[str, Any] = {table.key: {"type": "id", "format": f"{_letters(table.noun)}-###"}}
    name: dict[str, Any] = {
        "type": "text",
        "semantic_type": "person_name" if staff else "title",
        "unique": True,
        "known": "everyone",
        "label": table.noun,
    }
    entity: dict[str, Any] = {
        "kind": "person" if staff else "peripheral",
        **({"role": "staff"} if staff else {}),
        "describe": f"{with_article(table.noun).capitalize()} of the service.",
        "key": table.key,
    }
    kind = next((k for k, spec in names.items() if table.noun.split()[-1] in spec.get("nouns", ())), "other")
    name["phrase"] = "with {value}" if staff else names[kind]["phrase"]
    if staff:
        entity["population"] = {"count": 24}
        name["generate"] = {"human": "full_name"}
    elif "pattern" in names[kind]:
        entity["population"] = {"count": 24}
        name["generate"] = {"pattern": names[kind]["pattern"]}
        name["semantic_type"] = "code"
    else:
        said = [names[kind]["says"].format(word=w, noun=table.noun.title()) for w in names[kind]["words"]]
        entity["population"] = {"rows": [{"name": n} for n in said]}
    attributes["name"] = name
    attributes |= {c.name: _declared(c, unique=c.name == "symbol") for c in _own(table) if c.name != "name"}
    attributes["is_available"] = {
        "type": "boolean",
        "semantic_type": "flag",
        "label": "available",
        "known": "nobody",
        "describe": f"Whether the {table.noun} is available.",
        "generate": {"choice": {"1": 0.8, "0": 0.2}},
    }
    entity["attributes"] = attributes
    return entity


def record_relationship(schema: Schema, table: Table, operations: Sequence[Operation]) -> dict[str, Any]:
    """A record of the person, with its references, states and dates, and how the records of a world arise."""
    own = [op for op in operations if op.act.table == table.name]
    made_by = [op for op in own if op.deed == "create"]
    attributes: dict[str, Any] = {
        table.key: {"type": "id", "format": f"{_letters(table.noun)}-#####"},
        f"{schema.person}_id": {"type": "id", "refers_to": f"{schema.person}.{schema.person}_id"},
    }
    given = given_by_all(made_by)
    for name in table.refers:
        attributes[schema.tables[name].key] = _reference(schema, table, name, optional=(name not in given))
    for column in _own(table):
        attributes[column.name] = _declared(column, optional=bool(made_by) and column.name not in given)
    attributes["status"] = _status(table)
    for flag, done in sorted(table.switches.items()):
        attributes[flag] = {"type": "boolean", "semantic_type": "flag", "label": done,
                            "describe": f"Whether the {table.noun} is {done}.",
                            "generate": {"choice": {"0": 0.65, "1": 0.35}}}  # fmt: skip
    attributes["created_on"] = {
        "type": "date",
        "semantic_type": "date",
        "label": f"day on which it was {made_word(table)}",
        "known": "owner",
        "phrase": f"{made_word(table)} on {{value}}",
        "superlatives": ["oldest", "newest"],
        "describe": f"The day on which the {table.noun} was {made_word(table)}.",
        "generate": {"date": {"from": f"-{SPREAD_DAYS}d", "to": "-1d"}},
    }
    if any(op.deed == "update" for op in own):
        attributes["updated_on"] = {
            "type": "date",
            "semantic_type": "date",
            "optional": True,
            "label": "day of the last change",
            "describe": f"The day on which the {table.noun} was last changed, empty if never.",
            "generate": {"sql": _CHANGED.format(key=table.key)},
        }
    return {
        "label": table.noun,
        "describe": f"{with_article(table.noun).capitalize()} of {with_article(schema.person)}.",
        "key": table.key,
        "population": _population(schema, table),
        **({"unique": unique} if (unique := _pairs(schema, table, own)) else {}),
        "lifecycle": _lifecycle(table),
        "attributes": attributes,
    }


def given_by_all(made_by: Iterable[Operation]) -> set[str]:
    """The columns and tables that every tool which makes a record gives a value."""
    sets = [{b.table if b.role == "reference" else b.column for b in op.bound if b.required} for op in made_by]
    return set.intersection(*sets) if sets else set()


def settled(schema: Schema, table: Table) -> list[dict[str, str]]:
    """Statements that let a record refer to the same person's other records, where its population does not."""
    person = f"{schema.person}_id"
    found = []
    for name in [n for n in table.refers if schema.tables[n].kind == "record"][1:]:
        other = schema.tables[name]
        found.append({
            "says": f"The {other.noun} of a {table.noun} belongs to the same {schema.person}.",
            "sql": f"UPDATE {table.name} SET {other.key} = f.k FROM (SELECT {person}, min({other.key}) AS k "
                   f"FROM {other.name} GROUP BY {person}) f WHERE f.{person} = {table.name}.{person}",
        })  # fmt: skip
    return found


def made_word(table: Table) -> str:
    """How the record began, as a participle."""
    made = word_list("talk")["created"]
    return str(made.get(table.made_by, made["otherwise"])) if not table.single else "opened"


def sources(table: Table, rank: int = 5) -> list[str]:
    """The states from which a state of some rank may follow, the first one included."""
    return [table.initial, *sorted(s for s, r in table.states.items() if r < min(rank, 5) and s != table.initial)]


def _own(table: Table) -> list[Column]:
    return list(table.columns.values())


def _declared(column: Column, *, unique: bool = False, optional: bool = False) -> dict[str, Any]:
    extra = {**({"unique": True} if unique else {}), **({"optional": True} if optional else {})}
    known = column.declared.get("known") or ("owner" if column.is_telling else None)
    return {**column.declared, **({"known": known} if known else {}), **extra}


def _reference(schema: Schema, table: Table, name: str, *, optional: bool) -> dict[str, Any]:
    other = schema.tables[name]
    declared: dict[str, Any] = {"type": "id", "refers_to": f"{name}.{other.key}"}
    records = [n for n in table.refers if schema.tables[n].kind == "record"]
    if other.kind == "thing":
        declared["generate"] = {"pick": {"table": name}}
    if optional or name in records[1:]:
        declared["optional"] = True
    return declared


def _status(table: Table) -> dict[str, Any]:
    later = sorted(table.states)
    weights = {table.initial: 0.6} | {state: round(0.4 / len(later), 3) for state in later}
    return {"type": "text", "semantic_type": "status", "known": "nobody", "generate": {"choice": weights}}


def _population(schema: Schema, table: Table) -> dict[str, Any]:
    records = [schema.tables[n] for n in table.refers if schema.tables[n].kind == "record"]
    if records:
        first, person = records[0], f"{schema.person}_id"
        return {"query": f"SELECT {first.key}, {person} FROM {first.name} "
                         f"WHERE draw('{table.noun}', {first.key}) < 0.7 ORDER BY {first.key}"}  # fmt: skip
    return {"each": {"of": schema.person, "counts": {1: 1} if table.single else _COUNTS}}


def _pairs(schema: Schema, table: Table, own: Sequence[Operation]) -> list[list[str]]:
    """What a row is found by instead of its key must find one row only."""
    found = {op.locator.table for op in own if op.locator and op.locator.role == "reference"}
    return [[f"{schema.person}_id", schema.tables[name].key] for name in sorted(found)]


def _lifecycle(table: Table) -> dict[str, Any]:
    states: dict[str, Any] = {}
    everything = {table.initial: 0, **table.states}
    for state, rank in sorted(everything.items(), key=lambda item: (item[1], item[0])):
        after = sorted(s for s, r in table.states.items() if state in sources(table, r) and s != state and r > rank)
        states[state] = {"describe": f"The {table.noun} is {state}."} | ({"next": after} if after else {})
    return {"column": "status", "initial": table.initial, "states": states}


def _letters(noun: str) -> str:
    letters = [c for c in noun.upper() if c.isascii() and c.isalpha() and c not in "AEIOU "] or list(noun.upper())
    return "".join(letters[:2]) or "ID"
