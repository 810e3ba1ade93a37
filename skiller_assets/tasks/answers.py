"""What the agent has to tell the user once a goal is reached: values that only the result knows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.analyse import knower
from skiller_assets.contract.model import Attribute, Contract
from skiller_assets.contract.wording import say_name, say_of, say_value
from skiller_assets.tasks.rows import Cell, Level, Row, rows_at
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.trail import Step

_SUPERLATIVES = {"date": ("earliest", "latest"), "datetime": ("earliest", "latest")}
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
    questions = list(_questions(space, level, rows_at(level, step.result), given))
    if not questions:
        return "", ()
    most = min(question.rank for question in questions)
    chosen = rng.choice([question for question in questions if question.rank == most])
    return chosen.asks, (_worded(space.contract, chosen.type, chosen.value),)


@dataclass(frozen=True)
class _Question:
    """Something to ask of a result; a lower ``rank`` is likelier to be on somebody's mind."""

    asks: str
    type: str
    value: Any
    rank: int


def _questions(space: Space, level: Level, rows: list[Row], given: set[str]) -> Iterator[_Question]:
    contract = space.contract
    for row in rows:
        named = _name_of(contract, level, rows, row) if len(rows) > 1 else None
        if len(rows) > 1 and named is None:
            continue
        for cell, attribute, value in _telling(contract, level, row):
            if _is_new(cell, value, named, given) and _is_asked(contract, cell):
                rank = 0 if attribute.type == "money" else 1 if attribute.type in ("date", "datetime") else 2
                label, noun = _label(cell, attribute), _noun(contract, level, cell)
                asks = f"the {say_of(label, noun)} of the {noun} {named[1]}" if named else f"the {label}"
                yield _Question(asks, attribute.type, value, rank)
    if len(rows) > 1:
        yield from _extremes(contract, level, rows)


def _extremes(contract: Contract, level: Level, rows: list[Row]) -> Iterator[_Question]:
    """ "The date of the latest transaction": what people ask of a list."""
    for cell, attribute, _ in _telling(contract, level, rows[0]):
        known = [value for row in rows if (value := row.values.get(cell.path)) is not None]
        words = attribute.superlatives or _SUPERLATIVES.get(attribute.type)
        if words is None or len(known) != len(rows):
            continue
        for word, value in zip(words, (min(known), max(known)), strict=True):
            if known.count(value) == 1:
                noun = _noun(contract, level, cell)
                asks = f"the {say_of(_label(cell, attribute), noun)} of the {word} {noun}"
                yield _Question(asks, attribute.type, value, 0)


def _label(cell: Cell, attribute: Attribute) -> str:
    return attribute.label or cell.path[-1].replace("_", " ")


def _noun(contract: Contract, level: Level, cell: Cell) -> str:
    """What the rows of a level are: the table whose key they show, or else the one that a column comes from."""
    origins = [c.origin.split(".") for c in level.own if c.origin]
    keyed = (table for table, column in origins if contract.tables[table].key == [column])
    table = next(keyed, (cell.origin or "").partition(".")[0])
    declared = contract.tables.get(table)
    return say_name((declared.label if declared else None) or table)


def _is_asked(contract: Contract, cell: Cell) -> bool:
    """Whether somebody would ask: nobody asks for what they know of themselves, or for anybody's date of birth."""
    attribute = contract.attribute(cell.origin or "")
    own = (cell.origin or "").partition(".")[0] in contract.principals
    known = own and knower(contract, cell.origin or "") == "owner"
    return attribute is not None and attribute.semantic_type != "date_of_birth" and not known


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
    """The column that singles a row out and the words for it, names before dates and amounts; or None."""
    for cell in sorted(level.own, key=lambda c: _kind(contract, c) in _TELLING):
        attribute = contract.attribute(cell.origin) if cell.origin else None
        value = row.values.get(cell.path)
        if attribute is None or attribute.phrase is None or value is None or attribute.type in ("id", "list"):
            continue
        if sum(other.values.get(cell.path) == value for other in rows) == 1:
            return cell, attribute.phrase.replace("{value}", _worded(contract, attribute.type, value))
    return None


def _kind(contract: Contract, cell: Cell) -> str:
    attribute = contract.attribute(cell.origin) if cell.origin else None
    return attribute.type if attribute else ""


def _worded(contract: Contract, type_: str, value: Any) -> str:
    return say_value(value, contract.currency if type_ == "money" else "")
