"""The SQL by which records arise, prepared like every other: queries, conditions, derived columns, settling."""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from skiller_assets.contract.ddl import load_order
from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Contract, Table
from skiller_assets.contract.sql import BadStatement, Preparer


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
        generate = attribute.generate
        where = f"{place}: attribute {column}"
        try:
            if generate and generate.sql:
                preparer.prepare(f"SELECT {generate.sql} FROM {name}", names)
            if generate and generate.pick:
                if generate.pick.table not in contract.tables:
                    raise BadStatement(f"picks from {generate.pick.table}, which is no table")
                if generate.pick.where:
                    preparer.prepare(f"SELECT 1 FROM {generate.pick.table} WHERE {generate.pick.where}", names)
        except BadStatement as error:
            yield Problem(where, str(error))
