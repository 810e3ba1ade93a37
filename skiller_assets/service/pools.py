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
from skiller_assets.world.session import Session

ABSENT = object()
"""An optional argument that is left out."""

_SAMPLE_TEXT = "As discussed."
_MOST_OWN = 12
_LISTS = 6
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Pool:
    """The values to try for each parameter of one tool."""

    values: Mapping[str, tuple[Any, ...]]

    def size(self) -> int:
        """How many combinations there are."""
        product = 1
        for values in self.values.values():
            product *= len(values)
        return product


def shuffled(items: Iterable[_Item], *words: object) -> list[_Item]:
    """The items in an order that depends on them and the words only."""
    return sorted(items, key=lambda item: digest64(*words, repr(item)))


def make_pool(session: Session, contract: Contract, tool: CompiledTool, others: int) -> Pool:
    """Candidates for whoever the session serves; ``others`` bounds what does not belong to them."""
    maker = _Maker(session, contract, tool, others)
    return Pool({name: tuple(maker.optional(name, p)) for name, p in tool.tool.parameters.items()})


class _Maker:
    def __init__(self, session: Session, contract: Contract, tool: CompiledTool, others: int) -> None:
        self._session = session
        self._contract = contract
        self._tool = tool
        self._me = session.me.get(tool.principal)
        self._others = others

    def optional(self, name: str, parameter: Parameter) -> list[Any]:
        """Distinct candidates; absence is one where it is allowed."""
        found = self.of(name, parameter) + ([ABSENT] if parameter.optional else [])
        return list({repr(value): value for value in found}.values())

    def of(self, name: str, parameter: Parameter) -> list[JsonValue]:
        """Candidates for one value."""
        if parameter.type == "list":
            return self._lists(name, parameter)
        if parameter.enum is not None:
            return list(parameter.enum)
        if parameter.type == "boolean":
            return [True, False]
        chosen = self._chosen(name, parameter)
        if parameter.refers_to:
            return [*chosen, *self._column(name, parameter.refers_to)]
        return chosen + self._bounds(parameter) or [_SAMPLES.get(parameter.type, _SAMPLE_TEXT)]

    def _chosen(self, name: str, parameter: Parameter) -> list[JsonValue]:
        if not isinstance(parameter.choose, str):
            return list(parameter.choose or ())
        decode = decoder(parameter.type)
        rows = self._session.query(parameter.choose, {"me": self._me})
        values = [decode(row[0]) if decode else row[0] for row in rows if row[0] is not None]
        return shuffled(values, "chosen", self._tool.name, name)[: self._others]

    def _column(self, name: str, column: str) -> list[JsonValue]:
        table, _, field = column.partition(".")
        attribute = self._contract.attribute(column)
        if attribute is None:
            return []
        decode = decoder(attribute.type)

        def read(where: str) -> list[JsonValue]:
            rows = self._session.query(f'SELECT DISTINCT "{field}" FROM "{table}" WHERE {where}', {"me": self._me})
            return [decode(v) if decode else v for (v,) in rows if v is not None]

        condition = owner_condition(self._contract, table, self._tool.principal) if self._me is not None else None
        own = shuffled(read(condition), "own", self._me)[:_MOST_OWN] if condition else []
        rest = shuffled(read(f"NOT ({condition})" if condition else "1"), "others", self._tool.name, name, self._me)
        strange = [self._stranger(column)] if attribute.type == "id" else []
        return [*own, *rest[: self._others], *strange]

    def _stranger(self, column: str) -> str:
        """A well-formed key that no record has: the last that the format spells."""
        table, _, field = column.partition(".")
        attribute = self._contract.attribute(column)
        while attribute is not None and attribute.refers_to is not None:
            table, _, field = attribute.refers_to.partition(".")
            attribute = self._contract.attribute(attribute.refers_to)
        declared = attribute.format if attribute else None
        keys = format_of(table, declared)
        return keys.at(keys.size - 1)

    def _bounds(self, parameter: Parameter) -> list[JsonValue]:
        if parameter.type not in ("integer", "number", "money"):
            return []
        low = parameter.minimum if parameter.minimum is not None else 1
        high = parameter.maximum if parameter.maximum is not None else low + 100
        steps = [low, low + 1, low + (high - low) // 2, high]
        within = [value for value in steps if low <= value <= high]
        return [int(v) if parameter.type == "integer" else float(v) for v in within]

    def _lists(self, name: str, parameter: Parameter) -> list[JsonValue]:
        low = parameter.min_items if parameter.min_items is not None else 1
        high = parameter.max_items if parameter.max_items is not None else 50
        chosen = [value for value in self._chosen(name, parameter) if isinstance(value, list)]
        items = self._items(name, parameter)
        sizes = [size for size in (low, 1, 2, 3) if low <= size <= min(high, len(items))]
        built = [items[start : start + size] for size in sizes for start in range(0, min(_LISTS, len(items)), size)]
        return chosen + [value for value in built if low <= len(value) <= high] + ([[]] if low == 0 else [])

    def _items(self, name: str, parameter: Parameter) -> list[JsonValue]:
        if not isinstance(parameter.items, dict):
            return self.of(name, parameter.items) if parameter.items else [_SAMPLE_TEXT]
        members = {n: self.of(n, p) for n, p in parameter.items.items()}
        count = max((len(values) for values in members.values()), default=0)
        return [{n: values[i % len(values)] for n, values in members.items() if values} for i in range(count)]


_SAMPLES: Mapping[str, JsonValue] = {"date": "2025-03-12", "datetime": "2025-03-12T10:00:00", "time": "10:00"}


def arguments(choice: Mapping[str, Any]) -> dict[str, JsonValue]:
    """The arguments of a call from one value for each parameter."""
    return {name: value for name, value in choice.items() if value is not ABSENT}


def sample(pool: Pool, count: int, *words: object) -> list[dict[str, JsonValue]]:
    """Some argument combinations, distinct, in an order fixed by the words."""
    found: dict[str, dict[str, JsonValue]] = {}
    for i in range(count):
        choice = {name: _pick(values, *words, name, i) for name, values in pool.values.items() if values}
        if len(choice) == len(pool.values):
            taken = arguments(choice)
            found.setdefault(json.dumps(taken, sort_keys=True), taken)
    return list(found.values())


def _pick(values: Sequence[Any], *words: object) -> Any:
    return values[digest64(*words) % len(values)]
