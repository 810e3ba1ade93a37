"""Values that must not repeat: what does is drawn again."""

from __future__ import annotations

from collections.abc import Callable

from skiller_assets.contract.model import Table
from skiller_assets.world.columns import REDRAWABLE, ColumnError, Values
from skiller_assets.world.rows import Rows, repeated

DRAWS = 200
"""How often another value is drawn before the space of values counts as exhausted."""

Redraw = Callable[[str, Rows, int], Values]
"""Draws a column once more for some rows; the number of the draw changes what comes out."""


def make_distinct(table: Table, rows: Rows, redraw: Redraw) -> None:
    """Make keys and unique columns distinct. The earlier of two equal rows keeps its value, so a row depends on those
    before it and a larger table begins with the smaller one. Raises ColumnError where that is impossible."""
    constraints = [table.key, *table.unique, *([c] for c, a in table.attributes.items() if a.unique)]
    for columns in constraints:
        _settle_repeats(table, rows, columns, redraw)


def _settle_repeats(table: Table, rows: Rows, columns: list[str], redraw: Redraw) -> None:
    column = _redrawable(table, columns)
    for draw in range(1, DRAWS + 1):
        again = repeated(rows.tuples(columns))
        if not len(again):
            return
        if column is None:
            break
        values = redraw(column, rows.subset(again), draw)
        for i, value in zip(again, values, strict=True):
            rows.columns[column][i] = value
    first = rows.tuples(columns)[repeated(rows.tuples(columns))[0]]
    message = f"{', '.join(columns)} must not repeat and does: {', '.join(str(v) for v in first)}"
    if column is not None:
        raise ColumnError(message, f"{column} has too few possible values for {len(rows)} rows")
    raise ColumnError(message, "generate a part of it by choice, number, date, pattern or pick, or list other rows")


def _redrawable(table: Table, columns: list[str]) -> str | None:
    """The last of the columns whose values are drawn."""
    for column in reversed(columns):
        generate = table.attributes[column].generate
        if generate and any(getattr(generate, form) is not None for form in REDRAWABLE):
            return column
    return None
