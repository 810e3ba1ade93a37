"""How many rows a table has and where they come from, before its columns are generated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from skiller_assets.contract.model import Each, Population, Table
from skiller_assets.contract.values import SqlValue
from skiller_assets.world.columns import ColumnError, stored
from skiller_assets.world.draw import Indices, Stream, mix, positions
from skiller_assets.world.rows import Rows

Query = Callable[[str], tuple[list[str], list[tuple[SqlValue, ...]]]]
"""Runs a population's query; returns the names of its columns and its rows."""


def counted(count: int) -> Rows:
    """As many rows as asked for; row k is row k of any larger table."""
    return Rows(positions(count), np.arange(count, dtype=np.int64))


def listed(table: Table, population: Population) -> Rows:
    """The rows that the contract lists, in stored form; a column that some of them lack is empty there."""
    given = population.rows or []
    rows = counted(len(given))
    for column, attribute in table.attributes.items():
        if any(column in row for row in given):
            try:
                rows.columns[column] = [stored(row.get(column), attribute.type) for row in given]
            except ColumnError as error:
                raise ColumnError(f"attribute {column}: {error.message}", "correct the listed rows") from error
    return _numbered(table, rows)


def queried(table: Table, population: Population, query: Query) -> Rows:
    """A row for each row of the population's query, columns by name."""
    names, found = query(str(population.query))
    rows = counted(len(found))
    for i, name in enumerate(names):
        rows.columns[name] = [row[i] for row in found]
    return _numbered(table, rows)


def for_each(table: Table, each: Each, parents: Rows, tables: Mapping[str, Table], words: tuple[object, ...]) -> Rows:
    """Some rows for every row of another table, the references to it filled in."""
    choices = sorted(each.counts)
    drawn = Stream(*words, "count").weighted([each.counts[c] for c in choices], parents.codes)
    counts = np.array(choices, dtype=np.int64)[drawn]
    parent = np.repeat(np.arange(len(parents)), counts)
    sibling = np.arange(len(parent)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = Rows(_codes(parents, parent, sibling), sibling)
    for column, source in _inherited(table, each.of, tables).items():
        values = parents.columns.get(source)
        if values is not None:
            rows.columns[column] = [values[i] for i in parent]
    return rows


def _codes(parents: Rows, parent: Indices, sibling: Indices) -> Any:
    """A code for each row that depends on its parent and its place there only."""
    return mix(mix(parents.codes[parent]) + sibling.astype(np.uint64) + np.uint64(1))


def _inherited(table: Table, of: str, tables: Mapping[str, Table]) -> dict[str, str]:
    """Own columns that a row takes over from the row it belongs to, with the column there.

    These are the references to that row itself, and references to something that it alone refers to as well
    (a boarding pass belongs to its passenger's reservation).
    """
    found: dict[str, str] = {}
    theirs = {column: a.refers_to for column, a in tables[of].attributes.items() if a.refers_to}
    for column, attribute in table.attributes.items():
        if attribute.refers_to is None or attribute.generate is not None:
            continue
        target, _, name = attribute.refers_to.partition(".")
        shared = [c for c, reference in theirs.items() if reference == attribute.refers_to]
        if target == of:
            found[column] = name
        elif len(shared) == 1:
            found[column] = shared[0]
    return found


def _numbered(table: Table, rows: Rows) -> Rows:
    """The rows with their places among those that share the leading key columns, where the key is composite."""
    shared = [column for column in table.key[:-1] if column in rows.columns]
    if not shared:
        return rows
    seen: dict[tuple[SqlValue, ...], int] = {}
    places = []
    for key in rows.tuples(shared):
        places.append(seen.get(key, 0))
        seen[key] = places[-1] + 1
    return Rows(rows.codes, np.array(places, dtype=np.int64), rows.columns)
