"""What a database holds, computed from the data: sizes, ranges, values, examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import apsw

from skiller_assets.contract.ddl import enum_of
from skiller_assets.contract.model import Attribute, Contract, Table
from skiller_assets.contract.values import SqlValue
from skiller_assets.world.columns import shown
from skiller_assets.world.frames import rows_by_key

EXAMPLES = 3
MOST_VALUES = 12
"""A column without declared values lists all of its values when it has at most this many."""

_ORDERED = frozenset({"integer", "number", "money", "date", "datetime", "time"})


def summarize_database(image: bytes, contract: Contract) -> dict[str, Any]:
    """The summary of a ``world.sqlite``, ready for JSON: ``{domain, rows, tables: {name: {rows, key, columns}}}``.

    Values are decoded: money as decimal numbers, booleans, lists. Of each column: ``type``, ``empty`` (rows without a
    value), ``distinct``, ``examples``; ``smallest`` and ``largest`` of what has an order; ``values`` (value → rows).
    Raises apsw.Error for an image that does not hold the contract's tables.
    """
    connection = apsw.Connection(":memory:")
    try:
        connection.deserialize("main", image)
        tables = {name: _table(connection, name, table) for name, table in contract.tables.items()}
    finally:
        connection.close()
    return {"domain": contract.domain, "rows": sum(table["rows"] for table in tables.values()), "tables": tables}


def _table(connection: apsw.Connection, name: str, table: Table) -> dict[str, Any]:
    rows = rows_by_key(connection, name, table)
    columns: Sequence[Sequence[SqlValue]] = list(zip(*rows, strict=True)) or [()] * len(table.attributes)
    summaries = {
        column: _column(attribute, values, enum_of(table, column))
        for (column, attribute), values in zip(table.attributes.items(), columns, strict=True)
    }
    return {"rows": len(rows), "key": list(table.key), "columns": summaries}


def _column(attribute: Attribute, values: Sequence[SqlValue], allowed: list[str] | None) -> dict[str, Any]:
    counts = Counter(value for value in values if value is not None)
    in_order = sorted(counts)  # a STRICT column holds values of one type only
    found: dict[str, Any] = {
        "type": attribute.type,
        "empty": len(values) - counts.total(),
        "distinct": len(counts),
        "examples": [shown(value, attribute.type) for value in _spread(in_order)],
    }
    if attribute.type in _ORDERED and in_order:
        found["smallest"] = shown(in_order[0], attribute.type)
        found["largest"] = shown(in_order[-1], attribute.type)
    if _is_enumerable(attribute, len(counts), len(values), allowed):
        worded = {_word(shown(value, attribute.type)): count for value, count in counts.items()}
        worded = {**dict.fromkeys(allowed or [], 0), **worded}
        found["values"] = dict(sorted(worded.items(), key=lambda item: (-item[1], item[0])))
    return found


def _is_enumerable(attribute: Attribute, distinct: int, rows: int, allowed: list[str] | None) -> bool:
    if allowed or attribute.type == "boolean":
        return True
    return attribute.type == "text" and not attribute.unique and distinct <= MOST_VALUES and distinct < rows


def _spread(values: Sequence[SqlValue]) -> list[SqlValue]:
    """A few values from all over a sorted list: the first, the last, and those evenly between."""
    if len(values) <= EXAMPLES:
        return list(values)
    return [values[i * (len(values) - 1) // (EXAMPLES - 1)] for i in range(EXAMPLES)]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
