"""A tool of a draft: parameters, rules, effects and results in the contract language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skiller_assets.contract.english import with_article
from skiller_assets.ontology.tool_pool import statements, talk
from skiller_assets.ontology.tool_pool.bind import Bound, Operation, spelled
from skiller_assets.ontology.tool_pool.schema import Schema, Table
from skiller_assets.ontology.tool_pool.words import word_list


def tool_of(schema: Schema, op: Operation, columns: Sequence[str], rules: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A tool of the pool on the schema, with its public name and what is left of its parameters."""
    table = schema.tables[op.act.table]
    tool: dict[str, Any] = {
        "access": "write" if op.writes else "read",
        "describe": sentence(op.act.tool.describe) or sentence(f"{op.act.reading.verb} {table.noun}"),
    }
    if op.bound:
        tool["parameters"] = {b.name: _parameter(schema, table, op, b) for b in op.bound}
    if op.deed == "create":
        tool["creates"] = {statements.new_name(table): table.name}
    if rules:
        tool["rules"] = list(rules)
    if op.writes:
        tool["effects"] = _effects(schema, table, op, columns)
        tool["returns"] = statements.returned(schema, table, op, columns)
    elif op.deed in ("list", "look"):
        tool["returns"] = {"many": statements.listing(schema, table, columns, op.bound)}
    else:
        found = statements.where(schema, table, op.locator)
        tool["returns"] = {"one": f"{statements.select(schema, table, columns)} WHERE {found}"}
    tool["voice"] = talk.voice(schema, op)
    return tool


def sentence(text: str) -> str:
    """A published description as sentences: its first two, capital letter and full stop."""
    plain = spelled(text)
    kept = ". ".join(part.strip() for part in plain.split(". ")[:2]).rstrip(". ")
    return f"{kept[:1].upper()}{kept[1:]}." if len(kept) > 2 else ""


def _parameter(schema: Schema, table: Table, op: Operation, b: Bound) -> dict[str, Any]:
    other = schema.tables[b.table]
    label = b.name.replace("_", " ")
    declared: dict[str, Any] = {"describe": sentence(b.field.describe) or f"{label.capitalize()}."}
    if b.role in ("key", "reference"):
        is_key = b.column == other.key
        declared |= {"type": "id" if is_key else "text", "refers_to": f"{b.table}.{b.column}"}
        if not is_key:
            declared["phrase"] = (
                "with {value}" if other.noun.split()[-1] in word_list("verbs")["staff"] else "for {value}"
            )
    elif b.column == "status":
        declared |= {"type": "text", "enum": [table.initial, *sorted(table.states)]}
    elif b.column == "created_on":
        declared |= {"type": "date", "choose": _DATES[b.role], "label": _SIDE[b.role]}
    else:
        declared |= _like_column(table, op, b)
    if not b.required:
        declared["optional"] = True
    return {"type": declared.pop("type"), **declared}


_DATES = {
    "low": "SELECT date(:now, '-14 days') UNION SELECT date(:now, '-30 days')",
    "high": "SELECT date(:now, '-7 days') UNION SELECT date(:now)",
}
_SIDE = {"low": "first day", "high": "last day"}


def _like_column(table: Table, op: Operation, b: Bound) -> dict[str, Any]:
    """The declaration of a parameter that fills a column, or by which rows are found."""
    column = table.columns[b.column]
    kept = {k: column.declared[k] for k in ("type", "enum", "minimum", "maximum", "unit") if k in column.declared}
    kept.pop("unit", None)
    if b.role in ("low", "high"):
        side = "lowest" if b.role == "low" else "highest"
        return {"type": kept["type"], "choose": column.choose, "label": f"{side} {b.column.replace('_', ' ')}"}
    if column.type == "list":
        kept["items"] = {"type": "text", "describe": f"One of the {b.name.replace('_', ' ')}."}
    some = f"SELECT DISTINCT {b.column} FROM {table.name} WHERE {b.column} IS NOT NULL ORDER BY {b.column} LIMIT 15"
    if b.role == "amount":
        kept |= {"minimum": 1, "choose": [40.0, 75.0, 120.0, 250.0, 400.0], "phrase": "of {value}"}
    elif "enum" not in kept and column.type != "boolean":
        kept["choose"] = column.choose if op.writes and column.choose is not None else some
    if "phrase" in column.declared and "phrase" not in kept:
        kept["phrase"] = column.declared["phrase"]
    if op.deed == "update":
        said = "“{value}”" if column.declared.get("semantic_type") in ("title", "free_text") else "{value}"
        kept["phrase"] = f"to {said}" if b.required else f"with the new {b.column.replace('_', ' ')} {said}"
    return kept


def _effects(schema: Schema, table: Table, op: Operation, columns: Sequence[str]) -> list[dict[str, Any]]:
    noun, lists = table.noun, word_list("verbs")
    given = [b for b in op.bound if b.role == "column"]
    if op.deed == "create":
        says = f"{with_article(noun).capitalize()} is kept, {table.initial} and dated today."
        return [{"says": says, "sql": statements.insertion(schema, table, op, columns), "rows": "one"}]
    if op.deed == "delete":
        return [{"says": f"The {noun} is removed.", "sql": statements.deletion(schema, table, op), "rows": "one"}]
    sets = [f"{b.column} = :{b.name}" if b.required else f"{b.column} = coalesce(:{b.name}, {b.column})" for b in given]
    if op.deed == "update":
        said = " and ".join(f"the {b.column.replace('_', ' ')}" for b in given)
        says = f"What was asked for becomes {said} of the {noun}, and the change is dated today."
        sets.append("updated_on = date(:now)")
    elif op.deed == "become":
        state = lists["become"][op.act.reading.verb]["state"]
        says = f"The {noun} is {state}."
        sets.append(f"status = '{state}'")
    elif op.deed == "switch":
        spec = lists["switch"][op.act.reading.verb]
        says = f"The {noun} is {spec['done']}."
        sets.append(f"{spec['flag']} = {spec['value']}")
    else:
        amount = op.of_role("amount")[0]
        sign, word = ("+", "added to") if op.deed == "add" else ("-", "taken from")
        says = f"The amount is {word} the {amount.column.replace('_', ' ')} of the {noun}."
        sets.append(f"{amount.column} = {amount.column} {sign} :{amount.name}")
    return [{"says": says, "sql": statements.update(schema, table, op, sets), "rows": "one"}]
