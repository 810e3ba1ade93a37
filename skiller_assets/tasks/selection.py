"""Exactly one answer: singling a value out among the rows that a call shows, in words that a person would use."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from skiller_assets.contract.model import Attribute, Contract
from skiller_assets.tasks.records import Choice, Detail
from skiller_assets.tasks.rows import Cell, Level, Row

_DEFAULT_SUPERLATIVES = {"date": ("earliest", "latest"), "datetime": ("earliest", "latest")}


@dataclass(frozen=True)
class Selection:
    """A choice and how the user words it; ``details`` is empty where there was nothing to choose."""

    choice: Choice
    details: tuple[Detail, ...]


def select(
    contract: Contract, level: Level, rows: Sequence[Row], target: Cell, value: Any, call: int, rng: random.Random
) -> Selection | None:
    """A way to single ``value`` of ``target`` out of ``rows`` that leaves exactly it, or None where there is none."""
    if {row.values.get(target.path) for row in rows} == {value}:
        return Selection(Choice(call, target.path, "only", (), (), value, len(rows)), ())
    ways = [*_by_equality(contract, level, rows, target, value), *_by_extremes(contract, level, rows, target, value)]
    if not ways:
        return None
    simple = [way for way in ways if len(way[1]) == 1] or ways
    by, columns, values, details = rng.choice(simple)
    choice = Choice(call, target.path, by, tuple(".".join(c) for c in columns), values, value, len(rows))
    return Selection(choice, details)


def chosen(choice: Choice, rows: Sequence[Row]) -> set[Any]:
    """The values that a choice leaves; exactly one where it determines."""
    paths = [tuple(column.split(".")) for column in choice.columns]
    if choice.by == "equals":
        left = [r for r in rows if all(r.values.get(p) == v for p, v in zip(paths, choice.values, strict=True))]
    elif choice.by in ("least", "greatest"):
        found = [r.values.get(paths[0]) for r in rows]
        known = [v for v in found if v is not None]
        best = (min(known) if choice.by == "least" else max(known)) if known else None
        left = [r for r in rows if r.values.get(paths[0]) == best]
    else:
        left = list(rows)
    return {row.values.get(choice.path) for row in left}


_Way = tuple[Any, tuple[tuple[str, ...], ...], tuple[Any, ...], tuple[Detail, ...]]


def _by_equality(contract: Contract, level: Level, rows: Sequence[Row], target: Cell, value: Any) -> Iterator[_Way]:
    targets = [row for row in rows if row.values.get(target.path) == value]
    cells = [c for c in (*level.own, *level.outer) if _nameable(contract, c)]
    for size in (1, 2):
        for group in combinations(cells, size):
            values = tuple(targets[0].values.get(c.path) for c in group)
            if any(v is None for v in values):
                continue
            left = [r for r in rows if all(r.values.get(c.path) == v for c, v in zip(group, values, strict=True))]
            if {r.values.get(target.path) for r in left} == {value}:
                details = tuple(_detail(contract, c, v) for c, v in zip(group, values, strict=True))
                yield "equals", tuple(c.path for c in group), values, details


def _by_extremes(contract: Contract, level: Level, rows: Sequence[Row], target: Cell, value: Any) -> Iterator[_Way]:
    for cell in (*level.own, *level.outer):
        attribute = contract.attribute(cell.origin) if cell.origin else None
        if attribute is None:
            continue
        words = attribute.superlatives or _DEFAULT_SUPERLATIVES.get(attribute.type)
        known = [(v, r.values.get(target.path)) for r in rows if (v := r.values.get(cell.path)) is not None]
        if words is None or len(known) != len(rows):
            continue
        for by, best, word in (("least", min(known)[0], words[0]), ("greatest", max(known)[0], words[1])):
            if {t for v, t in known if v == best} == {value}:
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
