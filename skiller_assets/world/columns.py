"""The values of one column for some rows: one function for each form of ``generate``."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from skiller_assets.contract.ids import DIGITS, LETTERS
from skiller_assets.contract.model import Attribute, Generate, Pick
from skiller_assets.contract.values import BadValue, SqlValue, constant_to_sql, decoder
from skiller_assets.contract.vocabulary import ValueType
from skiller_assets.world import spans
from skiller_assets.world.draw import Positions, Stream, permute, positions
from skiller_assets.world.humans import Humans
from skiller_assets.world.rows import Rows

Values = list[SqlValue]
SMALLEST_STEP = 0.01

_QUOTED = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class ColumnError(Exception):
    """A column that cannot be generated; says why and what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        self.message, self.advice = message, advice
        super().__init__(message)


@dataclass(frozen=True)
class Setting:
    """What the values of a column depend on besides its declaration.

    ``words`` name its random stream (seed, table, column, and how often it was drawn before); ``candidates`` lists the
    keys that a pick may choose from; ``types`` are those of the row's columns.
    """

    now: str
    words: tuple[object, ...]
    humans: Humans
    types: Mapping[str, ValueType]
    candidates: Callable[[Pick], Sequence[SqlValue]]

    def again(self, attempt: int) -> Setting:
        """The setting for another draw of the same column."""
        return Setting(self.now, (*self.words, attempt), self.humans, self.types, self.candidates)

    def stream(self, *words: object) -> Stream:
        """The random numbers of this column."""
        return Stream(*self.words, *words)


def generated(attribute: Attribute, rows: Rows, setting: Setting, *, alone: bool = False) -> Values:
    """The column's values for the rows. ``alone``: no value of a pick may repeat. Raises ColumnError."""
    generate = attribute.generate
    if generate is None:
        raise ColumnError("has no value", "give it generate, or let a settle statement fill it")
    if generate.pick is not None:
        return _picks(generate.pick, attribute, rows, setting, alone)
    form = next(name for name in _FORMS if getattr(generate, name) is not None)
    return _FORMS[form](generate, attribute, rows, setting)


REDRAWABLE = ("choice", "integer", "number", "money", "date", "datetime", "pattern", "pick")
"""Forms of which another value may be drawn where one repeats that must not."""


def stored(value: Any, type_: ValueType) -> SqlValue:
    """A value as a domain file writes it (money in decimals, ``true``, lists) in the form that SQL stores.

    Raises ColumnError for a value that is not of the type.
    """
    if value is None:
        return None
    try:
        found = _STORED[type_](value)
    except (BadValue, ValueError, TypeError) as error:
        raise ColumnError(f"{value!r} is not of type {type_}") from error
    return found


def _humans(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    return list(setting.humans.column(str(generate.human), positions(len(rows))))


def _choice(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    options = generate.choice or []
    values = [stored(_typed(o, attribute.type), attribute.type) for o in options]
    if not values:
        raise ColumnError("has no choice", "list at least one value")
    if isinstance(options, dict):
        try:
            drawn = setting.stream().weighted(list(options.values()), rows.codes)
        except ValueError as error:
            raise ColumnError(str(error)) from error
    else:
        drawn = setting.stream().below(len(values), rows.codes)
    return [values[i] for i in drawn]


def _integers(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    return [int(v) for v in _grid(generate.integer or [], 1, rows.codes, setting)]


def _numbers(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    return [float(v) for v in _grid(generate.number or [], SMALLEST_STEP, rows.codes, setting)]


def _money(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    return [int(v * 100) for v in _grid(generate.money or [], SMALLEST_STEP, rows.codes, setting)]


def _grid(bounds: Sequence[float], step: float, at: Positions, setting: Setting) -> list[Decimal]:
    """Numbers low, low + step, … up to high, exact."""
    low, high, by = (Decimal(str(v)) for v in [*bounds, step][:3])
    if by <= 0 or high < low:
        raise ColumnError(f"the range {[float(low), float(high)]} with step {float(by)} holds no number")
    count = int((high - low) / by) + 1
    return [low + by * i for i in setting.stream().below(count, at).tolist()]


def _dates(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    span = generate.date or generate.datetime
    assert span is not None
    allowed = (spans.days if generate.date else spans.instants)(span, setting.now)
    if not len(allowed):
        raise ColumnError(f"no moment lies between {span.start} and {span.end} with these hours and days")
    return [str(text) for text in allowed[setting.stream().below(len(allowed), rows.codes)]]


def _patterns(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    pattern = str(generate.pattern)
    alphabets = {"#": np.array(list(DIGITS)), "@": np.array(list(LETTERS))}
    marks = [
        alphabets[mark][setting.stream(i).below(len(alphabets[mark]), rows.codes)]
        for i, mark in enumerate(pattern)
        if mark in alphabets
    ]
    shape = re.sub(r"[#@]", "{}", pattern.replace("{", "{{").replace("}", "}}"))
    return [shape.format(*letters) for letters in zip(*marks, strict=True)] if marks else [pattern] * len(rows)


def _templates(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    template, names = str(generate.template), sorted(quoted(attribute))
    unknown = [name for name in names if name not in rows.columns]
    if unknown:
        raise ColumnError(f"the template quotes {', '.join(unknown)}, which is no column that can come before it")
    empty = [name for name in names if None in rows.columns[name]]
    if empty:
        raise ColumnError(f"the template quotes {', '.join(empty)}, which is empty when the template is filled")
    if not names:
        return [template] * len(rows)
    words = [[_worded(value, setting.types[name]) for value in rows.columns[name]] for name in names]
    return [template.format(**dict(zip(names, values, strict=True))) for values in zip(*words, strict=True)]


def quoted(attribute: Attribute) -> set[str]:
    """The columns that the attribute's template quotes."""
    template = attribute.generate.template if attribute.generate else None
    return set(_QUOTED.findall(template)) if template else set()


def _worded(value: SqlValue, type_: ValueType) -> str:
    return f"{Decimal(str(value)) / 100:.2f}" if type_ == "money" else str(value)


def _sequence(generate: Generate, attribute: Attribute, rows: Rows, setting: Setting) -> Values:
    return [(generate.sequence or 0) + sibling for sibling in rows.siblings.tolist()]


_FORMS: dict[str, Callable[[Generate, Attribute, Rows, Setting], Values]] = {
    "human": _humans,
    "choice": _choice,
    "integer": _integers,
    "number": _numbers,
    "money": _money,
    "date": _dates,
    "datetime": _dates,
    "pattern": _patterns,
    "template": _templates,
    "sequence": _sequence,
}


def _picks(pick: Pick, attribute: Attribute, rows: Rows, setting: Setting, alone: bool) -> Values:
    found = setting.candidates(pick)
    where = f" where {pick.where}" if pick.where else ""
    if not found and len(rows):
        raise ColumnError(f"no row of {pick.table}{where} can be picked", "widen the condition or generate more rows")
    if not alone:
        return [found[i] for i in setting.stream().below(len(found), rows.codes)]
    if len(rows) > len(found):
        message = f"{len(rows)} rows need a {pick.table} of their own and only {len(found)}{where} exist"
        raise ColumnError(message, f"generate more rows of {pick.table} or fewer here")
    order = permute(len(found), positions(len(rows)), *setting.words) if len(rows) else ()
    return [found[i] for i in order]


def shown(value: SqlValue, type_: ValueType) -> Any:
    """A stored value as people and programs outside see it: money as a decimal number, booleans, lists."""
    decode = decoder(type_)
    return decode(value) if decode else value


def _typed(option: Any, type_: ValueType) -> Any:
    """An option of a weighted choice, which YAML hands over as text, as a value of the column's type."""
    if not isinstance(option, str) or type_ in ("id", "text", "date", "datetime", "time"):
        return option
    try:
        return json.loads(option.lower() if type_ == "boolean" else option)
    except json.JSONDecodeError as error:
        raise ColumnError(f"{option!r} is not of type {type_}") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("not text; quote it")
    return value


def _date(value: Any) -> str:
    return dt.date.fromisoformat(_text(value)).isoformat()


def _datetime(value: Any) -> str:
    return dt.datetime.fromisoformat(_text(value)).isoformat(timespec="seconds")


def _time(value: Any) -> str:
    if not _CLOCK.fullmatch(_text(value)):
        raise BadValue("not hh:mm")
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue("not a whole number")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue("not a number")
    return float(value)


def _boolean(value: Any) -> int:
    if value not in (0, 1):
        raise BadValue("neither true nor false")
    return int(value)


def _list(value: Any) -> str:
    if not isinstance(value, list):
        raise BadValue("not a list")
    return json.dumps(value, ensure_ascii=False)


_STORED: dict[ValueType, Callable[[Any], SqlValue]] = {
    "id": _text,
    "text": _text,
    "integer": _integer,
    "number": _number,
    "money": lambda value: constant_to_sql("money", value),
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "boolean": _boolean,
    "list": _list,
}
