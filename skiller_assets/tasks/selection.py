"""Exactly one answer: singling a value out among the rows that a call shows, in words that a person would use."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from skiller_assets.contract.model import Attribute, Contract
from skiller_assets.tasks.records import Choice, Detail
from skiller_assets.tasks.rows import Cell, Level, Row
from skiller_assets.tasks.space import Space

_DEFAULT_SUPERLATIVES = {"date": ("earliest", "latest"), "datetime": ("earliest", "latest")}


@dataclass(frozen=True)
class Selection:
    """A choice and how the user words it; ``details`` is empty where there was nothing to choose."""

    choice: Choice
    details: tuple[Detail, ...]


def select(
    contract: Contract,
    level: Level,
    rows: Sequence[Row],
    cells: Sequence[Cell],
    value: Value,
    rng: random.Random,
    hidden: Value = (),
) -> Selection | None:
    """A way to single out the rows whose ``cells`` hold ``value``, leaving nothing else; None where there is none.

    It does not say any of the ``hidden`` values: the user does not know them.
    """
    paths = tuple(cell.path for cell in cells)
    names = tuple(".".join(path) for path in paths)
    if {_take(row, paths) for row in rows} == {value}:
        return Selection(Choice(0, names, "only", (), (), value, len(rows)), ())
    ways = [*_by_equality(contract, level, rows, paths, value, 1), *_by_extremes(contract, level, rows, paths, value)]
    ways = _silent(ways, hidden) or _silent(_by_equality(contract, level, rows, paths, value, 2), hidden)
    if not ways:
        return None
    by, columns, values, details = rng.choice(ways)
    return Selection(Choice(0, names, by, tuple(".".join(c) for c in columns), values, value, len(rows)), details)


def _silent(ways: Iterable[_Way], hidden: Value) -> list[_Way]:
    """The ways that say none of the hidden values, nor the day of one."""
    unsaid = [v for value in hidden for v in (value, str(value)[:10])]
    return [way for way in ways if way[0] != "equals" or not any(said in unsaid for said in way[2])]


def chosen(choice: Choice, rows: Sequence[Row]) -> set[Value]:
    """The values that a choice leaves; exactly one where it determines."""
    paths = [tuple(column.split(".")) for column in choice.columns]
    if choice.by == "equals":
        left = [r for r in rows if all(r.values.get(p) == v for p, v in zip(paths, choice.values, strict=True))]
    elif choice.by in ("least", "greatest"):
        known = [v for r in rows if (v := r.values.get(paths[0])) is not None]
        best = (min(known) if choice.by == "least" else max(known)) if known else None
        left = [r for r in rows if r.values.get(paths[0]) == best]
    else:
        left = list(rows)
    taken = tuple(tuple(path.split(".")) for path in choice.paths)
    return {_take(row, taken) for row in left}


def superlatives(contract: Contract, cell: Cell) -> tuple[str, str] | None:
    """The words for the least and the greatest value of a column (``cheapest``, ``dearest``), or None."""
    attribute = contract.attribute(cell.origin) if cell.origin else None
    if attribute is None:
        return None
    declared = attribute.superlatives
    return (declared[0], declared[1]) if declared else _DEFAULT_SUPERLATIVES.get(attribute.type)


def level_of(space: Space, tool: str, choice: Choice) -> Level:
    """The level of a tool's result whose rows a choice is made among: the innermost that it mentions."""
    names = [*choice.paths, *choice.columns]
    depth = max(len(name.split(".")) for name in names) - 1
    deepest = next(name for name in names if len(name.split(".")) - 1 == depth)
    return next(level for level in space.tools[tool].levels if level.path == tuple(deepest.split(".")[:-1]))


Value = tuple[Any, ...]
Path = tuple[str, ...]
_Way = tuple[Any, tuple[Path, ...], Value, tuple[Detail, ...]]


def _take(row: Row, paths: Sequence[Path]) -> Value:
    return tuple(row.values.get(path) for path in paths)


def _by_equality(
    contract: Contract, level: Level, rows: Sequence[Row], paths: Sequence[Path], value: Value, size: int
) -> Iterator[_Way]:
    """The ways by which ``size`` columns together single a row out."""
    target = next(row for row in rows if _take(row, paths) == value)
    cells = [c for c in (*level.own, *level.outer) if _nameable(contract, c)]
    for group in combinations(cells, size):
        values = _take(target, [c.path for c in group])
        if any(v is None for v in values):
            continue
        left = [r for r in rows if _take(r, [c.path for c in group]) == values]
        if all(_take(r, paths) == value for r in left):
            details = tuple(_detail(contract, c, v) for c, v in zip(group, values, strict=True))
            yield "equals", tuple(c.path for c in group), values, details


def _by_extremes(
    contract: Contract, level: Level, rows: Sequence[Row], paths: Sequence[Path], value: Value
) -> Iterator[_Way]:
    for cell in (*level.own, *level.outer):
        attribute = contract.attribute(cell.origin) if cell.origin else None
        words = superlatives(contract, cell)
        if attribute is None or words is None:
            continue
        known = [(v, _take(r, paths)) for r in rows if (v := r.values.get(cell.path)) is not None]
        if len(known) != len(rows):
            continue
        found = [v for v, _ in known]
        for by, best, word in (("least", min(found), words[0]), ("greatest", max(found), words[1])):
            if {taken for v, taken in known if v == best} == {value}:
                label = _label(cell, attribute)
                yield by, (cell.path,), (best,), (Detail(label, word, f"the {word} one", ".".join(cell.path)),)


def _nameable(contract: Contract, cell: Cell) -> bool:
    attribute = contract.attribute(cell.origin) if cell.origin else None
    return attribute is not None and attribute.phrase is not None and attribute.type not in ("id", "list")


def _detail(contract: Contract, cell: Cell, value: Any) -> Detail:
    attribute = contract.attribute(cell.origin or "")
    assert attribute is not None  # _nameable
    phrase = attribute.phrase or "{value}"
    return Detail(_label(cell, attribute), value, phrase, ".".join(cell.path), attribute.type)


def _label(cell: Cell, attribute: Attribute) -> str:
    return attribute.label or cell.path[-1].replace("_", " ")
