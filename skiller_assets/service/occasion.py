"""When an effect has something to do: conditions on a call, taken from its guard and from what it would change."""

from __future__ import annotations

from collections.abc import Mapping

from skiller_assets.contract.compile import CompiledEffect, CompiledTool
from skiller_assets.contract.sql import tokens_of

Condition = tuple[str, tuple[str, ...]]
"""SQL that yields something other than 0 and NULL, and the names it uses."""


def occasion(tool: CompiledTool, effect: CompiledEffect) -> Mapping[str, Condition]:
    """What must be true for an effect to show; empty where it always does or where only running it can tell."""
    found: dict[str, Condition] = {}
    if effect.when is not None:
        found["its guard"] = (f"SELECT {'NOT ' if effect.when_not else ''}:{effect.when}", (effect.when,))
    rows = _matched_rows(effect.statement.sql)
    names = effect.statement.parameters
    if rows is not None and not any(f":{created}" in rows for created in tool.tool.creates):
        found["its rows"] = (rows, tuple(n for n in names if f":{n}" in rows))
    return found


def _matched_rows(sql: str) -> str | None:
    """Whether there are rows that an UPDATE or DELETE with a WHERE would change; None for any other statement."""
    depth, start, table, updates = 0, None, "", False
    tokens = tokens_of(sql)
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.text.upper()
        depth += (word == "(") - (word == ")")
        if depth or following is None:
            continue
        if start is None and word in ("UPDATE", "DELETE"):
            start, updates = token.start, word == "UPDATE"
            table = following.text if updates else table
        elif start is not None and word == "FROM":
            if updates:
                return None
            table = following.text
        elif start is not None and word == "WHERE":
            return f'{sql[:start]}SELECT EXISTS (SELECT 1 FROM "{table}" {sql[token.start :]})'
    return None
