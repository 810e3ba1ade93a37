"""Whether generated data look like what they stand for: declared values occur, texts read like their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import apsw

from skiller_assets.contract.ddl import enum_of
from skiller_assets.contract.model import Contract, Table
from skiller_assets.contract.values import SqlValue
from skiller_assets.contract.vocabulary import SemanticType, ValueType
from skiller_assets.world.frames import rows_by_key

LEAST_ROWS = 100
"""In a table of so many rows the values of a column differ; in fewer, chance may make them alike."""

_SHOWN = 3
_WORDS = r".*[^\W\d_]{3}"
_FORMS: Mapping[SemanticType, tuple[str, str]] = {
    "email": (r"[^@\s]+@[^@\s]+\.[a-z]{2,}", "an e-mail address"),
    "phone": (r"(?:\D*\d){7,15}\D*", "a telephone number of 7 to 15 digits"),
    "person_name": (r"[^\W\d_].*\s.*[^\W\d_].*", "a first and a last name"),
    "url": (r"https?://\S+", "an address that begins with https://"),
    "street": (_WORDS, "a street"),
    "city": (_WORDS, "a city"),
    "title": (_WORDS, "a title in words"),
    "description": (_WORDS, "a description in words"),
    "free_text": (_WORDS, "words"),
    "organization": (_WORDS, "the name of an organization"),
    "product": (_WORDS, "the name of a product"),
}
"""What a text of some meaning looks like: a pattern, and in words."""

_MOMENTS: Mapping[ValueType, tuple[str, str]] = {
    "date": (r"\d{4}-\d\d-\d\d", "2025-03-10: write date(…)"),
    "datetime": (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "2025-03-10T09:00:00: write strftime('%Y-%m-%dT%H:%M:%S', …)"),
    "time": (r"\d\d:\d\d", "09:30: write strftime('%H:%M', …)"),
}
"""How moments are stored, and how SQL makes them so."""

_FILLER = re.compile(
    r"(?i)(?:lorem\b.*|foo|bar|test|(?:sample|example|placeholder|dummy)\b.*"
    r"|(?:item|thing|entry|record|name|title|product|description|value|text|option|place|city|street|person|company"
    r"|location|category|type)[ _-]?(?:[a-z]|\d+))"
)
"""Texts that stand where a real one belongs."""


def look_complaints(contract: Contract, image: bytes) -> list[str]:
    """What is wrong with the looks of a trial world, the bytes of a ``world.sqlite``. Raises apsw.Error."""
    connection = apsw.Connection(":memory:")
    try:
        connection.deserialize("main", image)
        return [
            complaint
            for name, table in contract.tables.items()
            for complaint in _table(f"table {name}", table, rows_by_key(connection, name, table))
        ]
    finally:
        connection.close()


def _table(place: str, table: Table, rows: Sequence[Sequence[SqlValue]]) -> Iterator[str]:
    for i, (column, attribute) in enumerate(table.attributes.items()):
        where, allowed = f"{place}: attribute {column}", enum_of(table, column)
        values = {value for row in rows if isinstance(value := row[i], str)}
        if attribute.type in _MOMENTS:
            yield from _misspelt(where, attribute.type, values)
        if attribute.type != "text":
            continue
        if allowed:
            yield from _alike(where, table, column, values, len(rows))
        else:
            yield from _misshapen(where, attribute.semantic_type, values)


def _alike(place: str, table: Table, column: str, values: Set[str], rows: int) -> Iterator[str]:
    if rows < LEAST_ROWS:
        return
    allowed, lifecycle = enum_of(table, column) or [], table.lifecycle
    initial = lifecycle.initial if lifecycle and lifecycle.column == column else None
    if len(values) < min(2, len(allowed)):
        only = f"is {_some(values)}" if values else "has a value"
        yield (
            f"{place}: {'each' if values else 'none'} of its {rows} rows {only}; let generate or settle spread them "
            f"over {', '.join(allowed)}, or a rule about it can never both hold and fail"
        )
    elif initial is not None and initial not in values:
        yield (
            f"{place}: none of its {rows} rows is in the initial state {initial!r}; let generate or settle leave some "
            "there, or no tool can do anything with them"
        )


def _misshapen(place: str, meaning: SemanticType | None, values: Set[str]) -> Iterator[str]:
    filler = [value for value in values if _FILLER.fullmatch(value)]
    if filler:
        yield f"{place}: {_some(filler)} stand where real texts belong; list some with choice, or rows with real names"
        return
    if meaning is None or meaning not in _FORMS:
        return
    pattern, words = _FORMS[meaning]
    strange = [value for value in values if not re.fullmatch(f"(?s:{pattern}.*)", value)]
    if strange:
        yield (
            f"{place}: its semantic_type is {meaning}, and {_some(strange)} do not look like {words}; list real ones "
            "with choice or template, or declare another semantic_type such as code"
        )


def _misspelt(place: str, type_: ValueType, values: Set[str]) -> Iterator[str]:
    pattern, form = _MOMENTS[type_]
    if strange := [value for value in values if not re.fullmatch(pattern, value)]:
        yield f"{place}: {_some(strange)} are no {type_} in the form of {form}"


def _some(values: Iterable[str]) -> str:
    return ", ".join(repr(value) for value in sorted(values)[:_SHOWN])
