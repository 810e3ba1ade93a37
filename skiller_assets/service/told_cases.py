"""A call told to a reader: what it binds, and the rows that it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.model import Contract
from skiller_assets.contract.sql import Statement
from skiller_assets.contract.values import decoder
from skiller_assets.service.asked_calls import AskedCalls, Case
from skiller_assets.world.session import Session

_MOST_ROWS = 6
"""Rows of one table that are told."""

_Row = dict[str, Any]


def told_case(calls: AskedCalls, tool: CompiledTool, case: Case, verdict: bool, statement: Statement) -> dict[str, Any]:
    """A case for the prompt: ``{call, verdict, rows}``, with the rows of the tables that a predicate reads."""
    session = calls.prepared(tool, case)
    found = _rows(calls.world.contract, session, tool, case, statement)
    columns = {r.partition(".")[2] for r in statement.reads}
    return {
        "call": call_words(calls, tool, case),
        "verdict": "it holds" if verdict else "it does not hold",
        "rows": [f"{table}: {_row_words(row, columns)}" for table, rows in found.items() for row in rows],
    }


def call_words(calls: AskedCalls, tool: CompiledTool, case: Case) -> str:
    """``appointment_id AP-10293, for the patient PT-00012``, and what is set otherwise: ``at …``, ``with :limit 3``."""
    arguments = {n: _moved(tool, n, case) if n in case.changed else value for n, value in case.arguments.items()}
    parts = [f"{name} {_value(value)}" for name, value in arguments.items()]
    parts += [f"{name} left out" for name in tool.tool.parameters if name not in arguments]
    parts.append(f"for the {tool.principal.replace('_', ' ')} {case.person}")
    parts += [f"after {call.tool}" for call in case.setup]
    parts.append(f"at {case.changed.get('now', calls.world.now)}")
    parts += [f"with :{n} at {v}" for n, v in case.changed.items() if n != "now" and n not in tool.tool.parameters]
    return ", ".join(parts)


def _rows(
    contract: Contract, session: Session, tool: CompiledTool, case: Case, statement: Statement
) -> dict[str, list[_Row]]:
    """By table: what the arguments name, then what these rows refer to, then what the person owns."""
    tables = sorted({read.partition(".")[0] for read in statement.reads})
    found: dict[str, list[_Row]] = {}
    for name, value in case.arguments.items():
        refers_to = tool.tool.parameters[name].refers_to
        if refers_to and not isinstance(value, list):
            _add(found, session, contract, refers_to, value)
    _add(found, session, contract, f"{tool.principal}.{contract.entities[tool.principal].key[0]}", case.person)
    for table, column, value in list(_references(contract, found)):
        if table in tables and table not in found:
            _add(found, session, contract, f"{table}.{column}", value)
    for table in tables:
        condition = owner_condition(contract, table, tool.principal)
        if table not in found and condition is not None:
            found[table] = _select(session, contract, table, condition, {"me": case.person})
    return {table: rows for table, rows in found.items() if table in tables}


def _references(contract: Contract, found: Mapping[str, list[_Row]]) -> Iterator[tuple[str, str, Any]]:
    for table, rows in found.items():
        for column, attribute in contract.tables[table].attributes.items():
            if attribute.refers_to:
                target, _, theirs = attribute.refers_to.partition(".")
                yield from ((target, theirs, row[column]) for row in rows)


def _add(found: dict[str, list[_Row]], session: Session, contract: Contract, column: str, value: Any) -> None:
    table, _, name = column.partition(".")
    rows = _select(session, contract, table, f'"{name}" = :value', {"value": value})
    found.setdefault(table, []).extend(rows)


def _select(session: Session, contract: Contract, table: str, where: str, bindings: Mapping[str, Any]) -> list[_Row]:
    columns = list(contract.tables[table].attributes)
    names = ", ".join(f'"{column}"' for column in columns)
    rows = session.query(f'SELECT {names} FROM "{table}" WHERE {where} ORDER BY 1 LIMIT {_MOST_ROWS}', bindings)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _row_words(row: _Row, columns: set[str]) -> str:
    """The columns that a predicate reads, as SQL holds them."""
    return ", ".join(f"{name} {_value(value)}" for name, value in row.items() if name in columns)


def _moved(tool: CompiledTool, name: str, case: Case) -> Any:
    """An argument that was moved, as a caller would give it."""
    decode = decoder(tool.tool.parameters[name].type)
    return decode(case.changed[name]) if decode else case.changed[name]


def _value(value: Any) -> str:
    return "NULL" if value is None else str(value)
