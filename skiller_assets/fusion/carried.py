"""What a value flow carries: the values that its read shows somebody, and what becomes of them on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.model import Contract
from skiller_assets.world.session import Session

MOST_RECORDS = 24
"""Of how many records of a person the details are looked at."""


def entering(flow: ValueFlow, value: Any) -> Any:
    """The value that enters a tool when this one leaves the other: itself, or the day of a moment."""
    return day_of(value) if flow.derivation == "day" else value


def day_of(moment: Any) -> Any:
    """The day of an ISO instant; anything else stays as it is."""
    return moment[:10] if isinstance(moment, str) else moment


def carried_values(session: Session, contract: Contract, flow: ValueFlow, roles: Mapping[str, str]) -> list[Any]:
    """The values that a flow's read shows the person who plays these roles, sorted; the session is reset."""
    session.reset()
    session.admit(roles)
    found = {
        value for arguments in _arguments(session, contract, flow, roles) for value in _shown(session, flow, arguments)
    }
    return sorted(found, key=repr)


def _shown(session: Session, flow: ValueFlow, arguments: Mapping[str, Any]) -> Iterator[Any]:
    result = session.call(flow.gives, arguments).result
    for row in result if isinstance(result, list) else [result]:
        value = row.get(flow.path[-1]) if isinstance(row, dict) and flow.leaves(row) else None
        if value is not None:
            yield value


def _arguments(
    session: Session, contract: Contract, flow: ValueFlow, roles: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Arguments of a read of somebody's own records: none, or each of the records that it is about."""
    required = {n: p.refers_to for n, p in contract.tools[flow.gives].parameters.items() if not p.optional}
    if not required:
        yield {}
    if len(required) != 1:
        return
    ((name, column),) = required.items()
    principal = contract.principal_of(flow.gives)
    table, _, key = (column or "").partition(".")
    condition = owner_condition(contract, table, principal) if table in contract.tables else None
    if condition is not None:
        sql = f'SELECT DISTINCT "{key}" FROM "{table}" WHERE {condition} ORDER BY 1 LIMIT {MOST_RECORDS}'
        yield from ({name: row[0]} for row in session.query(sql, {"me": roles[principal]}))
