"""The SQL by which records arise, prepared like every other: queries, conditions, derived columns, settling."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import apsw

from skiller_assets.contract.ddl import enum_of, load_order
from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Contract, Generate, Table
from skiller_assets.contract.sql import BadStatement, Preparer

_QUOTED = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def population_problems(contract: Contract, connection: apsw.Connection, source: str) -> list[Problem]:
    """Every fault of the statements under population, generate and settle."""
    connection.create_scalar_function("draw", _draw, -1, deterministic=True)
    preparer = Preparer(connection, functions=("draw",))
    names = {"now", "rows", *contract.constants}
    found: list[Problem] = []
    earlier: list[str] = []
    for name in load_order(contract):
        table = contract.tables[name]
        found += _table_problems(preparer, contract, name, table, names, earlier, source)
        earlier.append(name)
    for i, settle in enumerate(contract.settle, 1):
        try:
            preparer.prepare(settle.sql, names, write=True)
        except BadStatement as error:
            found.append(Problem(f"{source}: settle {i}", str(error)))
    return found


def _draw(*_: object) -> float:
    return 0.0


def _table_problems(
    preparer: Preparer, contract: Contract, name: str, table: Table, names: set[str], earlier: list[str], source: str
) -> Iterator[Problem]:
    place = f"{source}: table {name}"
    population = table.population
    if population and population.query:
        try:
            statement = preparer.prepare(population.query, names, tables=earlier)
            for column, _ in statement.columns:
                if column not in table.attributes:
                    yield Problem(f"{place}: population", f"fills {column}, which is no attribute")
        except BadStatement as error:
            yield Problem(f"{place}: population", str(error))
    if population and population.each and population.each.of not in earlier:
        yield Problem(f"{place}: population", f"{population.each.of} is no table that comes before")
    for row in population.rows if population and population.rows else ():
        for column in sorted(set(row) - set(table.attributes)):
            yield Problem(f"{place}: population", f"fills {column}, which is no attribute")
    for column, attribute in table.attributes.items():
        where = f"{place}: attribute {column}"
        if attribute.generate:
            yield from _value_problems(table, column, attribute.generate, where)
            try:
                _prepare_generate(preparer, contract, f"{name}.{column}", attribute.generate, names)
            except BadStatement as error:
                yield Problem(where, str(error))


def _value_problems(table: Table, column: str, generate: Generate, place: str) -> Iterator[Problem]:
    """What the generator could only say row by row: values that the column's own declaration refuses."""
    allowed = enum_of(table, column)
    strange = sorted({str(v) for v in generate.choice or ()} - set(allowed or ())) if allowed else []
    if strange:
        values = ", ".join(allowed or ())
        yield Problem(place, f"chooses {', '.join(strange)}, which it cannot be", f"values are {values}")
    if isinstance(generate.choice, dict) and not all(weight >= 0 for weight in generate.choice.values()):
        yield Problem(place, "gives a choice a weight below zero")
    for bounds in (generate.integer, generate.number, generate.money):
        if bounds and bounds[0] > bounds[1]:
            yield Problem(place, f"its range begins at {bounds[0]:g} and ends before, at {bounds[1]:g}")
    quoted = _QUOTED.findall(generate.template or "")
    for other in sorted(set(quoted) - set(table.attributes) | set(quoted) & {column}):
        yield Problem(place, f"its template quotes {other}, which is no other column of the row")


def _prepare_generate(
    preparer: Preparer, contract: Contract, column: str, generate: Generate, names: Collection[str]
) -> None:
    """Prepare the SQL of one attribute's values. Raises BadStatement."""
    if generate.sql:
        found = preparer.prepare(f"SELECT {generate.sql} FROM {column.partition('.')[0]}", names)
        if len(found.columns) != 1:
            raise BadStatement(f"yields {len(found.columns)} values; one is expected")
    if generate.pick:
        table, attribute = generate.pick.table, contract.attribute(column)
        if table not in contract.tables:
            raise BadStatement(f"picks from {table}, which is no table")
        if attribute is None or (attribute.refers_to or "").partition(".")[0] != table:
            raise BadStatement(f"picks from {table} and does not refer to it")
        if generate.pick.where:
            preparer.prepare(f"SELECT 1 FROM {table} WHERE {generate.pick.where}", names)
