"""What the contract promises about its tables, as Great Expectations rules over frames read from ``world.sqlite``.

Keys, references, types, enums, ranges, formats, dates and counts come from the declarations alone. Where a settle
statement changes a column, or adds rows to its table, what ``generate`` says about its values no longer binds.
What the library checks slowly or not at all (references, calendar dates, spans of time) is prepared as a column that
holds the offending values and is expected to be empty.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from skiller_assets.contract.ddl import enum_of, foreign_keys
from skiller_assets.contract.ids import format_of
from skiller_assets.contract.model import Attribute, Contract, DateRange, Entity, Table
from skiller_assets.contract.sql import Preparer, open_schema
from skiller_assets.service.validation import ExpectationOutcome, Rule, validate
from skiller_assets.world.draw import sql_draw
from skiller_assets.world.frames import dtype_of
from skiller_assets.world.generate import WorldSpec
from skiller_assets.world.humans import spelled
from skiller_assets.world.spans import shifted

_LONGEST_TEXT = 2000
_OLDEST_YEARS, _FURTHEST_YEARS = 120, 30
_ISO = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%S", "time": "%H:%M"}
_SHAPES = {
    "date": r"\d{4}-\d\d-\d\d",
    "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "time": r"([01]\d|2[0-3]):[0-5]\d",
}
_EMAIL = r"^[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$"
_HUMAN_FORMATS = {"phone": r"^\(\d{3}\) 555-01\d\d$", "postal_code": r"^\d{5}$", "region": r"^[A-Z]{2}$"}


def validate_frames(
    contract: Contract, frames: Mapping[str, pd.DataFrame], spec: WorldSpec
) -> list[ExpectationOutcome]:
    """Check every table of a world.

    A table or column that is missing is an outcome of its own, never an exception.
    """
    settled = settled_by(contract)
    outcomes: list[ExpectationOutcome] = []
    for name in contract.tables:
        if name not in frames:
            outcomes.append(ExpectationOutcome(name, "", "present", False, "the table is missing"))
            continue
        suite = _Suite(contract, name, frames, spec, settled)
        outcomes += validate(name, suite.frame, suite.rules)
    return outcomes


@dataclass(frozen=True)
class Settled:
    """What settling touches: ``table.column`` that it updates, and tables whose rows it adds or removes."""

    columns: frozenset[str]
    tables: frozenset[str]


def settled_by(contract: Contract) -> Settled:
    """What the settle statements of a compiled contract write. Raises BadStatement for one that does not compile."""
    connection = open_schema(contract)
    try:
        connection.create_scalar_function("draw", sql_draw(0), -1, deterministic=True)
        preparer = Preparer(connection, functions=("draw",))
        names = {"now", "rows", *contract.constants}
        writes = {w for settle in contract.settle for w in preparer.prepare(settle.sql, names, write=True).writes}
    finally:
        connection.close()
    columns = {f"{table}.{column}" for kind, table, column in writes if kind == "UPDATE"}
    return Settled(frozenset(columns), frozenset(table for kind, table, _ in writes if kind != "UPDATE"))


class _Suite:
    """The rules of one table, and its frame with the prepared columns."""

    def __init__(
        self, contract: Contract, name: str, frames: Mapping[str, pd.DataFrame], spec: WorldSpec, settled: Settled
    ) -> None:
        self._contract, self._name, self._frames, self._spec, self._settled = contract, name, frames, spec, settled
        self._table: Table = contract.tables[name]
        self.frame = frames[name].copy(deep=False)
        self.rules = list(self._table_rules())
        for column, attribute in self._table.attributes.items():
            self.rules += self._column_rules(column, attribute)
            if column in self.frame:
                self.rules += self._value_rules(column, attribute)
        self.rules += self._references()
        self.rules += self._names()

    def _table_rules(self) -> Iterator[Rule]:
        columns = list(self._table.attributes)
        yield Rule("ExpectTableColumnsToMatchSet", {"column_set": columns, "exact_match": False}, name="columns")
        low, high = self._counts()
        yield Rule("ExpectTableRowCountToBeBetween", {"min_value": low, "max_value": high}, name="row_count")
        for unique in [self._table.key, *self._table.unique]:
            if len(unique) > 1:
                shown = ", ".join(unique)
                yield Rule("ExpectCompoundColumnsToBeUnique", {"column_list": unique}, shown, "unique")

    def _counts(self) -> tuple[int, int | None]:
        population = self._table.population
        if self._name in self._settled.tables or (population and population.query):
            return 0, None
        if population and population.each:
            parents = len(self._frames.get(population.each.of, ()))
            return min(population.each.counts) * parents, max(population.each.counts) * parents
        if population and population.rows is not None:
            return len(population.rows), len(population.rows)
        exact = population.count if population and population.count else self._spec.rows
        return exact, exact

    def _column_rules(self, column: str, attribute: Attribute) -> Iterator[Rule]:
        about = {"column": column}
        dtype = dtype_of(attribute)
        yield Rule("ExpectColumnValuesToBeOfType", {**about, "type_": _GX_TYPES.get(dtype, dtype)}, column, "type")
        if not attribute.optional:
            yield Rule("ExpectColumnValuesToNotBeNull", about, column, "not_null")
        if attribute.unique or self._table.key == [column]:
            yield Rule("ExpectColumnValuesToBeUnique", about, column, "unique")
        allowed = enum_of(self._table, column) or self._choices(column, attribute)
        if allowed:
            yield Rule("ExpectColumnValuesToBeInSet", {**about, "value_set": allowed}, column, "one_of")
        low, high = self._range(column, attribute)
        if low is not None or high is not None:
            bounds = {**about, "min_value": low, "max_value": high}
            yield Rule("ExpectColumnValuesToBeBetween", bounds, column, "range")
        pattern = self._pattern(column, attribute)
        if pattern:
            yield Rule("ExpectColumnValuesToMatchRegex", {**about, "regex": pattern}, column, "format")
        if attribute.type == "list":
            yield Rule("ExpectColumnValuesToBeJsonParseable", about, column, "json")
        if attribute.type == "text" and not allowed and not pattern:
            bounds = {**about, "min_value": 1, "max_value": _LONGEST_TEXT}
            yield Rule("ExpectColumnValueLengthsToBeBetween", bounds, column, "length")

    def _value_rules(self, column: str, attribute: Attribute) -> Iterator[Rule]:
        if attribute.type not in _ISO:
            return
        values = self.frame[column].astype("str")
        there = self.frame[column].notna()
        parsed = pd.to_datetime(values, format=_ISO[attribute.type], errors="coerce")
        sound = values.str.fullmatch(_SHAPES[attribute.type]) & parsed.notna()
        yield self._none(column, "calendar", there & ~sound)
        if attribute.type != "time":
            first, last = self._span(column, attribute)
            yield self._none(column, "span", there & ((values < first) | (values > last)))

    def _references(self) -> Iterator[Rule]:
        for target, own, theirs in foreign_keys(self._table, self._contract.tables):
            there = self._frames.get(target)
            shown = ", ".join(own)
            if there is None or not set(theirs) <= set(there) or not set(own) <= set(self.frame):
                # Without its columns a reference cannot be looked up: this rule then fails and says so.
                yield Rule("ExpectColumnToExist", {"column": f"{target}.{', '.join(theirs)}"}, shown, "reference")
                continue
            mine = pd.MultiIndex.from_frame(self.frame[list(own)].astype("object"))
            known = pd.MultiIndex.from_frame(there[list(theirs)].astype("object"))
            empty = self.frame[list(own)].isna().any(axis=1)
            lost = pd.Series(~mine.isin(known), index=self.frame.index) & ~empty
            yield self._none(shown, "reference", lost, own[0])

    def _names(self) -> Iterator[Rule]:
        """People whose e-mail address does not hold their own names."""
        humans = {
            a.generate.human: column
            for column, a in self._table.attributes.items()
            if a.generate and a.generate.human and column in self.frame and not self._free(column)
        }
        names = [humans[field] for field in ("full_name", "first_name", "last_name") if field in humans]
        if not isinstance(self._table, Entity) or "email" not in humans or not names:
            return
        columns = [humans["email"], *names]
        rows = self.frame[columns].astype("str").itertuples(index=False)
        wrong = [not _matches(str(email), [str(name) for name in own]) for email, *own in rows]
        yield self._none(humans["email"], "matches_name", pd.Series(wrong, index=self.frame.index))

    def _none(self, column: str, name: str, wrong: pd.Series[bool], source: str = "") -> Rule:
        """Prepares a column with the offending values, and the rule that it is empty."""
        prepared = f"{column}: {name}"
        self.frame[prepared] = self.frame[source or column].astype("object").where(wrong.astype("bool"), None)
        return Rule("ExpectColumnValuesToBeNull", {"column": prepared}, column, name)

    def _free(self, column: str) -> bool:
        """Whether values may differ from what ``generate`` says: settled, listed or queried ones."""
        population = self._table.population
        given = population is not None and (population.query is not None or population.rows is not None)
        return given or self._name in self._settled.tables or f"{self._name}.{column}" in self._settled.columns

    def _choices(self, column: str, attribute: Attribute) -> list[str] | None:
        generate = attribute.generate
        if attribute.type != "text" or not generate or generate.choice is None or self._free(column):
            return None
        return sorted({str(value) for value in generate.choice if value is not None})

    def _range(self, column: str, attribute: Attribute) -> tuple[float | None, float | None]:
        """Bounds in stored form: declared ones always, generated ones where nothing else writes the column."""
        scale = 100 if attribute.type == "money" else 1
        low = None if attribute.minimum is None else attribute.minimum * scale
        high = None if attribute.maximum is None else attribute.maximum * scale
        generate = attribute.generate
        drawn = (generate.integer or generate.number or generate.money) if generate else None
        if drawn and not self._free(column):
            low = drawn[0] * scale if low is None else max(low, drawn[0] * scale)
            high = drawn[1] * scale if high is None else min(high, drawn[1] * scale)
        return low, high

    def _pattern(self, column: str, attribute: Attribute) -> str | None:
        generate = attribute.generate
        if attribute.type == "id":
            return self._id_pattern(column, attribute)
        if generate and generate.human and not self._free(column):
            return _EMAIL if generate.human == "email" else _HUMAN_FORMATS.get(generate.human)
        if generate and generate.pattern and not self._free(column):
            return _regex(generate.pattern)
        return _EMAIL if attribute.semantic_type == "email" else None

    def _id_pattern(self, column: str, attribute: Attribute) -> str | None:
        if attribute.refers_to or (attribute.generate and attribute.generate.pattern is None):
            return None  # a reference is checked as such
        if attribute.generate and attribute.generate.pattern:
            return _regex(attribute.generate.pattern)
        if attribute.format is None and self._free(column):
            return None
        return _regex(format_of(self._name, attribute.format).format)

    def _span(self, column: str, attribute: Attribute) -> tuple[str, str]:
        """The first and the last moment that the column may hold, as ISO text."""
        now = dt.datetime.fromisoformat(self._spec.now)
        generate = attribute.generate
        span = (generate.date or generate.datetime) if generate else None
        first, last = shifted(now, f"-{_OLDEST_YEARS}y"), shifted(now, f"+{_FURTHEST_YEARS}y")
        if span and not self._free(column):
            first, last = _ends(span, now)
        elif attribute.semantic_type == "date_of_birth" or (generate and generate.human):
            last = now
        if attribute.type == "date":
            return first.date().isoformat(), last.date().isoformat()
        return first.isoformat(timespec="seconds"), last.isoformat(timespec="seconds")


_GX_TYPES = {"Int64": "int64", "Float64": "float64", "boolean": "bool"}  # it names the type of single values


def _ends(span: DateRange, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    return shifted(now, span.start), shifted(now, span.end)


def _regex(pattern: str) -> str:
    classes = {"#": r"\d", "@": "[A-Z]"}
    return "^" + "".join(classes.get(mark, re.escape(mark)) for mark in pattern) + "$"


def _matches(email: str, names: list[str]) -> bool:
    local = spelled(email.partition("@")[0])
    parts = [part for name in names for part in _parts(name)]
    return all(part in local for part in parts)


def _parts(name: str) -> list[str]:
    """The first and the last word of a name, as they are spelled in an address."""
    words = [spelled(word) for word in name.split()]
    return [word for word in (words[0], words[-1]) if word] if words else []
