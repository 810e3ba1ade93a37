"""Contracts with one fault each, over the same rows: a rule weakened or turned round, an effect dropped or wrong."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.service.loading import contract_json
from skiller_assets.world.image import World, make_world


@dataclass(frozen=True)
class Broken:
    """A contract's data with one fault: of which kind it is, and in which tool's rule or effect.

    ``change`` is what an effect does to which table: ``("insert", "loan")``.
    """

    kind: str
    tool: str
    place: str
    data: dict[str, Any]
    change: tuple[str, str] = ("", "")

    def world(self, like: World) -> World | None:
        """The world of the broken contract with the rows of a good one; None where it does not even compile."""
        try:
            compiled = compile_contract(contract_from(self.data, "broken"))
        except ContractError:
            return None
        return make_world(compiled, like.image, like.now)


def broken_contracts(contract: Contract) -> Iterator[Broken]:
    """Every contract with one fault, in the order of its tools."""
    data = contract_json(contract)
    tools: Any = data["tools"]
    for name, tool in tools.items():
        for i, rule in enumerate(tool.get("rules", [])):
            if "check" in rule:
                yield from _broken_rule(data, name, rule["id"], ("tools", name, "rules", i))
        for i in range(len(tool.get("effects", []))):
            yield from _broken_effects(contract, data, name, i)
    groups: Any = data.get("rule_groups", {})
    for group, rules in groups.items():
        for i, rule in enumerate(rules):
            yield from _broken_rule(data, group, rule["id"], ("rule_groups", group, i))


def _broken_rule(data: dict[str, Any], tool: str, rule: str, at: tuple[str | int, ...]) -> Iterator[Broken]:
    faults = (("a rule weakened", "SELECT 1 OR ({})"), ("a rule turned round", "SELECT NOT COALESCE(({}), 0)"))
    for kind, form in faults:
        changed = deepcopy(data)
        there: Any = changed
        for step in at:
            there = there[step]
        there["check"] = form.format(there["check"])
        yield Broken(kind, tool, rule, changed)


def _broken_effects(contract: Contract, data: dict[str, Any], tool: str, i: int) -> Iterator[Broken]:
    tools: Any = data["tools"]
    tree = sqlglot.parse_one(tools[tool]["effects"][i]["sql"], dialect="sqlite")
    for kind, changed in (
        ("an effect dropped", _nowhere(tree)),
        ("an effect with a wrong value", _wrong(contract, tree)),
    ):
        if changed is not None:
            broken = deepcopy(data)
            there: Any = broken["tools"]
            effect = there[tool]["effects"][i]
            effect |= {"sql": changed.sql(dialect="sqlite"), "rows": "any"}
            table = next(tree.find_all(exp.Table)).name
            yield Broken(kind, tool, effect["says"], broken, (type(tree).__name__.lower(), table))


def _nowhere(tree: exp.Expr) -> exp.Expr | None:
    """The statement so that it touches no row."""
    tree = tree.copy()
    never = exp.condition("1 = 0")
    if isinstance(tree, exp.Update | exp.Delete):
        return tree.where(never)
    if isinstance(tree, exp.Insert) and isinstance(tree.expression, exp.Values):
        values = tree.expression.expressions[0].expressions
        tree.set("expression", exp.select(*values).where(never))
        return tree
    if isinstance(tree, exp.Insert) and isinstance(tree.expression, exp.Select):
        tree.set("expression", exp.select("*").from_(tree.expression.subquery("q")).where(never))
        return tree
    return None


def _wrong(contract: Contract, tree: exp.Expr) -> exp.Expr | None:
    """The statement so that the first number or state that it writes is another one."""
    tree = tree.copy()
    if isinstance(tree, exp.Update):
        table = tree.this.name
        for assigned in tree.expressions:
            other = _other(contract, f"{table}.{assigned.this.name}", assigned.expression)
            if other is not None:
                assigned.set("expression", other)
                return tree
        return None
    if not isinstance(tree, exp.Insert) or not isinstance(tree.this, exp.Schema):
        return None
    table = tree.this.this.name
    source = tree.expression.expressions[0] if isinstance(tree.expression, exp.Values) else tree.expression
    if not isinstance(source, exp.Tuple | exp.Select):
        return None
    for column, value in zip(tree.this.expressions, list(source.expressions), strict=False):
        other = _other(contract, f"{table}.{column.name}", value)
        if other is not None:
            value.replace(other)
            return tree
    return None


def _other(contract: Contract, column: str, value: exp.Expr) -> exp.Expr | None:
    attribute = contract.attribute(column)
    table, _, name = column.partition(".")
    if attribute is None or name in contract.tables[table].key or attribute.refers_to:
        return None
    lifecycle = contract.tables[table].lifecycle
    states = sorted(lifecycle.states) if lifecycle and lifecycle.column == name else attribute.enum or []
    if isinstance(value, exp.Literal) and value.is_string and states:
        return exp.Literal.string(next(s for s in states if s != value.this))
    if attribute.type in ("integer", "money"):
        return exp.Add(this=exp.Paren(this=value.copy()), expression=exp.Literal.number(1))
    return None
