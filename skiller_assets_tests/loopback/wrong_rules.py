"""Subtle mistakes in the predicates of a right contract, each of a kind that models make, and readers to find them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from skiller_assets.ask import Completion, Prompt, Role
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Attribute, Contract
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.loading import contract_json
from skiller_assets.service.profile import profile_problems
from skiller_assets.service.search import Explorer, Findings
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.worlds import NOW

ROWS = 300
_TEMPORAL = ("date", "datetime")
_UNITS = {"24": "1", "1440": "24"}


@dataclass(frozen=True)
class Wrong:
    """A mistake in one rule of a contract: its kind, where it stands, and both predicates."""

    domain: str
    tool: str
    rule: str
    kind: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Spoiled:
    """A contract with one mistake in it that every other gate lets pass, its world, and its calls."""

    mistake: Wrong
    world: World
    findings: tuple[Findings, ...]


class Reader:
    """A provider that reads every rule as a right contract has it, put in another way where it is told to."""

    version, parameters = "1", {"temperature": 0}

    def __init__(self, right: CompiledContract, put: Callable[[str], str] = str) -> None:
        self._right, self._put = right, put
        self.prompts: list[Prompt] = []

    def model(self, name: str, role: Role) -> str:
        return f"reader-{role}"

    def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        written = [{"rule": r["rule"], "sql": self._put(self.reading(r["rule"]))} for r in prompt.variables["rules"]]
        return Completion(json.dumps({"predicates": written}))

    def reading(self, label: str) -> str:
        """The predicate of ``tool.rule`` in the right contract, named relations written out."""
        tool, _, rule = label.partition(".")
        return next(r.statement.sql for r in self._right.tools[tool].rules if r.rule.id == rule)


def mistakes(compiled: CompiledContract) -> list[Wrong]:
    """Every mistake that can be made in a contract's rules, one of each kind in each rule, in a fixed random order."""
    found, seen = [], set()
    for tool in compiled.tools.values():
        for rule in tool.rules:
            own = (rule.rule.id, rule.rule.check)
            if own not in seen:
                seen.add(own)
                found += [
                    Wrong(compiled.contract.domain, tool.name, rule.rule.id, kind, rule.rule.check, wrong)
                    for kind, wrong in _wrongly(compiled, tool.name, rule.rule.check)
                ]
    return sorted(found, key=lambda w: hashlib.sha256(f"{w.domain}|{w.rule}|{w.kind}|{w.wrong}".encode()).digest())


def spoil(right: CompiledContract, mistake: Wrong) -> Spoiled | None:
    """The contract with the mistake in it, or None where another gate catches it already."""
    try:
        compiled = compile_contract(_with(right.contract, mistake))
        image = generate(compiled.contract, WorldSpec(1, NOW, ROWS)).image
    except ContractError:
        return None
    world = make_world(compiled, image, NOW)
    findings = Explorer(world).explore()
    is_caught = profile_problems(compiled) or evidence_faults(gather_evidence(world, findings))
    return None if is_caught else Spoiled(mistake, world, findings)


def equivalent(sql: str) -> str:
    """The same predicate in other words: comparisons turned round or negated, EXISTS counted."""

    def put(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Exists):
            inner = node.this.copy()
            inner.set("expressions", [exp.Count(this=exp.Star())])
            return exp.GT(this=exp.Subquery(this=inner), expression=exp.Literal.number(0))
        if type(node) in _NEGATED and len(node.sql()) % 2:
            return exp.Not(this=exp.Paren(this=_NEGATED[type(node)](this=node.this, expression=node.expression)))
        if type(node) in _TURNED:
            return _TURNED[type(node)](this=exp.paren(node.expression), expression=exp.paren(node.this))
        return node

    return _written(_parsed(sql).transform(put).sql("sqlite"))


_NEGATED: Mapping[type, type] = {exp.GT: exp.LTE, exp.GTE: exp.LT, exp.LT: exp.GTE, exp.LTE: exp.GT}
_TURNED: Mapping[type, type] = {
    exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ, exp.NEQ: exp.NEQ,
}  # fmt: skip
_NEIGHBOUR: Mapping[type, type] = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT}


_MARK = "p__"
"""Before every binding while a statement is a tree, which cannot be told ``:where`` otherwise."""


def _parsed(sql: str) -> exp.Expression:
    return sqlglot.parse_one(re.sub(r":(?=[a-z])", f":{_MARK}", sql), read="sqlite")


def _written(sql: str) -> str:
    return sql.replace(f":{_MARK}", ":")


def _name(node: exp.Placeholder) -> str:
    return str(node.this).removeprefix(_MARK)


def _with(contract: Contract, mistake: Wrong) -> Contract:
    """The contract with the rule spoiled wherever it stands."""
    raw = deepcopy(contract_json(contract))
    groups: dict[str, Any] = raw.get("rule_groups", {})  # type: ignore[assignment]
    tools: dict[str, Any] = raw["tools"]  # type: ignore[assignment]
    for rules in (*groups.values(), *(tool.get("rules", []) for tool in tools.values())):
        for rule in rules:
            if (rule.get("id"), rule.get("check")) == (mistake.rule, mistake.right):
                rule["check"] = mistake.wrong
    return contract_from(raw, f"{contract.domain}.yaml")


def _wrongly(compiled: CompiledContract, tool: str, check: str) -> Iterator[tuple[str, str]]:
    """(kind, predicate): at most one mistake of each kind, chosen by the predicate's hash where there are several."""
    tree = _parsed(check)
    plain = tree.sql("sqlite")
    for kind, make in _KINDS.items():
        made = sorted({_written(sql) for sql in make(compiled, tool, tree) if sql != plain})
        if made:
            yield kind, made[int(hashlib.sha256(f"{kind}|{check}".encode()).hexdigest(), 16) % len(made)]


def _each(
    tree: exp.Expression, types: type | tuple[type, ...], change: Callable[[Any], exp.Expression | None]
) -> Iterator[str]:
    """The statement with one node changed, for every node of the types that can be."""
    for i in range(len(list(tree.find_all(types)))):
        copy = tree.copy()
        node = list(copy.find_all(types))[i]
        changed = change(node)
        if changed is not None:
            if node is copy:
                yield changed.sql("sqlite")
            else:
                node.replace(changed)
                yield copy.sql("sqlite")


def _bound_off(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    return _each(
        tree, tuple(_NEIGHBOUR), lambda n: _NEIGHBOUR[type(n)](this=n.this.copy(), expression=n.expression.copy())
    )


def _constant_off(compiled: CompiledContract, _: str, tree: exp.Expression) -> Iterator[str]:
    def off(node: exp.Placeholder) -> exp.Expression | None:
        numeric = isinstance(compiled.constants.get(_name(node)), int | float)
        return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1))) if numeric else None

    return _each(tree, exp.Placeholder, off)


def _unit_off(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    def off(node: exp.Literal) -> exp.Expression | None:
        return exp.Literal.number(_UNITS[node.this]) if not node.is_string and node.this in _UNITS else None

    return _each(tree, exp.Literal, off)


def _twice_the_constant(compiled: CompiledContract, _: str, tree: exp.Expression) -> Iterator[str]:
    def twice(node: exp.Placeholder) -> exp.Expression | None:
        numeric = isinstance(compiled.constants.get(_name(node)), int | float)
        return exp.paren(exp.Add(this=node.copy(), expression=node.copy())) if numeric else None

    return _each(tree, exp.Placeholder, twice)


def _other_column(compiled: CompiledContract, _: str, tree: exp.Expression) -> Iterator[str]:
    def others(node: exp.Column) -> list[str]:
        for table in tree.find_all(exp.Table):
            declared = compiled.contract.tables.get(table.name)
            if (
                declared
                and (not node.table or node.table in (table.alias, table.name))
                and node.name in declared.attributes
            ):
                own = declared.attributes[node.name]
                return [n for n, a in declared.attributes.items() if n != node.name and _kind(a) == _kind(own)]
        return []

    def other(node: exp.Column) -> exp.Expression | None:
        names = others(node)
        return exp.column(names[0], table=node.table or None) if names else None

    return _each(tree, exp.Column, other)


def _kind(attribute: Attribute) -> tuple[str, str | None, str | None]:
    if attribute.type in _TEMPORAL:
        return "moment", None, None
    return attribute.type, attribute.refers_to, attribute.semantic_type if attribute.type == "text" else None


def _other_record(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    """One alias for another of the same table."""

    def other(node: exp.Column) -> exp.Expression | None:
        tables = {t.alias_or_name: t.name for t in tree.find_all(exp.Table)}
        alike = [a for a, name in tables.items() if a != node.table and name == tables.get(node.table)]
        return exp.column(node.name, table=alike[0]) if alike else None

    return _each(tree, exp.Column, other)


def _not_lost(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    yield from _each(tree, exp.Not, lambda n: n.this.copy())
    yield from _each(tree, exp.NEQ, lambda n: exp.EQ(this=n.this.copy(), expression=n.expression.copy()))


def _one_of_two(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    def first(node: exp.In) -> exp.Expression | None:
        values = node.args.get("expressions") or []
        return exp.EQ(this=node.this.copy(), expression=values[0].copy()) if len(values) > 1 else None

    return _each(tree, exp.In, first)


def _or_for_and(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    yield from _each(tree, exp.And, lambda n: exp.paren(exp.Or(this=n.this.copy(), expression=n.expression.copy())))
    yield from _each(
        tree, exp.Or, lambda n: exp.And(this=exp.paren(n.this.copy()), expression=exp.paren(n.expression.copy()))
    )


def _dropped(tree: exp.Expression, is_meant: Callable[[exp.Expression], bool]) -> Iterator[str]:
    """One side of a conjunction left out."""
    yield from _each(tree, exp.And, lambda n: n.this.copy() if is_meant(n.expression) else None)
    yield from _each(tree, exp.And, lambda n: n.expression.copy() if is_meant(n.this) else None)


def _names(node: exp.Expression) -> set[str]:
    return {_name(p) for p in node.find_all(exp.Placeholder)}


def _anybody(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    yield from _dropped(tree, lambda n: isinstance(n, exp.EQ) and _names(n) == {"me"})
    yield from _each(
        tree,
        exp.EQ,
        lambda n: exp.Not(this=exp.Is(this=n.this.copy(), expression=exp.Null())) if _names(n) == {"me"} else None,
    )


def _whatever_status(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    return _dropped(tree, lambda n: isinstance(n, exp.EQ | exp.In | exp.NEQ) and "status" in n.sql() and not _names(n))


def _condition_lost(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    return _dropped(tree, lambda n: "status" not in n.sql() and "me" not in _names(n))


def _money_in_major(compiled: CompiledContract, _: str, tree: exp.Expression) -> Iterator[str]:
    def major(node: exp.Column) -> exp.Expression | None:
        is_money = any(
            declared.attributes[node.name].type == "money"
            for table in tree.find_all(exp.Table)
            if (declared := compiled.contract.tables.get(table.name)) and node.name in declared.attributes
        )
        return exp.paren(exp.Div(this=node.copy(), expression=exp.Literal.number(100))) if is_money else None

    return _each(tree, exp.Column, major)


def _cut_to_the_day(compiled: CompiledContract, _: str, tree: exp.Expression) -> Iterator[str]:
    def cut(node: exp.Column) -> exp.Expression | None:
        types = {t.attributes[node.name].type for t in compiled.contract.tables.values() if node.name in t.attributes}
        is_cut = isinstance(node.parent, exp.Date)
        return exp.func("date", node.copy(), dialect="sqlite") if types == {"datetime"} and not is_cut else None

    yield from _each(tree, exp.Column, cut)


def _empty_forgotten(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    def forget(node: exp.Or) -> exp.Expression | None:
        sides = (node.this, node.expression)
        for side, other in (sides, sides[::-1]):
            bare = side.unnest()
            if isinstance(bare, exp.Is) and isinstance(bare.expression, exp.Null):
                return exp.paren(other.copy())
        return None

    yield from _each(tree, exp.Or, forget)
    # Elsewhere NULL counts as 0 with and without it: only what is added up and compared can turn over.
    yield from _each(tree, exp.Coalesce, lambda n: n.this.copy() if isinstance(n.this, exp.AggFunc) else None)


def _other_parameter(compiled: CompiledContract, tool: str, tree: exp.Expression) -> Iterator[str]:
    parameters = compiled.contract.tools[tool].parameters

    def other(node: exp.Placeholder) -> exp.Expression | None:
        own = parameters.get(_name(node))
        alike = [n for n, p in parameters.items() if own and n != _name(node) and p.type == own.type]
        return exp.Placeholder(this=_MARK + alike[0]) if alike else None

    return _each(tree, exp.Placeholder, other)


def _any_for_all(_: CompiledContract, __: str, tree: exp.Expression) -> Iterator[str]:
    yield from _each(tree, exp.Sum, lambda n: exp.Max(this=n.this.copy()))
    yield from _each(
        tree, exp.Count, lambda n: exp.Max(this=exp.Literal.number(1)) if isinstance(n.this, exp.Star) else None
    )


_Make = Callable[[CompiledContract, str, exp.Expression], Iterator[str]]
_KINDS: Mapping[str, _Make] = {
    "a bound off by one": _bound_off,
    "a constant off by one": _constant_off,
    "twice the constant": _twice_the_constant,
    "another unit of time": _unit_off,
    "another column of the type": _other_column,
    "another record of the kind": _other_record,
    "a negation lost": _not_lost,
    "one status of two": _one_of_two,
    "or for and": _or_for_and,
    "anybody's records": _anybody,
    "records of whatever status": _whatever_status,
    "a condition lost": _condition_lost,
    "money in major units": _money_in_major,
    "an instant cut to its day": _cut_to_the_day,
    "what is empty forgotten": _empty_forgotten,
    "another parameter": _other_parameter,
    "the greatest for the sum": _any_for_all,
}


def planted(contracts: Sequence[CompiledContract], count: int) -> tuple[list[Spoiled], list[Wrong]]:
    """So many mistakes that pass every other gate, domains and kinds in turn, and those that another gate caught."""
    made = {c.contract.domain: mistakes(c) for c in contracts}
    by_name = {c.contract.domain: c for c in contracts}
    kept: list[Spoiled] = []
    caught: list[Wrong] = []
    while len(kept) < count and any(made.values()):
        for domain, waiting in made.items():
            kinds = [s.mistake.kind for s in kept]
            while waiting and len(kept) < count:
                next_ = min(waiting, key=lambda w: kinds.count(w.kind))
                waiting.remove(next_)
                spoiled = spoil(by_name[domain], next_)
                if spoiled is not None:
                    kept.append(spoiled)
                    break
                caught.append(next_)
    return kept, caught
