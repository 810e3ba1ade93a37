"""Asking a query backwards: which arguments would make it find something?

``SELECT … FROM flight WHERE origin = :origin AND day = :day`` becomes ``SELECT origin AS origin, day AS day FROM
flight``: its rows are argument tuples for which the query has an answer. Used to propose arguments only; whatever is
proposed is executed before it counts, so a conjunct that cannot be turned round may be left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

MOST_TUPLES = 4000


def invert(sql: str, wanted: Collection[str], shows: str | None = None) -> tuple[str, tuple[str, ...]] | None:
    """The reverse of a query and the parameters it yields, in column order; None where none can be turned round.

    With ``shows``, a result column, each row also holds the value of that column, under the name "".
    """
    try:
        tree = sqlglot.parse_one(sql, dialect="sqlite")
    except SqlglotError:
        return None
    where = tree.args.get("where")
    if not isinstance(tree, exp.Select) or where is None:
        return None
    found: dict[str, exp.Expr] = {}
    rest: list[exp.Expr] = []
    for conjunct in where.this.flatten() if isinstance(where.this, exp.And) else [where.this]:
        term = conjunct.unnest()
        turned = _turn(term, wanted)
        if turned is not None:
            found.setdefault(*turned)
        elif not _parameters(term) & set(wanted):
            rest.append(term)
    if not found:
        return None
    if shows is not None:
        shown = next((e for e in tree.expressions if e.alias_or_name == shows), None)
        if shown is not None:
            found[""] = shown.unalias()
    names = tuple(sorted(found))
    query = exp.Select(expressions=[exp.alias_(found[name].copy(), f"arg_{name}") for name in names])
    for part in ("with_", "from_", "joins"):
        value = tree.args.get(part)
        if value:
            query.set(part, value)
    for term in rest:
        query = query.where(term.copy())
    return f"{query.sql(dialect='sqlite')} LIMIT {MOST_TUPLES}", names


def _turn(term: exp.Expr, wanted: Collection[str]) -> tuple[str, exp.Expr] | None:
    """``x = :p`` (or ``:p IS NULL OR x = :p``, ``:p = x``) → (p, x)."""
    if isinstance(term, exp.Or):
        sides = [side.unnest() for side in term.flatten()]
        for i, side in enumerate(sides):
            others = sides[:i] + sides[i + 1 :]
            if isinstance(side, exp.EQ) and all(_is_absent(o, side) for o in others):
                return _turn(side, wanted)
        return None
    if not isinstance(term, exp.EQ):
        return None
    for one, other in ((term.left, term.right), (term.right, term.left)):
        name = _parameter_name(one)
        if name in wanted and name is not None and not _parameters(other) & set(wanted) and _has_column(other):
            return name, other
    return None


def _is_absent(term: exp.Expr, equation: exp.EQ) -> bool:
    return isinstance(term, exp.Is) and bool(_parameters(term) & _parameters(equation))


def _has_column(node: exp.Expr) -> bool:
    return node.find(exp.Column) is not None


def _parameters(node: exp.Expr) -> set[str]:
    return set(_names(node))


def _names(node: exp.Expr) -> Iterator[str]:
    for found in node.find_all(exp.Placeholder, exp.Parameter):
        name = _parameter_name(found)
        if name:
            yield name


def _parameter_name(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Placeholder | exp.Parameter):
        this = node.this
        return this if isinstance(this, str) else getattr(this, "name", None)
    return None
