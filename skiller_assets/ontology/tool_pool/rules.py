"""The rules of a draft's tools, from the templates in ``data/rules.yaml``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any

from skiller_assets.contract.english import with_article
from skiller_assets.ontology.tool_pool.bind import Bound, Operation
from skiller_assets.ontology.tool_pool.schema import Schema, Table, is_staff
from skiller_assets.ontology.tool_pool.statements import where
from skiller_assets.ontology.tool_pool.tables import made_word, sources
from skiller_assets.ontology.tool_pool.words import plural, word_list

_LONGEST = 36
_TELLING = ("title", "code", "free_text", "person_name")
"""Meanings of words that two records of one person would hardly share by chance."""
_CONSTANTS = ("constant", "second")
_FILLED = ("id", "says", "check", "answer", "kind")


@dataclass
class Rules:
    """The rules of one tool, and the constants that they quote."""

    rules: list[dict[str, Any]] = field(default_factory=list)
    constants: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """What the rules of one tool have to know of the others: tables with changes, and found by what they refer to."""

    domain: str
    schema: Schema
    changed: frozenset[str]
    by_reference: frozenset[str]

    @classmethod
    def of(cls, domain: str, schema: Schema, operations: Iterable[Operation]) -> Surroundings:
        """Of all operations of a draft."""
        every = list(operations)
        changed = frozenset(op.act.table for op in every if op.deed == "update")
        found = frozenset(op.act.table for op in every if op.locator and op.locator.role == "reference")
        return cls(domain, schema, changed, found)


def rules_of(around: Surroundings, op: Operation, done: str) -> Rules:
    """The rules of a tool in order, with their constants. ``done`` is its deed as a participle."""
    found = Rules()
    still = _still(around.schema.tables[op.act.table], around.by_reference)
    for name in word_list("rules")["sets"].get(_set(op), []):
        for words in _occasions(around, op, name):
            _add(found, around.domain, name, {**_words(around.schema, op, done), **still, **words})
    return found


def _set(op: Operation) -> str:
    if op.deed == "become":
        spec = word_list("verbs")["become"][op.act.reading.verb]
        return "become" if spec["rank"] > 5 else "settle"
    return op.deed


def _add(found: Rules, domain: str, name: str, words: Mapping[str, Any]) -> None:
    template = word_list("rules")[name]
    rule = {k: _filled(v, words) if k in _FILLED else v for k, v in template.items() if k not in _CONSTANTS}
    for key in _CONSTANTS:
        if key in template:
            spec = {k: _filled(v, words) if isinstance(v, str) else v for k, v in template[key].items()}
            values = spec["values"] if isinstance(spec["values"], list) else words[spec["values"]]
            value = _drawn(domain, spec["name"], values)
            unit = {"unit": spec["unit"]} if spec["unit"] else {}
            found.constants[spec["name"]] = {"type": spec["type"], "value": value, **unit}
    found.rules.append(rule)


def _short(name: str) -> str:
    """A name that leaves room for what rules and constants add to it."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - 5].rstrip('_')}_{hashlib.sha256(name.encode()).hexdigest()[:4]}"


def _filled(text: str, words: Mapping[str, Any]) -> str:
    return Template(text).substitute(words)


def _drawn(domain: str, name: str, values: list[Any]) -> Any:
    """One of some values, the same for one domain and name on every machine."""
    digest = hashlib.sha256(f"{domain}/{name}".encode()).digest()
    return values[int.from_bytes(digest[:4], "big") % len(values)]


def _words(schema: Schema, op: Operation, done: str) -> dict[str, Any]:
    table = schema.tables[op.act.table]
    person = schema.person
    located = op.name if op.locator and op.locator.role == "reference" else table.noun.replace(" ", "_")
    return {
        "tool": _short(op.name),
        "name": _short(located),
        "table": table.name,
        "noun": table.noun,
        "a_noun": with_article(table.noun),
        "a_noun_capital": with_article(table.noun).capitalize(),
        "nouns": plural(table.noun),
        "plural_id": plural(table.noun).replace(" ", "_"),
        "key": table.key,
        "person": person,
        "person_id": f"{person}_id",
        "person_table": person,
        "a_person_capital": with_article(person).capitalize(),
        "where": where(schema, table, op.locator),
        "done": done,
        "made": made_word(table),
        "initial": table.initial,
        "most_values": [2] if any(schema.tables[name].kind == "record" for name in table.refers) else [2, 3],
    }


def _still(table: Table, by_reference: Collection[str]) -> dict[str, str]:
    """Only records in their first state count, unless tools find the record by what it refers to."""
    if table.name in by_reference:
        return {"still": "", "that_is_initial": "", "that_are_initial": ""}
    return {
        "still": f" AND t.status = '{table.initial}'",
        "that_is_initial": f" that is {table.initial}",
        "that_are_initial": f" that are {table.initial}",
    }


def _occasions(around: Surroundings, op: Operation, name: str) -> Iterator[dict[str, Any]]:
    """How often a rule applies to a tool, and with which words; not at all where it makes no sense."""
    schema, table = around.schema, around.schema.tables[op.act.table]
    references = [b for b in op.of_role("reference") if b is not op.locator]
    capped = list(_about_amounts(table, op))
    special: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
        "own": lambda: [{}] if op.locator and op.locator.role == "key" else [],
        "has": lambda: _about_holding(schema, op),
        "differ": lambda: _about_places(table, op),
        "same": lambda: [] if references else _about_text(table, op),
        "given": lambda: _about_changes(op),
        "state": lambda: _about_state(table, op),
        "unused": lambda: _about_referring(schema, table),
        "switched": lambda: [_about_switch(op)],
        "covered": lambda: [_about_balance(op)],
        "cap": lambda: capped,
        "period": lambda: [] if capped else [{}],
        "tenure": lambda: [{}] if op.deed == "take" or not capped else [],
        "settled": lambda: [{}] if table.name in around.changed else [],
    }
    if name in ("exists", "own_referred", "available", "once"):
        yield from _about_references(schema, references, name)
    else:
        yield from special.get(name, lambda: [{}])()


def _about_holding(schema: Schema, op: Operation) -> Iterator[dict[str, Any]]:
    """The record that a call finds by what it refers to must be there."""
    if op.locator and op.locator.role == "reference":
        yield {"target_noun": schema.tables[op.locator.table].noun}


def _about_places(table: Table, op: Operation) -> Iterator[dict[str, Any]]:
    """Where something begins and where it ends."""
    ends: dict[str, Bound] = {}
    for b in op.of_role("column"):
        column = table.columns.get(b.column)
        if column is not None and b.required and column.declared.get("semantic_type") == "city":
            ends.setdefault(str(column.declared["phrase"]), b)
    if {"from {value}", "to {value}"} <= set(ends):
        first, second = ends["from {value}"], ends["to {value}"]
        yield {"first_place": first.name, "first_label": first.name.replace("_", " "),
               "second_place": second.name, "second_label": second.name.replace("_", " ")}  # fmt: skip


def _about_text(table: Table, op: Operation) -> Iterator[dict[str, Any]]:
    """The first words that a tool takes for a new record."""
    for b in op.of_role("column"):
        column = table.columns.get(b.column)
        if column is not None and column.declared.get("semantic_type") in _TELLING and b.required:
            yield {"same_column": b.column, "same_label": b.column.replace("_", " "), "parameter": b.name}
            return


def _about_changes(op: Operation) -> Iterator[dict[str, Any]]:
    """The values that a change may give, where each alone may be left out."""
    optional = [b for b in op.of_role("column") if not b.required]
    if len(optional) > 1:
        yield {"given": " OR ".join(f":{b.name} IS NOT NULL" for b in optional)}


def _about_referring(schema: Schema, table: Table) -> Iterator[dict[str, Any]]:
    """The records that refer to a record and would be left without it."""
    for other in schema.records():
        if table.name in other.refers:
            words = {"target": other.noun.replace(" ", "_"), "target_table": other.name, "target_noun": other.noun}
            yield {**words, "a_target": with_article(other.noun)}


def _about_switch(op: Operation) -> dict[str, Any]:
    spec = word_list("verbs")["switch"][op.act.reading.verb]
    undone = {"undone": spec["undone"], "undone_value": 1 - spec["value"]}
    return {"flag": spec["flag"], "flag_id": f"not_{spec['done']}", **undone}


def _about_balance(op: Operation) -> dict[str, Any]:
    amount = op.of_role("amount")[0]
    return {"parameter": amount.name, "balance": amount.column, "balance_label": amount.column.replace("_", " ")}


def _about_references(schema: Schema, references: list[Bound], name: str) -> Iterator[dict[str, Any]]:
    things = [b for b in references if schema.tables[b.table].kind == "thing" and b.required]
    records = [b for b in references if schema.tables[b.table].kind == "record" and b.required]
    chosen = {"exists": things, "own_referred": records, "available": things[:1]}
    chosen["once"] = [b for b in things[:1] if not is_staff(schema.tables[b.table])]
    for b in chosen[name]:
        other = schema.tables[b.table]
        yield {
            "target": other.noun.replace(" ", "_"),
            "target_table": other.name,
            "target_noun": other.noun,
            "a_target": with_article(other.noun),
            "target_key": other.key,
            "target_column": b.column,
            "parameter": b.name,
        }


def _about_state(table: Table, op: Operation) -> Iterator[dict[str, Any]]:
    if op.locator is not None and op.locator.role == "reference" and op.deed == "delete":
        return
    rank = 5
    if op.deed == "become":
        rank = word_list("verbs")["become"][op.act.reading.verb]["rank"]
    allowed = sources(table, rank)
    yield {
        "from_sql": ", ".join(f"'{state}'" for state in allowed),
        "from_words": " or ".join(allowed),
        "from_id": "_or_".join(state.replace(" ", "_") for state in allowed),
    }


def _about_amounts(table: Table, op: Operation) -> Iterator[dict[str, Any]]:
    """A cap on the first amount or quantity that a tool takes and does not bound itself."""
    for b in op.bound:
        column = table.columns.get(b.column)
        if b.role not in ("column", "amount") or column is None or not b.required or b.field.maximum is not None:
            continue
        if column.declared.get("semantic_type") in ("money", "quantity", "duration"):
            money = column.type == "money"
            choices = column.choose or [1, 2, 3, 5]
            unit = "" if money else column.declared.get("unit", "")
            yield {
                "parameter": b.name,
                "cap_label": b.name.replace("_", " "),
                "cap_kind": "amount" if money else "quantity",
                "cap_type": "money" if money else "integer",
                "cap_unit": unit,
                "cap_values": [choices[-2]],
            }
            return
