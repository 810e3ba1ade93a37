"""From a contract to its world: every row of every table, generated, derived, settled, checked and loaded.

Human *k* depends on (seed, "human", k), row *k* of an entity on (seed, entity, k), rows that belong to others on
those: never on the domain or on how many rows there are. So the same person is the same in every domain, and a
larger world begins with the smaller one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import apsw
import pandas as pd

from skiller_assets.contract.ddl import load_order
from skiller_assets.contract.errors import ContractError, Problem
from skiller_assets.contract.ids import IdSpaceExhausted, format_of
from skiller_assets.contract.model import Attribute, Contract, Entity, Pick, Table
from skiller_assets.contract.values import SqlValue
from skiller_assets.world.columns import ColumnError, Setting, Values, generated, quoted
from skiller_assets.world.distinct import make_distinct
from skiller_assets.world.frames import frame_of
from skiller_assets.world.humans import STAFF_AGES, Humans
from skiller_assets.world.population import counted, for_each, listed, queried
from skiller_assets.world.rows import Rows
from skiller_assets.world.soundness import broken_invariants, faults
from skiller_assets.world.staging import Staging, insert, new_database

Row = tuple[SqlValue, ...]


@dataclass(frozen=True)
class WorldSpec:
    """What a world depends on besides its contract: the corpus seed, its fixed instant (ISO), rows of a table."""

    seed: int
    now: str
    rows: int

    def __post_init__(self) -> None:
        dt.datetime.fromisoformat(self.now)
        if self.rows < 1:
            raise ValueError(f"a world has at least one row a table, not {self.rows}")


@dataclass(frozen=True)
class Generated:
    """A world's tables as frames (stored form, rows by key) and the same as the bytes of ``world.sqlite``."""

    frames: Mapping[str, pd.DataFrame]
    image: bytes


class GenerateError(ContractError):
    """A contract from which no sound world arises; every problem names the table, column or statement."""


def generate(contract: Contract, spec: WorldSpec) -> Generated:
    """The world of a contract. Equal arguments give equal bytes. Raises GenerateError."""
    generator = _Generator(contract, spec)
    try:
        rows = generator.run()
    finally:
        generator.close()
    source = f"{contract.domain}.yaml"
    problems = faults(contract, rows, source)
    if problems:
        raise GenerateError(problems)
    image = _image(contract, rows, spec, source)
    frames = {name: frame_of(table, rows[name]) for name, table in contract.tables.items()}
    return Generated(frames, image)


def _image(
    contract: Contract, rows: Mapping[str, Sequence[tuple[SqlValue, ...]]], spec: WorldSpec, source: str
) -> bytes:
    connection = new_database(contract)
    try:
        with connection:
            for name in load_order(contract):
                _insert_all(connection, contract, name, rows[name], source)
        problems = broken_invariants(contract, connection, spec.now, source)
        if problems:
            raise GenerateError(problems)
        connection.execute("VACUUM")
        return connection.serialize("main")
    finally:
        connection.close()


def _insert_all(connection: apsw.Connection, contract: Contract, name: str, rows: Sequence[Row], source: str) -> None:
    connection.execute("PRAGMA defer_foreign_keys = ON")  # a row may refer to a later one of its own table
    try:
        insert(connection, name, list(contract.tables[name].attributes), rows)
    except apsw.Error as error:
        raise GenerateError(
            [Problem(f"{source}: table {name}", f"a row does not fit the schema: {error}", _advice(error))]
        ) from error


class _Generator:
    """Fills the staging database table by table and remembers the rows for those that come after."""

    def __init__(self, contract: Contract, spec: WorldSpec) -> None:
        self._contract = contract
        self._spec = spec
        self._source = f"{contract.domain}.yaml"
        self._staging = Staging(contract, spec.seed, spec.now, spec.rows)
        self._rows: dict[str, Rows] = {}
        self._picks: dict[tuple[str, str | None, str | None], list[SqlValue]] = {}

    def close(self) -> None:
        self._staging.close()

    def run(self) -> dict[str, list[Row]]:
        """All rows of all tables, settled. Raises GenerateError."""
        for name in load_order(self._contract):
            self._table(name, self._contract.tables[name])
            self._derive()
        for name, column in self._staging.pending():
            place = f"{self._source}: table {name}: attribute {column}"
            raise GenerateError([Problem(place, "derives from a column that derives from it", "break the circle")])
        for i, settle in enumerate(self._contract.settle, 1):
            try:
                self._staging.settle(settle)
            except apsw.Error as error:
                raise GenerateError(
                    [Problem(f"{self._source}: settle {i} ({settle.says})", str(error), _advice(error))]
                ) from error
        return {name: self._staging.rows(name, table) for name, table in self._contract.tables.items()}

    def _derive(self) -> None:
        while columns := self._staging.derivable():
            for name, column in columns:
                try:
                    self._staging.derive(name, column)
                except apsw.Error as error:
                    place = f"{self._source}: table {name}: attribute {column}"
                    raise GenerateError([Problem(place, f"its SQL fails: {error}", _advice(error))]) from error

    def _table(self, name: str, table: Table) -> None:
        place = f"{self._source}: table {name}"
        try:
            rows = self._population(name, table)
            self._columns(name, table, rows)
            make_distinct(table, rows, lambda column, some, draw: self._redrawn(name, table, column, some, draw))
        except ColumnError as error:
            raise GenerateError([Problem(place, error.message, error.advice)]) from error
        except IdSpaceExhausted as error:
            raise GenerateError([Problem(place, str(error))]) from error
        self._rows[name] = rows
        columns = list(rows.columns)
        try:
            self._staging.load(name, columns, rows.tuples(columns))
        except apsw.Error as error:
            raise GenerateError([Problem(place, f"a row does not fit the schema: {error}", _advice(error))]) from error

    def _population(self, name: str, table: Table) -> Rows:
        population = table.population
        if population is None or population.count is not None:
            if self._contract.parent_of(name) is not None and population is None:
                raise ColumnError("a child record without population", "say each, query, count or `rows: []`")
            return counted(population.count if population and population.count else self._spec.rows)
        if population.rows is not None:
            return listed(table, population)
        if population.query is not None:
            try:
                return queried(table, population, self._staging.query)
            except apsw.Error as error:
                raise ColumnError(f"the population's query fails: {error}") from error
        assert population.each is not None
        return for_each(
            table, population.each, self._rows[population.each.of], self._contract.tables, self._words(name)
        )

    def _words(self, name: str) -> tuple[object, ...]:
        """The stream of a table; a namespace (``airline__flight``) does not change it."""
        return (self._spec.seed, name.rsplit("__", 1)[-1])

    def _columns(self, name: str, table: Table, rows: Rows) -> None:
        for column in _by_need(table):
            attribute = table.attributes[column]
            given, listed = rows.columns.get(column), _listed(table, column)
            if given is not None and (listed is None or all(listed)):
                continue
            if not _generates(table, column, attribute):
                rows.columns.setdefault(column, [None] * len(rows))
                continue
            try:
                values = self._column(name, table, column, rows)
            except ColumnError as error:
                raise ColumnError(f"attribute {column}: {error.message}", error.advice) from error
            rows.columns[column] = _overlaid(given, values, listed)

    def _column(self, name: str, table: Table, column: str, rows: Rows) -> Values:
        attribute = table.attributes[column]
        if attribute.generate is None:
            spell = format_of(name, attribute.format)
            return [spell.at(k) for k in range(len(rows))]
        alone = attribute.unique or table.key == [column]
        return generated(attribute, rows, self._setting(name, table, column), alone=alone)

    def _redrawn(self, name: str, table: Table, column: str, rows: Rows, draw: int) -> Values:
        return generated(table.attributes[column], rows, self._setting(name, table, column).again(draw))

    def _setting(self, name: str, table: Table, column: str) -> Setting:
        staff = isinstance(table, Entity) and table.role == "staff"
        seed, plain = self._words(name)
        humans = (
            Humans(self._spec.now, seed, "staff", plain, ages=STAFF_AGES)
            if staff
            else Humans(self._spec.now, seed, "human")
        )
        refers_to = table.attributes[column].refers_to
        types = {name: attribute.type for name, attribute in table.attributes.items()}
        words = (*self._words(name), column)
        return Setting(self._spec.now, words, humans, types, lambda pick: self._candidates(pick, refers_to))

    def _candidates(self, pick: Pick, refers_to: str | None) -> list[SqlValue]:
        known = (pick.table, pick.where, refers_to)
        if known not in self._picks:
            self._picks[known] = self._select(pick, refers_to)
        return self._picks[known]

    def _select(self, pick: Pick, refers_to: str | None) -> list[SqlValue]:
        if pick.table not in self._rows:
            raise ColumnError(f"picks from {pick.table}, which has no rows yet", "a pick refers to an earlier table")
        column = (refers_to or "").partition(".")[2] or self._contract.tables[pick.table].key[0]
        where = f" WHERE {pick.where}" if pick.where else ""
        try:
            _, found = self._staging.query(f'SELECT "{column}" FROM "{pick.table}"{where} ORDER BY "{column}"')
        except apsw.Error as error:
            raise ColumnError(f"the condition of its pick fails: {error}") from error
        return [row[0] for row in found]


def _advice(error: apsw.Error) -> str:
    """What to do about a value that does not fit its column."""
    whole = "cannot store REAL value in INTEGER" in str(error)
    return "whole numbers only, money in minor units: CAST(round(…) AS INTEGER)" if whole else ""


def _by_need(table: Table) -> list[str]:
    """Columns so that a template comes after what it quotes; otherwise in the contract's order."""
    order: list[str] = []
    waiting = {column: quoted(attribute) & set(table.attributes) for column, attribute in table.attributes.items()}
    while waiting:
        # Templates that quote each other in a circle go in as they are, and fail with their own message.
        column = next((c for c, needs in waiting.items() if not needs - set(order)), next(iter(waiting)))
        order.append(column)
        del waiting[column]
    return order


def _generates(table: Table, column: str, attribute: Attribute) -> bool:
    """Whether values are generated here; others come from SQL, from a settle statement, or stay empty."""
    if attribute.generate is not None:
        return attribute.generate.sql is None
    return attribute.type == "id" and attribute.refers_to is None and column in table.key


def _listed(table: Table, column: str) -> list[bool] | None:
    """Where the population lists its rows: which of them give this column (an explicit null counts)."""
    given = table.population.rows if table.population else None
    return None if given is None else [column in row for row in given]


def _overlaid(given: Values | None, values: Values, listed: list[bool] | None) -> Values:
    """The generated values, overlaid with those that listed rows give."""
    if given is None or listed is None:
        return values
    return [own if there else new for own, new, there in zip(given, values, listed, strict=True)]
