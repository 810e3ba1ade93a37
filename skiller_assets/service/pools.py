"""Values to try as arguments: a person's own records first, then others', then what does not exist."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.ids import format_of
from skiller_assets.contract.model import Contract, Parameter
from skiller_assets.contract.values import JsonValue, decoder
from skiller_assets.world.draw import digest64
from skiller_assets.world.image import World
from skiller_assets.world.session import Session

ABSENT = object()
"""An optional argument that is left out."""

_TEXT = "As discussed."
_STRANGER = "Nowhere in particular"
_LIST_STARTS = 6
_MOST_READ = 5000
_DAYS = (-400, -40, -1, 0, 1, 40, 400)
"""Days from now to try as dates, besides those that people plausibly ask for."""

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Width:
    """How far to look: how many people, how many of their own values and of others' for each parameter."""

    people: int
    own: int
    others: int


def shuffled(items: Iterable[_Item], *words: object) -> list[_Item]:
    """The items in an order that depends on them and the words only."""
    return sorted(items, key=lambda item: digest64(*words, repr(item)))


class Pools:
    """Candidates for the parameters of a world's tools; what others have is read from the untouched world, once."""

    def __init__(self, world: World) -> None:
        self._contract: Contract = world.contract
        self._tables = world.contract.tables
        self._base = world.open()
        self._all: dict[tuple[str, str], list[JsonValue]] = {}
        self._conditions: dict[tuple[str, str], str | None] = {}
        self._nowhere: dict[str, list[JsonValue]] = {}

    def of(
        self,
        session: Session,
        tool: CompiledTool,
        width: Width,
        others: Mapping[str, Sequence[JsonValue]] | None = None,
    ) -> dict[str, tuple[Any, ...]]:
        """For each parameter the values to try for whoever the session serves, distinct and in a fixed order.

        ``others`` replaces, for some parameters, what is taken from other people's and nobody's records.
        """
        found = {}
        for name, parameter in tool.tool.parameters.items():
            values = self._values(session, tool, name, parameter, width)
            if others and name in others:
                own = self.own(session, tool.principal, str(parameter.refers_to))[: width.own]
                values = [*own, *others[name][: width.others], *values[: width.others]]
            values += [ABSENT] if parameter.optional else []
            found[name] = tuple({repr(value): value for value in values}.values())
        return found

    def everybody(self, tool: CompiledTool, name: str) -> list[JsonValue]:
        """All values that a parameter may take by its reference; none for one that refers to nothing."""
        refers_to = tool.tool.parameters[name].refers_to
        return self._everybody(f"{tool.name} {name}", refers_to) if refers_to else []

    def own(self, session: Session, principal: str, column: str) -> list[JsonValue]:
        """The values of a column in the records of whoever the session serves."""
        table = column.partition(".")[0]
        if (table, principal) not in self._conditions:
            self._conditions[table, principal] = owner_condition(self._contract, table, principal)
        condition = self._conditions[table, principal]
        me = session.me.get(principal)
        if condition is None or me is None:
            return []
        return shuffled(self._read(session, column, condition, {"me": me}), "own", me)

    def _values(
        self, session: Session, tool: CompiledTool, name: str, parameter: Parameter, width: Width
    ) -> list[JsonValue]:
        if parameter.type == "list":
            return self._lists(session, tool, name, parameter, width)
        if parameter.enum is not None:
            return list(parameter.enum)
        if parameter.type == "boolean":
            return [True, False]
        chosen = self._chosen(session, tool, name, parameter)[: width.others]
        if parameter.refers_to:
            own = self.own(session, tool.principal, parameter.refers_to)[: width.own]
            everybody = self._everybody(f"{tool.name} {name}", parameter.refers_to)
            others = [v for v in everybody[: width.others + len(own)] if v not in own][: width.others]
            return [*chosen, *own, *others, *self._strangers(parameter.refers_to)]
        if parameter.type in ("date", "datetime"):
            same = [(n, p) for n, p in tool.tool.parameters.items() if p.type == parameter.type and n != name]
            chosen += [v for n, p in same for v in self._chosen(session, tool, n, p)[: width.others]]
            chosen += [_moment(session, parameter.type, days) for days in _DAYS]
        return chosen + _bounds(parameter) or [_SAMPLES.get(parameter.type, _TEXT)]

    def _chosen(self, session: Session, tool: CompiledTool, name: str, parameter: Parameter) -> list[JsonValue]:
        if not isinstance(parameter.choose, str):
            return list(parameter.choose or ())
        decode = decoder(parameter.type)
        rows = session.query(parameter.choose, {"me": session.me.get(tool.principal)})
        values = [decode(row[0]) if decode else row[0] for row in rows if row[0] is not None]
        return shuffled(values, "chosen", tool.name, name)

    def _everybody(self, words: str, column: str) -> list[JsonValue]:
        if (words, column) not in self._all:
            self._all[words, column] = shuffled(self._read(self._base, column, "1", {}), words)
        return self._all[words, column]

    def _read(self, session: Session, column: str, where: str, bindings: Mapping[str, Any]) -> list[JsonValue]:
        table, _, field = column.partition(".")
        decode = decoder(self._tables[table].attributes[field].type)
        sql = f'SELECT DISTINCT "{field}" FROM "{table}" WHERE {where} ORDER BY 1 LIMIT {_MOST_READ}'
        return [decode(v) if decode else v for (v,) in session.query(sql, bindings) if v is not None]

    def _strangers(self, column: str) -> list[JsonValue]:
        """What looks right and is nowhere: the last free key that the format spells, a text that nobody wrote."""
        if column not in self._nowhere:
            self._nowhere[column] = self._made_up(column)
        return self._nowhere[column]

    def _made_up(self, column: str) -> list[JsonValue]:
        attribute = self._contract.attribute(column)
        while attribute is not None and attribute.refers_to is not None:
            column = attribute.refers_to
            attribute = self._contract.attribute(column)
        if attribute is None or attribute.type not in ("id", "text"):
            return []
        if attribute.type == "text":
            return [_STRANGER]
        keys = format_of(column.partition(".")[0], attribute.format)
        known = set(self._read(self._base, column, "1", {}))
        return [key for key in (keys.at(keys.size - 1 - i) for i in range(len(known) + 1)) if key not in known][:1]

    def _lists(
        self, session: Session, tool: CompiledTool, name: str, parameter: Parameter, width: Width
    ) -> list[JsonValue]:
        low = parameter.min_items if parameter.min_items is not None else 1
        high = parameter.max_items if parameter.max_items is not None else 50
        items = self._items(session, tool, name, parameter, width)
        sizes = sorted({size for size in (low, 1, 2, 3) if max(low, 1) <= size <= min(high, len(items))})
        starts = range(min(_LIST_STARTS, len(items)))
        built = [items[start : start + size] for size in sizes for start in starts if start + size <= len(items)]
        chosen = [value for value in self._chosen(session, tool, name, parameter) if isinstance(value, list)]
        return [*chosen, *built, *([[]] if low == 0 else [])]

    def _items(
        self, session: Session, tool: CompiledTool, name: str, parameter: Parameter, width: Width
    ) -> list[JsonValue]:
        if parameter.items is None:
            return [_TEXT]
        if isinstance(parameter.items, Parameter):
            return self._values(session, tool, name, parameter.items, width)
        members = {
            n: self._values(session, tool, f"{name} {n}", p, width) + ([ABSENT] if p.optional else [])
            for n, p in parameter.items.items()
        }
        count = max(len(values) for values in members.values())
        records = [{n: values[i % len(values)] for n, values in members.items()} for i in range(count)]
        return [arguments(record) for record in records]


_SAMPLES: Mapping[str, JsonValue] = {"time": "10:00"}


def _moment(session: Session, type_: str, days: int) -> JsonValue:
    """The day (or the same time of the day) so many days from the world's now."""
    pattern = "%Y-%m-%d" if type_ == "date" else "%Y-%m-%dT%H:%M:%S"
    return session.query("SELECT strftime(:pattern, :now, :days || ' days')", {"pattern": pattern, "days": days})[0][0]


def _bounds(parameter: Parameter) -> list[JsonValue]:
    """Values at and between the bounds of a number; what lies outside is another matter (bad arguments)."""
    if parameter.type not in ("integer", "number", "money"):
        return []
    low = parameter.minimum if parameter.minimum is not None else 1
    high = parameter.maximum if parameter.maximum is not None else low + 100
    steps = [low, low + 1, low + (high - low) // 2, high]
    return [int(v) if parameter.type == "integer" else float(v) for v in steps if low <= v <= high]


def arguments(choice: Mapping[str, Any]) -> dict[str, JsonValue]:
    """The arguments of a call from one value for each parameter."""
    return {name: value for name, value in choice.items() if value is not ABSENT}


def sample(pool: Mapping[str, Sequence[Any]], count: int, *words: object) -> list[dict[str, JsonValue]]:
    """Some argument combinations, distinct, in an order fixed by the words."""
    if any(not values for values in pool.values()):
        return []
    found: dict[str, dict[str, JsonValue]] = {}
    for i in range(count):
        choice = {name: values[digest64(*words, name, i) % len(values)] for name, values in pool.items()}
        taken = arguments(choice)
        found.setdefault(json.dumps(taken, sort_keys=True), taken)
    return list(found.values())
