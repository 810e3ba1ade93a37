"""Where values may leave a service and enter another: its outlets and inlets, by what kind of value they carry.

An outlet is a column that a customer's own records show; an inlet is a scalar argument of something a customer asks
for. A day, a moment, an amount of money and a thing that both services know are kinds that people carry from one
desk to the next; nothing else is proposed as a bridge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from skiller_assets.contract.analyse import canonical, owner_condition, shown_by
from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Contract, Entity, Parameter

Carried = Literal["day", "moment", "money", "thing"]
"""``day``: a date; ``moment``: a date with a time; ``thing``: a column of an entity that both services may know."""

_KIND_OF_TYPE: dict[str, Carried] = {"date": "day", "datetime": "moment", "money": "money"}


@dataclass(frozen=True)
class Outlet:
    """A column of a read's result, in records of the customer: ``column`` is canonical, ``origin`` as it is read.

    ``record`` is the table of the customer's records that the read lists.
    """

    tool: str
    path: tuple[str, ...]
    origin: str
    column: str
    carries: Carried
    record: str


@dataclass(frozen=True)
class Inlet:
    """An argument that takes a value of a kind; ``column`` (canonical) says of which thing, and is "" for others."""

    tool: str
    parameter: str
    carries: Carried
    column: str
    access: Literal["read", "write"]


@dataclass(frozen=True)
class Ports:
    """All outlets and inlets of a service, in the order of its tools."""

    outlets: tuple[Outlet, ...]
    inlets: tuple[Inlet, ...]


def ports_of(compiled: CompiledContract) -> Ports:
    """What a service can give to another one and take from it."""
    contract = compiled.contract
    asked_for = [name for name, tool in contract.tools.items() if tool.access != "authorize" and tool.voice.wants]
    outlets = [o for name in asked_for for o in _outlets(compiled, name)]
    inlets = [i for name in asked_for for i in _inlets(contract, name)]
    return Ports(tuple(outlets), tuple(inlets))


def _outlets(compiled: CompiledContract, tool: str) -> Iterator[Outlet]:
    contract = compiled.contract
    if contract.tools[tool].access != "read":
        return
    shown = shown_by(compiled, tool)
    principal = contract.principal_of(tool)
    record = _record(contract, principal, [c.origin for c in shown if len(c.path) == 1])
    if record is None:
        return
    for column in shown:
        attribute = contract.attribute(column.origin)
        if attribute is None or len(column.path) > 1:
            continue
        kind = _KIND_OF_TYPE.get(attribute.type)
        if kind is None and is_thing(contract, column.column):
            kind = "thing"
        if kind and attribute.semantic_type != "date_of_birth" and column.origin.partition(".")[0] != principal:
            yield Outlet(tool, column.path, column.origin, column.column, kind, record)


def _record(contract: Contract, principal: str, origins: Sequence[str]) -> str | None:
    """The table of the customer's own records that a result lists: the one whose key it shows, or the first."""
    tables = list(dict.fromkeys(origin.partition(".")[0] for origin in origins))
    owned = [t for t in tables if t != principal and owner_condition(contract, t, principal) is not None]
    keyed = [t for t in owned if {f"{t}.{k}" for k in contract.tables[t].key} <= set(origins)]
    return next(iter([*keyed, *owned]), None)


def _inlets(contract: Contract, tool: str) -> Iterator[Inlet]:
    declared = contract.tools[tool]
    if declared.access == "authorize":
        return
    for name, parameter in declared.parameters.items():
        column = canonical(contract, parameter.refers_to) if parameter.refers_to else ""
        kind = _taken(contract, parameter, column)
        if kind:
            yield Inlet(tool, name, kind, column if kind == "thing" else "", declared.access)


def _taken(contract: Contract, parameter: Parameter, column: str) -> Carried | None:
    if not column:
        return _KIND_OF_TYPE.get(parameter.type)
    return "thing" if parameter.type != "list" and is_thing(contract, column) else None


def is_thing(contract: Contract, column: str) -> bool:
    """Whether a column names something that exists on its own: the key or the name of a peripheral entity."""
    table, _, name = column.partition(".")
    entity = contract.entities.get(table)
    if not isinstance(entity, Entity) or entity.kind != "peripheral":
        return False
    return name in entity.key or entity.attributes[name].unique
