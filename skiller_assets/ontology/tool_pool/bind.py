"""What every parameter of a tool means on the schema: which row it finds, which column it fills or narrows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from skiller_assets.ontology.tool_pool.families import Column
from skiller_assets.ontology.tool_pool.model import Field
from skiller_assets.ontology.tool_pool.schema import (
    Act,
    Schema,
    Table,
    bare,
    column_name,
    is_bounding,
    referred,
)
from skiller_assets.ontology.tool_pool.words import is_technical, lemmas

Role = Literal["key", "reference", "column", "low", "high", "words", "amount"]
Deed = Literal[
    "list", "look", "get", "detail", "single", "create", "update", "delete", "add", "take", "become", "switch"
]


@dataclass(frozen=True)
class Bound:
    """A parameter with its role. ``table`` and ``column`` are what it is compared with or fills."""

    field: Field
    role: Role
    table: str
    column: str
    required: bool

    @property
    def name(self) -> str:
        """The parameter's name in the contract and in SQL."""
        return self.field.name


@dataclass(frozen=True)
class Operation:
    """A tool as a deed on one table.

    ``locator`` is the parameter that finds the row; without one it is the only row that the person has.
    """

    act: Act
    deed: Deed
    bound: tuple[Bound, ...]
    locator: Bound | None
    dropped: tuple[str, ...]

    @property
    def name(self) -> str:
        """The tool's name in the contract."""
        return self.act.tool.name

    @property
    def writes(self) -> bool:
        """Whether the deed changes something."""
        return self.deed not in ("list", "look", "get", "detail", "single")

    def of_role(self, *roles: Role) -> list[Bound]:
        """The parameters that have one of some roles."""
        return [b for b in self.bound if b.role in roles]


_SEARCHED = ("title", "free_text", "description")


class NoOperation(Exception):
    """A tool that cannot be a read or a write on its table; the text says why."""


def bind_all(schema: Schema) -> list[Operation]:
    """Every act as an operation; those that cannot be one move to the schema's ``left_out``."""
    mark_single(schema)
    found = []
    for act in schema.acts:
        try:
            found.append(bind(schema, act))
        except NoOperation as problem:
            schema.left_out[act.tool.name] = str(problem)
    return found


def mark_single(schema: Schema) -> None:
    """A record that tools change but never begin or point to is one that everybody has exactly once (a balance)."""
    for table in schema.records():
        acts = [act for act in schema.acts if act.table == table.name]
        pointed = any(_finds_row(schema, table, f) for act in acts if act.reading.writes for f in act.tool.parameters)
        changed = any(act.reading.writes for act in acts)
        table.single = changed and not pointed and not any(act.reading.kind == "create" for act in acts)
        if table.single:
            table.refers.clear()


def bind(schema: Schema, act: Act) -> Operation:
    """An act as an operation. Raises NoOperation."""
    table = schema.tables[act.table]
    bound: list[Bound] = []
    dropped: list[str] = []
    for f in act.tool.parameters:
        found = _bound(schema, act, table, f)
        taken = {(b.role, b.table, b.column) for b in bound}
        if isinstance(found, Bound) and (found.role, found.table, found.column) not in taken:
            bound.append(found)
        else:
            dropped.append(f"{f.path}: {found if isinstance(found, str) else 'means the same as another parameter'}")
    if act.reading.writes:
        return _write(table, act, bound, dropped)
    return _read(table, act, bound, dropped)


def _finds_row(schema: Schema, table: Table, f: Field) -> bool:
    words = bare(lemmas(f.name))
    target = referred(schema, table, words)
    return target is not None and (target == table.name or target in table.refers)


def _bound(schema: Schema, act: Act, table: Table, f: Field) -> Bound | str:
    """A parameter with its role, or why it has none."""
    words = bare(lemmas(f.name))
    target = referred(schema, table, words) if f.type in ("string", "integer") else None
    if target is not None:
        return _reference(schema, table, target, words, f)
    if is_technical(f.name):
        return "is about the call, which the server sees to"
    if schema.is_person_named(words):
        return "is the person who is authorized"
    if words[-1:] == ("id",):
        return "identifies something that no tool of the community is about"
    kind = act.reading.kind
    if kind in ("add", "take"):
        return _amount(table, f)
    if words == ("status",) and table.kind == "record" and not act.reading.writes:
        return Bound(f, "column", table.name, "status", f.required)
    if is_bounding(f.name) and not act.reading.writes:
        return _bounding(table, f)
    column = table.columns.get(column_name(table, f.name))
    if column is not None and _same_type(column, f):
        if column.type == "list" and not act.reading.writes:
            return "is a list, by which nothing is looked up"
        if kind == "delete":
            return "would be kept nowhere"
        return Bound(f, "column", table.name, column.name, f.required and kind != "update")
    searched = next((c for c in table.columns.values() if c.declared.get("semantic_type") in _SEARCHED), None)
    if not act.reading.writes and set(words) & {"keyword", "query", "term", "text", "search"} and searched:
        return Bound(f, "words", table.name, searched.name, f.required)
    return "says nothing that the schema keeps"


def _reference(schema: Schema, table: Table, target: str, words: Sequence[str], f: Field) -> Bound | str:
    other = schema.tables[target]
    column = other.key
    if words[-1] not in ("id", "number", "code"):
        if other.kind == "record":
            return "names a record by something else than its id"
        column = "symbol" if words[-1] == "symbol" and "symbol" in other.columns else "name"
    if target == table.name:
        return Bound(f, "key", target, column, True)
    if target in table.refers:
        return Bound(f, "reference", target, column, f.required)
    return f"refers to {other.noun}, which {table.noun} does not"


def _amount(table: Table, f: Field) -> Bound | str:
    money = next((c for c in table.columns.values() if c.type == "money"), None)
    if money is not None and f.type in ("number", "integer"):
        return Bound(f, "amount", table.name, money.name, True)
    return "is no amount"


def _bounding(table: Table, f: Field) -> Bound | str:
    """``min_price``, ``end_date``: a bound on the column of that name, or on the day on which the record was made."""
    first, *rest = f.name.split("_")
    role: Role = "low" if first in ("min", "start", "from", "since") else "high"
    column = table.columns.get("_".join(rest))
    if column is not None and column.type in ("money", "integer", "number", "date", "datetime"):
        return Bound(f, role, table.name, column.name, f.required)
    if f.type == "string" and (not rest or set(rest) & {"date", "time", "day"}) and table.kind == "record":
        return Bound(f, role, table.name, "created_on", f.required)
    return "bounds nothing that the schema keeps"


def _same_type(column: Column, f: Field) -> bool:
    if column.type == "list":
        return f.type == "array"
    return f.type in {"boolean": ("boolean",)}.get(column.type, ("string", "integer", "number"))


def _read(table: Table, act: Act, bound: list[Bound], dropped: list[str]) -> Operation:
    key = next((b for b in bound if b.role == "key"), None)
    if table.single:
        return Operation(act, "single", (), None, (*dropped, *(f"{b.field.path}: there is only one" for b in bound)))
    if key is not None and act.reading.kind == "one":
        others = (f"{b.field.path}: the row is found without it" for b in bound if b is not key)
        return Operation(act, "get" if table.kind == "record" else "detail", (key,), key, (*dropped, *others))
    return Operation(act, "list" if table.kind == "record" else "look", tuple(bound), None, tuple(dropped))


def _write(table: Table, act: Act, bound: list[Bound], dropped: list[str]) -> Operation:
    kind = act.reading.kind
    assert kind in ("create", "update", "delete", "add", "take", "become", "switch")
    if kind == "create":
        kept = [b for b in bound if b.role != "key"]
        dropped += [f"{b.field.path}: the service gives out new ids itself" for b in bound if b.role == "key"]
        if not kept:
            raise NoOperation("nothing is left of its parameters that a new record could hold")
        return Operation(act, kind, tuple(kept), None, tuple(dropped))
    locator = next((b for b in bound if b.role == "key"), None)
    if locator is None and kind in ("delete", "become"):
        locator = next((b for b in bound if b.role == "reference"), None)
    if locator is None and not table.single:
        raise NoOperation(f"nothing in its parameters says which {table.noun} is meant")
    rest = [b for b in bound if b is not locator and b.role in ("column", "amount")]
    dropped += [f"{b.field.path}: is not changed here" for b in bound if b is not locator and b not in rest]
    if kind == "update" and not rest:
        raise NoOperation("nothing is left of its parameters that could be changed")
    if kind in ("add", "take") and not any(b.role == "amount" for b in rest):
        raise NoOperation("it takes no amount")
    if kind == "update" and len(rest) == 1:
        rest = [_required(rest[0])]
    kept = rest if locator is None else [_required(locator), *rest]
    return Operation(act, kind, tuple(kept), locator and _required(locator), tuple(dropped))


def _required(b: Bound) -> Bound:
    return Bound(b.field, b.role, b.table, b.column, True)


def spelled(text: str) -> str:
    """A published description as one sentence of a contract: no braces, which would quote constants."""
    return re.sub(r"[{}]", "", " ".join(text.split()))
