"""What follows from a compiled contract without running it: who knows what, what results show, what calls touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from skiller_assets.contract.compile import CompiledContract, CompiledReturns, CompiledTool
from skiller_assets.contract.model import Contract, Entity, Parameter

Knower = Literal["nobody", "owner", "everyone"]


def canonical(contract: Contract, column: str) -> str:
    """The column in which a value originates: references followed to the end (``loan.book_id`` → ``book.book_id``)."""
    seen: set[str] = set()
    while column not in seen:
        seen.add(column)
        attribute = contract.attribute(column)
        if attribute is None or attribute.refers_to is None:
            break
        column = attribute.refers_to
    return column


def knower(contract: Contract, column: str) -> Knower:
    """Who knows a column's values without looking them up: declared, or by default the customer of their own person."""
    attribute = contract.attribute(column)
    table, _, name = column.partition(".")
    if attribute is None:
        return "nobody"
    if attribute.known is not None:
        return attribute.known
    entity = contract.entities.get(table)
    if isinstance(entity, Entity) and entity.kind == "person" and entity.role == "customer" and name not in entity.key:
        return "owner"
    return "nobody"


def owner_condition(contract: Contract, table: str, principal: str, alias: str | None = None) -> str | None:
    """An SQL condition that keeps the rows of ``table`` that belong to ``:me``, or None where nobody owns any."""
    key = contract.entities[principal].key[0]
    name = alias or table
    if table == principal:
        return f'"{name}"."{key}" = :me'
    declared = contract.tables[table]
    for column, attribute in declared.attributes.items():
        if attribute.refers_to == f"{principal}.{key}":
            return f'"{name}"."{column}" = :me'
    parent = contract.parent_of(table)
    if parent is None:
        return None
    inner = owner_condition(contract, parent, principal)
    links = [
        (column, a.refers_to.partition(".")[2])
        for column, a in declared.attributes.items()
        if a.refers_to and a.refers_to.startswith(f"{parent}.")
    ]
    if inner is None or not links:
        return None
    own, theirs = links[0]
    return f'"{name}"."{own}" IN (SELECT "{parent}"."{theirs}" FROM "{parent}" WHERE {inner})'


@dataclass(frozen=True)
class Argument:
    """A value that a call takes: a parameter, or a member of the objects in a list (``path`` of two)."""

    path: tuple[str, ...]
    parameter: Parameter
    column: str | None


def arguments_of(compiled: CompiledContract, tool: str) -> list[Argument]:
    """Every value that a tool takes, members of listed objects included; ``column`` is canonical."""
    contract = compiled.contract

    def column(p: Parameter) -> str | None:
        return canonical(contract, p.refers_to) if p.refers_to else None

    found = []
    for name, parameter in compiled.contract.tools[tool].parameters.items():
        if isinstance(parameter.items, dict):
            found += [Argument((name, member), p, column(p)) for member, p in parameter.items.items()]
        else:
            inner = parameter.items if isinstance(parameter.items, Parameter) else parameter
            found.append(Argument((name,), parameter, column(parameter) or column(inner)))
    return found


@dataclass(frozen=True)
class Shown:
    """A column of a result: where it stands (names of nested results, then its own), and the column it comes from."""

    path: tuple[str, ...]
    origin: str
    column: str


def shown_by(compiled: CompiledContract, tool: str) -> list[Shown]:
    """Every column of a tool's result that comes from a table, nested results included."""
    returns = compiled.tools[tool].returns
    return list(_shown(compiled.contract, returns, ())) if returns else []


def _shown(contract: Contract, returns: CompiledReturns, at: tuple[str, ...]) -> Iterator[Shown]:
    for column in returns.columns:
        if column.origin and contract.attribute(column.origin):
            yield Shown((*at, column.name), column.origin, canonical(contract, column.origin))
    for name, child in returns.children:
        yield from _shown(contract, child, (*at, name))


def reveals(compiled: CompiledContract, tool: str) -> frozenset[str]:
    """Canonical columns whose values a caller learns from a tool: what it shows, less what the caller had to give."""
    given = {a.column for a in arguments_of(compiled, tool)}
    return frozenset(s.column for s in shown_by(compiled, tool)) - given


def must_look_up(compiled: CompiledContract, tool: str) -> frozenset[str]:
    """Canonical columns that a tool takes and that no user can say."""
    found = set()
    for argument in arguments_of(compiled, tool):
        declared = argument.parameter
        inner = declared.items if isinstance(declared.items, Parameter) else declared
        refers_to = declared.refers_to or inner.refers_to
        if refers_to and argument.column and not sayable(compiled.contract, refers_to):
            found.add(argument.column)
    return frozenset(found)


def sayable(contract: Contract, column: str) -> bool:
    """Whether a user may know a column's values: themselves, or where the reference ends."""
    return any(knower(contract, c) != "nobody" for c in (column, canonical(contract, column)))


def rule_reads(tool: CompiledTool, rule_id: str, contract: Contract) -> frozenset[str]:
    """The ``table.column`` that a rule depends on, its ``let`` values included."""
    rule = next(r for r in tool.rules if r.rule.id == rule_id)
    reads = set(rule.statement.reads)
    lets = dict(tool.lets)
    waiting = [p for p in rule.statement.parameters if p in lets]
    while waiting:
        statement = lets[waiting.pop()]
        reads |= statement.reads
        waiting += [p for p in statement.parameters if p in lets]
    return frozenset(r for r in reads if contract.attribute(r))


def tool_reads(tool: CompiledTool) -> frozenset[str]:
    """Every ``table.column`` that a tool looks at."""
    return frozenset(column for statement in tool.statements for column in statement.reads)


def tool_writes(tool: CompiledTool) -> Mapping[str, frozenset[str]]:
    """For each table that a tool changes: the columns it sets; "" stands for rows that come or go."""
    found: dict[str, set[str]] = {}
    for effect in tool.effects:
        for _, table, column in effect.statement.writes:
            found.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in sorted(found.items())}
