"""Values at the border between JSON and SQL: schema, encoding, decoding by declared type."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from skiller_assets.contract.model import Parameter
from skiller_assets.contract.vocabulary import ValueType

JsonValue = Any
SqlValue = str | int | float | None

LONGEST_TEXT = 2000
LARGEST_INTEGER = 10**9
"""Bounds of a whole number: times an amount of money it stays within SQL's 64 bits."""

LARGEST_MONEY = 10**9
"""Bounds of an amount, in major units."""

LARGEST_NUMBER = 1e12
"""Bounds of any other number; no product of a few of them is infinite."""

_LONGEST_SHOWN = 60
# [0-9] and not \d, which also takes the digits of other scripts.
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_DATETIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"


class BadValue(ValueError):
    """An argument that has the right JSON type and still is no value of its declared type."""


def schema_of(parameter: Parameter, currency: str) -> dict[str, JsonValue]:
    """The JSON Schema of one argument; what it cannot say (cents, calendar dates) :func:`encoder` refuses."""
    schema: dict[str, JsonValue] = {**_BASE[parameter.type], "description": _description(parameter, currency)}
    if parameter.type == "integer":
        schema |= {"minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER}
    if parameter.enum is not None:
        schema = {"type": "string", "enum": list(parameter.enum), "description": schema["description"]}
    for bound in ("minimum", "maximum"):
        value = getattr(parameter, bound)
        if value is not None:
            schema[bound] = int(value) if parameter.type == "integer" else value
    if parameter.type == "list":
        schema["items"] = _items_schema(parameter, currency)
        schema["minItems"] = parameter.min_items if parameter.min_items is not None else 1
        schema["maxItems"] = parameter.max_items if parameter.max_items is not None else 50
    if parameter.optional and parameter.default is not None:
        schema["default"] = parameter.default
    return schema


def object_schema(parameters: dict[str, Parameter], currency: str) -> dict[str, JsonValue]:
    """The closed JSON Schema of an object with these members."""
    return {
        "type": "object",
        "properties": {name: schema_of(p, currency) for name, p in parameters.items()},
        "required": [name for name, p in parameters.items() if not p.optional],
        "additionalProperties": False,
    }


def encoder(parameter: Parameter) -> Callable[[JsonValue], SqlValue]:
    """A function from a schema-valid JSON value to what SQL is given. It raises BadValue."""
    if parameter.type == "list":
        return _list_encoder(parameter)
    return _ENCODERS.get(parameter.type, _as_it_is)


def decoder(type_: ValueType | None) -> Callable[[SqlValue], JsonValue] | None:
    """A function from a column's value to JSON, or None where nothing needs to change. It raises ValueError."""
    return _DECODERS.get(type_) if type_ else None


def constant_to_sql(type_: str, value: JsonValue) -> SqlValue:
    """A constant as SQL sees it: money in minor units, lists as JSON text."""
    if type_ == "money":
        return _cents(value)
    if type_ == "list":
        return json.dumps(value, ensure_ascii=False)
    allowed = {"integer": (int,), "number": (int, float), "text": (str,)}[type_]
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise BadValue(f"{shown(value)} is no {type_}")
    return value


def shown(value: object) -> str:
    """A value for a message: bounded, and printable whatever it holds."""
    try:
        text = repr(value)
    except ValueError:  # an integer of thousands of digits
        text = "a very large number"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


_BASE: dict[str, dict[str, JsonValue]] = {
    "id": {"type": "string", "minLength": 1, "maxLength": 64},
    "text": {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "money": {"type": "number"},
    "date": {"type": "string", "pattern": _DATE},
    "datetime": {"type": "string", "pattern": _DATETIME},
    "time": {"type": "string", "pattern": _TIME},
    "boolean": {"type": "boolean"},
    "list": {"type": "array"},
}


def _description(parameter: Parameter, currency: str) -> str:
    hint = {
        "money": f" In {currency}, at most two decimals.",
        "date": " As YYYY-MM-DD.",
        "datetime": " As YYYY-MM-DDThh:mm:ss.",
        "time": " As hh:mm.",
    }
    return parameter.describe.rstrip() + hint.get(parameter.type, "")


def _items_schema(parameter: Parameter, currency: str) -> dict[str, JsonValue]:
    if isinstance(parameter.items, dict):
        return object_schema(parameter.items, currency)
    if parameter.items is None:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
    return schema_of(parameter.items, currency)


def _list_encoder(parameter: Parameter) -> Callable[[JsonValue], SqlValue]:
    items = parameter.items
    if isinstance(items, dict):
        members = {name: encoder(item) for name, item in items.items()}

        def encode_objects(value: JsonValue) -> SqlValue:
            if value is None:
                return None
            rows = [{k: members[k](row[k]) if k in row else None for k in members} for row in value]
            return json.dumps(rows, ensure_ascii=False)

        return encode_objects
    single = encoder(items) if items is not None else _as_it_is

    def encode_list(value: JsonValue) -> SqlValue:
        return None if value is None else json.dumps([single(item) for item in value], ensure_ascii=False)

    return encode_list


def _as_it_is(value: JsonValue) -> SqlValue:
    if isinstance(value, str) and not value.isprintable():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise BadValue("contains a lone surrogate") from error
        if "\0" in value:
            raise BadValue("contains a NUL character")
    return value  # type: ignore[no-any-return]


def _cents(value: JsonValue) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue(f"{shown(value)} is no amount of money")
    if not abs(value) <= LARGEST_MONEY:  # also true of NaN
        raise BadValue(f"{shown(value)} is out of range")
    cents = Decimal(str(value)) * 100
    if cents != int(cents):
        raise BadValue(f"{value!r} has more than two decimals")
    return int(cents)


def _whole(value: JsonValue) -> SqlValue:
    if isinstance(value, float):
        raise BadValue(f"{value!r} is not written as a whole number")
    return value  # type: ignore[no-any-return]


def _finite(value: JsonValue) -> SqlValue:
    """Always a float: in SQL 5 / 2 is 2, and NaN would be bound as NULL."""
    if value is None:
        return None
    if not abs(value) <= LARGEST_NUMBER:  # also true of NaN
        raise BadValue(f"{shown(value)} is out of range")
    return float(value)


def _calendar_date(value: JsonValue) -> SqlValue:
    if value is not None:
        try:
            dt.date.fromisoformat(value)
        except ValueError as error:
            raise BadValue(f"{value!r} is not a date of the calendar") from error
    return value  # type: ignore[no-any-return]


def _calendar_datetime(value: JsonValue) -> SqlValue:
    if value is not None:
        try:
            dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise BadValue(f"{value!r} is not a date of the calendar") from error
    return value  # type: ignore[no-any-return]


def _truth(value: JsonValue) -> SqlValue:
    return None if value is None else int(value)


_ENCODERS: dict[str, Callable[[JsonValue], SqlValue]] = {
    "money": _cents,
    "integer": _whole,
    "number": _finite,
    "date": _calendar_date,
    "datetime": _calendar_datetime,
    "boolean": _truth,
}


def _money_out(value: SqlValue) -> JsonValue:
    if value is None:
        return None
    cents = int(value)
    if cents != value:
        raise BadValue(f"{shown(value)} is no whole number of minor units; round it")
    return cents / 100


def _truth_out(value: SqlValue) -> JsonValue:
    if value not in (None, 0, 1):
        raise BadValue(f"{shown(value)} is no truth value")
    return None if value is None else bool(value)


def _list_out(value: SqlValue) -> JsonValue:
    return None if value is None else json.loads(str(value))


_DECODERS: dict[str, Callable[[SqlValue], JsonValue]] = {
    "money": _money_out,
    "boolean": _truth_out,
    "list": _list_out,
}
