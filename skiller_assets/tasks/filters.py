"""Records that a tool's own rules let pass, by SQL: each rule inlined, the parameter replaced by a candidate column.

Only rules that depend on one record (and on the person, the instant and constants) are inlined here; rules over several
arguments are judged on whole argument sets. Exact and generic: the predicate that filters is the one that denies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.model import Contract
from skiller_assets.contract.sql import parameter_spans, replaced

CANDIDATE = "candidate"


def record_query(
    contract: Contract, tool: CompiledTool, principal: str, columns: Mapping[str, str], broken: str | None
) -> str:
    """A query for the records that ``columns`` (parameter → ``table.column``, one table) may name in a call.

    All rules about them hold but ``broken``, which fails if it is about them alone; the person's own where owned.
    """
    table = next(iter(columns.values())).partition(".")[0]
    names = {parameter: f'{CANDIDATE}."{column.partition(".")[2]}"' for parameter, column in columns.items()}
    conditions = [c for c in (owner_condition(contract, table, principal, CANDIDATE),) if c]
    fixed = {"me", "now", *contract.constants}
    for rule in tool.rules:
        sql = inline(rule.statement.sql, tool, names)
        used = set(_parameters(sql))
        if sql != rule.statement.sql and used <= fixed:
            conditions.append(f"({sql}) IS NOT 1" if rule.rule.id == broken else f"({sql}) = 1")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    taken = ", ".join(names.values())
    return f'SELECT DISTINCT {taken} FROM "{table}" AS {CANDIDATE}{where} ORDER BY {taken}'


def inline(sql: str, tool: CompiledTool, names: Mapping[str, str]) -> str:
    """The statement with parameters replaced by columns, and ``let`` names by their queries."""
    lets = {name: statement.sql for name, statement in tool.lets}
    used = {name for name, _, _ in parameter_spans(sql)} & lets.keys() - names.keys()
    return replaced(sql, {**names, **{name: f"({inline(lets[name], tool, names)})" for name in used}})


def _parameters(sql: str) -> Sequence[str]:
    return [name for name, _, _ in parameter_spans(sql)]
