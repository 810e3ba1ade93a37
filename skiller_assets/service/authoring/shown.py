"""What an author is shown of the tables so far: where rows come from, and how many belong to each row of another."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import apsw

from skiller_assets.contract.model import Contract, Table
from skiller_assets.service.authoring.merge import Raw, tables_of

LONGEST = 2000
"""Characters of a population that are shown; more are cut at a row or a word."""

_COUNTED = 3
"""So many rows, or more, are counted together."""


def populations(raw: Raw) -> dict[str, str]:
    """Where the rows of each table come from, in words; tables of which nothing is said yet are left out."""
    return {name: population_words(table["population"]) for name, table in tables_of(raw) if "population" in table}


def population_words(population: Mapping[str, Any]) -> str:
    """A population as JSON, whole if it is not too long; what is cut off is said."""
    whole = _json(population)
    if len(whole) <= LONGEST:
        return whole
    if "rows" not in population:
        return f"{whole[:LONGEST].rpartition(' ')[0]} …"
    shown: list[str] = []
    for row in map(_json, population["rows"]):
        if sum(map(len, shown)) + len(row) > LONGEST:
            break
        shown.append(row)
    return f'{{"rows": [{", ".join(shown)}, … and {len(population["rows"]) - len(shown)} more]}}'


def spreads(image: bytes, contract: Contract) -> dict[str, list[str]]:
    """For each table that refers to others, how its rows are spread over theirs, in words.

    ``image`` is a ``world.sqlite``. Raises apsw.Error.
    """
    connection = apsw.Connection(":memory:")
    try:
        connection.deserialize("main", image)
        found = {name: _of(connection, contract, name, table) for name, table in contract.tables.items()}
    finally:
        connection.close()
    return {name: words for name, words in found.items() if words}


def _of(connection: apsw.Connection, contract: Contract, name: str, table: Table) -> list[str]:
    refers = {
        column: attribute.refers_to.partition(".")[::2]
        for column, attribute in table.attributes.items()
        if attribute.refers_to and table.key != [column]
    }
    found = []
    for column, (other, key) in refers.items():
        if contract.tables[other].key == [key]:
            several = [o for o, _ in refers.values()].count(other) > 1
            counted = f'SELECT (SELECT COUNT(*) FROM "{name}" WHERE "{column}" = o."{key}") FROM "{other}" AS o'
            counts = Counter(int(str(count)) for (count,) in connection.execute(counted))
            found.append(f"per {other}{f' (as {column})' if several else ''}: {_words(counts)}")
    return found


def _words(counts: Mapping[int, int]) -> str:
    """``0 (12 of them), 1 (30), 3 to 5 (4)``: so many rows for so many of them; ``7 to 23`` where all have many."""
    low, high = min(counts, default=0), max(counts, default=0)
    if low >= _COUNTED:
        return f"{low} to {high}"
    parts = [(str(count), counts[count]) for count in range(_COUNTED) if counts.get(count)]
    if many := {count: number for count, number in counts.items() if count >= _COUNTED}:
        parts.append((f"{min(many)} to {high}" if min(many) < high else str(high), sum(many.values())))
    return ", ".join(f"{rows} ({number}{' of them' if not i else ''})" for i, (rows, number) in enumerate(parts))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
