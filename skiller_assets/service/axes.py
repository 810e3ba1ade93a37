"""Along what a call can be moved until a rule tips over: constants, the clock, arguments that have an order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from skiller_assets.contract.compile import CompiledContract, CompiledTool
from skiller_assets.contract.sql import Statement
from skiller_assets.contract.values import SqlValue

_HOUR, _DAY = 3600, 86400
_CLOCK = tuple(sorted(s * d for s in (-1, 1) for d in (0, _HOUR, 6 * _HOUR, _DAY, 4 * _DAY, 15 * _DAY, 60 * _DAY)))
_DAYS = (-400, -40, -7, -1, 0, 1, 7, 40, 400)
_HUNDREDTHS = 100
_LARGE = 10_000
_MOST_MOVES = 3
"""How many changes of one predicate along one axis are followed down to neighbours."""


@dataclass(frozen=True)
class Axis:
    """A name that predicates bind, whole numbers to begin with, and the value that a whole number stands for."""

    name: str
    marks: tuple[int, ...]
    value: Callable[[int], SqlValue]


def axes_of(
    compiled: CompiledContract, tool: CompiledTool, now: str, first: Statement, second: Statement
) -> list[Axis]:
    """The axes along which both predicates can tip over; what only one of them looks at is not moved."""
    names = sorted(bound_by(tool, first) & bound_by(tool, second))
    return [axis for name in names if (axis := _axis(compiled, tool, now, name)) is not None]


def bound_by(tool: CompiledTool, statement: Statement) -> set[str]:
    """The names that a statement depends on, ``let`` values followed to what they depend on."""
    lets = dict(tool.lets)
    found: set[str] = set()
    for name in statement.parameters:
        found |= bound_by(tool, lets[name]) if name in lets else {name}
    return found


def turning_points(marks: Sequence[int], truth: Callable[[int], bool | None]) -> Iterator[tuple[int, int]]:
    """Neighbouring whole numbers between which a predicate changes, a few, found by halving between the marks."""
    moves = [(a, b) for a, b in pairwise(marks) if truth(a) != truth(b)]
    for low, high in moves[:_MOST_MOVES]:
        left = truth(low)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if truth(middle) == left else (low, middle)
        yield low, high


def _axis(compiled: CompiledContract, tool: CompiledTool, now: str, name: str) -> Axis | None:
    if name == "now":
        return Axis("now", tuple(dict.fromkeys(_CLOCK)), partial(_moment, now, "seconds"))
    if name in compiled.constants:
        return _constant(name, compiled.contract.constants[name].type, compiled.constants[name])
    parameter = tool.tool.parameters.get(name)
    if parameter is None or parameter.refers_to is not None:
        return None
    if parameter.type in ("date", "datetime"):
        return Axis(name, _DAYS, partial(_moment, now if parameter.type == "datetime" else now[:10], "days"))
    if parameter.type not in ("integer", "money"):
        return None
    scale = _HUNDREDTHS if parameter.type == "money" else 1
    low = round((parameter.minimum if parameter.minimum is not None else 0) * scale)
    high = round(parameter.maximum * scale) if parameter.maximum is not None else low + _LARGE * scale
    return Axis(name, _between(low, high), int)


def _constant(name: str, type_: str, value: SqlValue) -> Axis | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if type_ != "number":
        return Axis(name, _around(int(value)), int)
    return Axis(name, _around(round(value * _HUNDREDTHS)), lambda i: i / _HUNDREDTHS)


def _around(value: int) -> tuple[int, ...]:
    high = max(20 * value, _LARGE)
    return tuple(sorted({0, 1, 2, value - 1, value, value + 1, 2 * value, 5 * value, high}))


def _between(low: int, high: int) -> tuple[int, ...]:
    return tuple(sorted({v for v in (low, low + 1, low + 2, (low + high) // 2, high) if low <= v <= high}))


def _moment(start: str, unit: str, count: int) -> str:
    moved = datetime.fromisoformat(start) + timedelta(**{unit: count})
    return moved.strftime("%Y-%m-%d" if len(start) == len("2025-03-10") else "%Y-%m-%dT%H:%M:%S")
