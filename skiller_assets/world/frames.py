"""A world's tables as pandas frames, in the form in which SQLite stores them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw
import pandas as pd

from skiller_assets.contract.model import Attribute, Contract, Table
from skiller_assets.contract.values import SqlValue

_DTYPES = {
    "id": "str", "text": "str", "date": "str", "datetime": "str", "time": "str", "list": "str",
    "integer": "int64", "money": "int64", "number": "float64", "boolean": "bool",
}  # fmt: skip
_NULLABLE = {"int64": "Int64", "float64": "Float64", "bool": "boolean"}


def dtype_of(attribute: Attribute) -> str:
    """The pandas dtype of a column: money as minor units, dates as text; nullable where the column is optional."""
    dtype = _DTYPES[attribute.type]
    return _NULLABLE.get(dtype, dtype) if attribute.optional else dtype


def frame_of(table: Table, rows: Sequence[tuple[SqlValue, ...]]) -> pd.DataFrame:
    """Rows in the contract's column order as a frame with declared dtypes."""
    values = list(zip(*rows, strict=True)) or [() for _ in table.attributes]
    columns = {
        name: pd.Series(column, dtype=dtype_of(attribute))
        for (name, attribute), column in zip(table.attributes.items(), values, strict=True)
    }
    return pd.DataFrame(columns)


def rows_by_key(connection: apsw.Connection, name: str, table: Table) -> list[tuple[SqlValue, ...]]:
    """All rows of a table in the order of its key, columns as the contract orders them."""
    columns = ", ".join(f'"{column}"' for column in table.attributes)
    order = ", ".join(f'"{column}"' for column in table.key)
    return list(connection.execute(f'SELECT {columns} FROM "{name}" ORDER BY {order}').fetchall())


def read_frames(contract: Contract, path: Path) -> dict[str, pd.DataFrame]:
    """The frames of a ``world.sqlite``. Raises apsw.Error for a file that does not hold the contract's tables,
    TypeError or ValueError for one whose values are not of the declared types."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return {name: frame_of(table, rows_by_key(connection, name, table)) for name, table in contract.tables.items()}
    finally:
        connection.close()
