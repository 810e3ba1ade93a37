"""What the agent has to tell the user once a goal is reached: values that only the result knows."""

from __future__ import annotations

import random
from typing import Any

from skiller_assets.contract.model import Attribute, Contract
from skiller_assets.contract.wording import say_value
from skiller_assets.tasks.rows import Cell, Level, Row, rows_at
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.trail import Step

_TELLING = frozenset({"money", "date", "datetime", "integer", "number"})


def answers_of(space: Space, step: Step, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """(what the user asks to be told, the values that answer it), both empty where the result holds nothing new."""
    levels = [level for level in space.tools[step.tool].levels if rows_at(level, step.result)]
    if not levels:
        return "", ()
    given = {repr(v) for v in step.arguments.values()}
    if space.contract.tools[step.tool].access == "write":
        return _of_write(space, step, levels[0], given)
    return _of_read(space, step, levels, given, rng)


def _of_write(space: Space, step: Step, level: Level, given: set[str]) -> tuple[str, tuple[str, ...]]:
    """Amounts and dates that the change brought about; the user does not ask, the agent tells."""
    row = rows_at(level, step.result)[0]
    today = (space.world.now, space.world.now[:10])
    told = [
        _worded(space.contract, attribute.type, value)
        for cell, attribute, value in _telling(space.contract, level, row)
        if attribute.type in ("money", "date", "datetime") and repr(value) not in given and value not in today
    ]
    return "", tuple(told[:2])


def _of_read(
    space: Space, step: Step, levels: list[Level], given: set[str], rng: random.Random
) -> tuple[str, tuple[str, ...]]:
    level = rng.choice(levels)
    rows = rows_at(level, step.result)
    single = len(rows) == 1
    options = []
    for row in rows:
        named = None if single else _name_of(space.contract, level, rows, row)
        if single or named:
            told = _telling(space.contract, level, row)
            options += [(a, c, v, named[1] if named else "") for c, a, v in told if _is_new(c, v, named, given)]
    if not options:
        return "", ()
    attribute, cell, value, words = rng.choice(options)
    label = attribute.label or cell.path[-1].replace("_", " ")
    asks = f"the {label}" + (f" of the one {words}" if words else "")
    return asks, (_worded(space.contract, attribute.type, value),)


def _is_new(cell: Cell, value: Any, named: tuple[Cell, str] | None, given: set[str]) -> bool:
    """Whether an answer says more than the question did."""
    return repr(value) not in given and (named is None or named[0] is not cell)


def _telling(contract: Contract, level: Level, row: Row) -> list[tuple[Cell, Attribute, Any]]:
    found = []
    for cell in level.own:
        attribute = contract.attribute(cell.origin) if cell.origin else None
        value = row.values.get(cell.path)
        if attribute is None or value is None or attribute.type not in _TELLING:
            continue
        table, _, name = (cell.origin or "").partition(".")
        if name not in contract.tables[table].key:
            found.append((cell, attribute, value))
    return found


def _name_of(contract: Contract, level: Level, rows: list[Row], row: Row) -> tuple[Cell, str] | None:
    """The column that singles a row out and the words for it, or None."""
    for cell in level.own:
        attribute = contract.attribute(cell.origin) if cell.origin else None
        value = row.values.get(cell.path)
        if attribute is None or attribute.phrase is None or value is None or attribute.type in ("id", "list"):
            continue
        if sum(other.values.get(cell.path) == value for other in rows) == 1:
            return cell, attribute.phrase.replace("{value}", _worded(contract, attribute.type, value))
    return None


def _worded(contract: Contract, type_: str, value: Any) -> str:
    return say_value(value, contract.currency if type_ == "money" else "")
