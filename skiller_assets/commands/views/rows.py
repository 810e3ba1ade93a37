"""The rows that a gold run reads and changes, by table, and the database from which each table comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from skiller_assets.commands.views.paper import listed
from skiller_assets.contract.analyse import canonical
from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.rename import SEPARATOR, domain_of
from skiller_assets.tasks.records import Call, Task
from skiller_assets.tasks.rows import Level, Row, levels_of, rows_at

_SHOWN = 5
_DONE = {"insert": "new", "update": "changed", "delete": "removed"}

Key = tuple[Any, ...]


@dataclass
class Touched:
    """What a run does with one table: keys of rows that results show, and of those that it leaves different, by how.

    ``is_anonymous`` when results show values of rows as well that do not say which rows they are.
    """

    read: dict[Key, None] = field(default_factory=dict)
    is_anonymous: bool = False
    changed: dict[str, list[Key]] = field(default_factory=dict)


def rows_touched(compiled: CompiledContract, task: Task) -> dict[str, Touched]:
    """The rows of a gold run by table; a row counts as read when a result shows something of it."""
    found: dict[str, Touched] = {}
    for call in task.calls:
        for table, key in _rows_shown(compiled, task, call):
            touched = found.setdefault(table, Touched())
            if key is None:
                touched.is_anonymous = True
            else:
                touched.read[key] = None
    for change in task.diff:
        touched = found.setdefault(change["table"], Touched())
        touched.changed.setdefault(_DONE[change["op"]], []).append(tuple(change["key"]))
    return found


def tables_looked_into(compiled: CompiledContract, task: Task) -> list[str]:
    """The tables that the statements of the called tools read, sorted; of many no row is ever shown."""
    tools = {call.tool for call in task.calls if call.tool in compiled.tools}
    read = {column for tool in tools for s in compiled.tools[tool].statements for column in s.reads}
    return sorted({column.partition(".")[0] for column in read})


def sources_of_tables(contract_tables: Sequence[str], members: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The databases from which tables come, in words; ``members`` are the tables of each domain of a pair."""
    found = {}
    for table in contract_tables:
        own = domain_of(table)
        named = table.removeprefix(f"{own}{SEPARATOR}")
        holders = [own] if own else [domain for domain, tables in members.items() if named in tables]
        found[table] = " and ".join(holders)
    return found


def rows_told(found: Mapping[str, Touched], looked: Sequence[str], sources: Mapping[str, str]) -> Iterator[str]:
    """A paragraph for each database, a line for each table; then what is shown without a key, or only looked at."""
    tables = {*found, *looked}
    for database in sorted({sources.get(table, "") for table in tables}):
        own = sorted(table for table in tables if sources.get(table, "") == database)
        told = [table for table in own if table in found and (found[table].read or found[table].changed)]
        anonymous = [table for table in own if table in found and found[table].is_anonymous]
        yield f"  from the database of {database}" if database else "  from the fusion itself"
        width = max(map(len, told), default=0)
        for table in told:
            yield from _told(found[table], f"    {table:<{width}}  ")
        if anonymous:
            yield listed(anonymous, "    rows shown without their key: ")
        if unseen := [table for table in own if table not in found]:
            yield listed(unseen, "    only looked at by rules and lookups: ")


def _told(touched: Touched, head: str) -> Iterator[str]:
    for how, keys in [("read", list(touched.read)), *touched.changed.items()]:
        if keys:
            yield listed(["/".join(map(str, key)) for key in keys], f"{head}{len(keys):>3} {how:<8} ", _SHOWN)
            head = " " * len(head)


def _rows_shown(compiled: CompiledContract, task: Task, call: Call) -> Iterator[tuple[str, Key | None]]:
    """(table, key) of every row of which a call's result shows something; who is authorized is a row, too.

    The key is None where the result does not say which row it is.
    """
    if call.tool not in compiled.tools:
        return
    contract = compiled.contract
    tool = compiled.tools[call.tool]
    around = _given(compiled, call)
    if person := task.person.get(tool.principal):
        around.setdefault(f"{tool.principal}.{contract.entities[tool.principal].key[0]}", person)
        if tool.tool.access == "authorize":
            yield tool.principal, (person,)
    for level in levels_of(compiled, call.tool):
        tables = dict.fromkeys(c.origin.partition(".")[0] for c in level.own if c.origin)
        for row in rows_at(level, call.result):
            for table in tables:
                keys = list(_keys(compiled, table, level, row, around))
                yield from ((table, key) for key in keys)
                if not keys:
                    yield table, None


def _given(compiled: CompiledContract, call: Call) -> dict[str, Any]:
    """What the arguments of a call refer to, by canonical column."""
    parameters = compiled.contract.tools[call.tool].parameters
    return {
        canonical(compiled.contract, declared.refers_to): call.arguments[name]
        for name, declared in parameters.items()
        if declared.refers_to and name in call.arguments
    }


def _keys(compiled: CompiledContract, table: str, level: Level, row: Row, around: Mapping[str, Any]) -> Iterator[Key]:
    """The keys of the rows of a table that a row of a result shows; none where it does not show which they are.

    A table that is joined twice shows two rows: of a key of one column both are found, of a longer one neither, as
    nothing says which parts belong together.
    """
    key = compiled.contract.tables[table].key
    parts = [_values(compiled, f"{table}.{column}", level, row, around) for column in key]
    if len(key) == 1 or all(len(values) == 1 for values in parts):
        yield from product(*parts)


def _values(compiled: CompiledContract, column: str, level: Level, row: Row, around: Mapping[str, Any]) -> list[Any]:
    """The values that a row shows of a column of a key, or of a reference to it."""
    wanted = canonical(compiled.contract, column)
    for cells in (level.own, level.outer):
        same = [c for c in cells if c.origin == column] or [c for c in cells if c.column == wanted]
        values = [v for c in same if (v := row.values.get(c.path)) is not None]
        if values:
            return list(dict.fromkeys(values))
    return [around[wanted]] if wanted in around else []
