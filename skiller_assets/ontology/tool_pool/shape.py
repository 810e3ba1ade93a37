"""What every tool adds to its table: columns, references, states, switches."""

from __future__ import annotations

from collections.abc import Iterable

from skiller_assets.ontology.tool_pool.families import Column, column_of
from skiller_assets.ontology.tool_pool.model import Field
from skiller_assets.ontology.tool_pool.schema import Act, Schema, Table, bare, column_name, is_bounding, referred
from skiller_assets.ontology.tool_pool.words import is_technical, lemmas, word_list

MOST_COLUMNS = 7
_ENDS_OF_OPEN = {"closed", "resolved"}
"""What is closed or resolved in the end was open before."""


def shape(schema: Schema, act: Act) -> None:
    """What a tool adds to its table: columns, references, states, switches."""
    lists, table, reading = word_list("verbs"), schema.tables[act.table], act.reading
    if reading.kind == "create":
        table.initial = lists["initial"].get(reading.verb, lists["initial"]["otherwise"])
        table.made_by = reading.verb
    if reading.kind == "become":
        spec = lists["become"][reading.verb]
        table.states[spec["state"]] = spec["rank"]
    if reading.kind == "switch":
        spec = lists["switch"][reading.verb]
        table.switches[spec["flag"]] = spec["done"] if spec["value"] else spec["undone"]
    if reading.kind in ("add", "take") and not any(c.type == "money" for c in table.columns.values()):
        table.columns["balance"] = _known_column(Field("balance", "balance", "number"))
    for f in (*act.tool.parameters, *_kept_results(act)):
        _shape_field(schema, act, table, f)


def _kept_results(act: Act) -> Iterable[Field]:
    """Results that describe the record; what a call says about itself (``success``) is no property of it."""
    about_the_call = {"success", "message", "result", "error", "status", "state", "code", "response", "ok"}
    own = act.reading.kind in ("one", "many") and not act.reading.facet.startswith("stat")
    return [f for f in act.tool.results if own and not set(lemmas(f.name)) & about_the_call]


def _shape_field(schema: Schema, act: Act, table: Table, f: Field) -> None:
    words = bare(lemmas(f.name))
    target = referred(schema, table, words) if f.type in ("string", "integer") else None
    if target is not None and words[-1] == "symbol" and schema.tables[target].kind == "thing":
        schema.tables[target].columns.setdefault("symbol", _known_column(Field("symbol", "symbol", "string")))
    if target is not None and target != table.name:
        fits = table.kind == "record" and target not in table.refers
        if fits and not _circular(schema, target, table.name):
            table.refers.append(target)
        return
    if target == table.name or schema.is_person_named(words) or is_technical(f.name):
        return
    if is_bounding(f.name) and f.type == "string" and not act.reading.writes:
        return
    if words[-1:] in (("id",), ("status",), ("state",)) or act.reading.kind in ("add", "take"):
        return
    name = column_name(table, f.name)
    column = column_of(f, name)
    if column and name not in table.columns and len(table.columns) < MOST_COLUMNS:
        table.columns[name] = column


def _circular(schema: Schema, target: str, table: str) -> bool:
    seen, waiting = set(), [target]
    while waiting:
        name = waiting.pop()
        if name == table:
            return True
        if name not in seen:
            seen.add(name)
            waiting += schema.tables[name].refers
    return False


def finish(table: Table) -> None:
    """States for every record, and a name for every thing."""
    if table.kind == "record":
        if table.initial == "active" and set(table.states) & _ENDS_OF_OPEN:
            table.initial = "open"
        table.states.pop(table.initial, None)
        if not table.states:
            table.states["closed"] = 9
    elif "name" not in table.columns:
        table.columns = {"name": _known_column(Field("name", "name", "string")), **table.columns}


def _known_column(f: Field) -> Column:
    """The column of a field that ``data/columns.yaml`` has a family for."""
    column = column_of(f)
    assert column is not None, f.name
    return column
