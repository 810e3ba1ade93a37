"""Compile validity: from a contract to statements that may run.

Everything the engine executes has been prepared against the contract's own schema here. The reverse is the closed
world: an invented table, column, function or parameter does not compile, and the error says which exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import apsw
import fastjsonschema

from skiller_assets.contract.closed_words import impossible_words
from skiller_assets.contract.ddl import schema_sql
from skiller_assets.contract.errors import ContractError, Problem
from skiller_assets.contract.model import Contract, Effect, Returns, Rule, Tool
from skiller_assets.contract.populate import population_problems
from skiller_assets.contract.sentences import unsaid
from skiller_assets.contract.sql import BadStatement, Preparer, Statement, open_schema
from skiller_assets.contract.structure import authorizer_problems, data_problems, talk_problems
from skiller_assets.contract.tool_shape import tool_problems
from skiller_assets.contract.values import BadValue, SqlValue, constant_to_sql, object_schema
from skiller_assets.contract.vocabulary import NAME, ValueType


@dataclass(frozen=True)
class CompiledRule:
    """A rule and its predicate."""

    rule: Rule
    statement: Statement


@dataclass(frozen=True)
class CompiledEffect:
    """An effect, its statement, and the name that guards it (``when_not``: the guard is negated)."""

    effect: Effect
    statement: Statement
    when: str | None
    when_not: bool


@dataclass(frozen=True)
class Column:
    """A column of a result: its name, its type where known, and the ``table.column`` it comes from."""

    name: str
    type: ValueType | None
    origin: str | None


@dataclass(frozen=True)
class CompiledReturns:
    """The shape of a result and the statement that fills it."""

    shape: str
    statement: Statement
    columns: tuple[Column, ...]
    children: tuple[tuple[str, CompiledReturns], ...]


@dataclass(frozen=True)
class CompiledTool:
    """A tool that can be called."""

    name: str
    tool: Tool
    principal: str
    schema: Mapping[str, Any]
    lets: tuple[tuple[str, Statement], ...]
    rules: tuple[CompiledRule, ...]
    effects: tuple[CompiledEffect, ...]
    grants: Statement | None
    returns: CompiledReturns | None

    @property
    def confirm(self) -> str:
        """agent, tool or none; a write is confirmed by the agent unless it says otherwise."""
        return self.tool.confirm or ("agent" if self.tool.access == "write" else "none")

    @cached_property
    def validate(self) -> Callable[[Any], Any]:
        """The argument schema as a compiled function; it raises fastjsonschema.JsonSchemaValueException."""
        return fastjsonschema.compile(dict(self.schema), use_default=False)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement of the tool, results included."""
        found = [s for _, s in self.lets] + [r.statement for r in self.rules] + [e.statement for e in self.effects]
        return tuple(found + ([self.grants] if self.grants else []) + _statements_of(self.returns))


@dataclass(frozen=True)
class CompiledContract:
    """A contract whose every statement is known to prepare."""

    contract: Contract
    tools: Mapping[str, CompiledTool]
    schema: tuple[str, ...]
    constants: Mapping[str, SqlValue]
    invariants: tuple[tuple[str, Statement], ...]
    same_person: Statement | None


def compile_contract(contract: Contract, source: str | None = None) -> CompiledContract:
    """The gate of compile validity. Raises ContractError with every fault; ``source`` names the file in them."""
    source = source or f"{contract.domain}.yaml"
    shapes = {name: tool_problems(contract, name, source) for name in contract.tools}
    problems = [*talk_problems(contract, source), *authorizer_problems(contract, source)]
    problems += (p for found in shapes.values() for p in found)
    constants = _constants(contract, source, problems)
    connection = _schema(contract, source, problems)
    compiler = _Compiler(contract, source, Preparer(connection), problems)
    tools = {name: compiler.tool(name, tool) for name, tool in contract.tools.items() if not shapes[name]}
    invariants = compiler.invariants()
    same_person = None
    if contract.same_person is not None:
        same_person = compiler.one_column("same_person", contract.same_person, set(contract.principals))
    problems += population_problems(contract, connection, source)
    if problems:
        raise ContractError(problems)
    return CompiledContract(contract, tools, tuple(schema_sql(contract)), constants, invariants, same_person)


def check_data(contract: Contract, source: str | None = None) -> None:
    """The gate of the tables and of how their records arise; tools may be missing. Raises ContractError."""
    source = source or f"{contract.domain}.yaml"
    problems: list[Problem] = []
    _constants(contract, source, problems)
    connection = _schema(contract, source, problems)
    _Compiler(contract, source, Preparer(connection), problems).invariants()
    problems += population_problems(contract, connection, source)
    if problems:
        raise ContractError(problems)


def _schema(contract: Contract, source: str, problems: list[Problem]) -> apsw.Connection:
    """The contract's empty tables. Raises ContractError, without which no SQL can be looked at."""
    faults = data_problems(contract, source)
    if faults:
        raise ContractError([*problems, *faults])
    try:
        return open_schema(contract)
    except apsw.Error as error:
        raise ContractError([*problems, Problem(source, f"the schema cannot be created: {error}")]) from error


def tool_schema(tool: Tool, currency: str) -> dict[str, Any]:
    """The closed JSON Schema of a tool's arguments, ``confirm`` included where the tool has two steps."""
    schema = object_schema(tool.parameters, currency)
    if tool.confirm == "tool":
        schema["properties"]["confirm"] = {
            "type": "boolean",
            "default": False,
            "description": "False returns a preview and changes nothing; true carries it out.",
        }
    return schema


def _constants(contract: Contract, source: str, problems: list[Problem]) -> dict[str, SqlValue]:
    values: dict[str, SqlValue] = {}
    for name, constant in contract.constants.items():
        try:
            values[name] = constant_to_sql(constant.type, constant.value)
        except BadValue as error:
            problems.append(Problem(f"{source}: constant {name}", str(error)))
    return values


def _statements_of(returns: CompiledReturns | None) -> list[Statement]:
    if returns is None:
        return []
    return [returns.statement, *(s for _, child in returns.children for s in _statements_of(child))]


_NOTHING = Statement("", (), frozenset(), frozenset(), ())


class _Compiler:
    """Walks the tools of one contract and collects problems instead of stopping at the first."""

    def __init__(self, contract: Contract, source: str, preparer: Preparer, problems: list[Problem]) -> None:
        self.contract = contract
        self.source = source
        self.preparer = preparer
        self.problems = problems

    def fault(self, place: str, message: str, advice: str = "") -> None:
        self.problems.append(Problem(f"{self.source}: {place}", message, advice))

    def prepare(
        self,
        place: str,
        sql: str,
        names: Collection[str],
        *,
        write: bool = False,
        relations: Mapping[str, str] | None = None,
    ) -> Statement | None:
        try:
            statement = self.preparer.prepare(sql, names, write=write, relations=relations)
        except BadStatement as error:
            self.fault(place, str(error))
            return None
        for found in impossible_words(self.contract, statement):
            self.fault(place, found)
        return statement

    def one_column(self, place: str, sql: str, names: Collection[str]) -> Statement:
        """A statement of the contract itself that yields one column."""
        return self._one_column(place, self.prepare(place, sql, names))

    def invariants(self) -> tuple[tuple[str, Statement], ...]:
        """What is true at all times, each with the query for the rows that break it."""
        names = {"now", *self.contract.constants}
        prepared = [(i.id, self.prepare(f"invariant {i.id}", i.none, names)) for i in self.contract.invariants]
        return tuple((name, statement) for name, statement in prepared if statement is not None)

    def tool(self, name: str, tool: Tool) -> CompiledTool:
        place = f"tool {name}"
        base = {*tool.parameters, *self.contract.constants, "now"} | ({"me"} if tool.access != "authorize" else set())
        lets: list[tuple[str, Statement]] = []
        for let_name, let in tool.let.items():
            where = f"{place}: let {let_name}"
            known = base | {n for n, _ in lets}
            statement = self._one_column(where, self.prepare(where, let.sql, known, relations=tool.relations))
            self._said(where, statement, let.says, words=None)
            lets.append((let_name, statement))
        names = base | set(tool.let)
        for relation, sql in tool.relations.items():
            self.prepare(f"{place}: with {relation}", sql, names | set(tool.creates), relations=tool.relations)
        self._choices(place, tool)
        rules = tuple(self._rule(place, tool, rule, names) for rule in self.contract.rules_of(name))
        effects = tuple(
            self._effect(place, tool, i, e, names | set(tool.creates)) for i, e in enumerate(tool.effects, 1)
        )
        returns = self._returns(f"{place}: returns", tool, tool.returns, names | set(tool.creates))
        schema = tool_schema(tool, self.contract.currency)
        principal = self.contract.principal_of(name)
        grants = self._grants(place, tool, principal, base)
        return CompiledTool(name, tool, principal, schema, tuple(lets), rules, effects, grants, returns)

    def _choices(self, place: str, tool: Tool) -> None:
        names = {*self.contract.constants, "now"} | ({"me"} if tool.access != "authorize" else set())
        for name, parameter in tool.parameters.items():
            if isinstance(parameter.choose, str):
                where = f"{place}: parameter {name}: choose"
                self._one_column(where, self.prepare(where, parameter.choose, names))

    def _one_column(self, place: str, statement: Statement | None) -> Statement:
        if statement is None:
            return _NOTHING
        if len(statement.columns) != 1:
            self.fault(place, f"yields {len(statement.columns)} columns; one is expected")
        return statement

    def _rule(self, place: str, tool: Tool, rule: Rule, names: Collection[str]) -> CompiledRule:
        where = f"{place}: rule {rule.id}"
        statement = self._one_column(where, self.prepare(where, rule.check, names, relations=tool.relations))
        self._said(where, statement, rule.says, words=None)
        return CompiledRule(rule, statement)

    def _effect(self, place: str, tool: Tool, i: int, effect: Effect, names: Collection[str]) -> CompiledEffect:
        where = f"{place}: effect {i}"
        statement = self.prepare(where, effect.sql, names, write=True, relations=tool.relations) or _NOTHING
        for operation, table, column in sorted(statement.writes):
            if operation == "UPDATE" and column in self.contract.tables[table].key:
                self.fault(where, f"changes the key column {table}.{column}", "a record keeps its key for life")
        self._said(where, statement, effect.says, words=self._states(statement))
        when = effect.when.removeprefix("not ") if effect.when else None
        return CompiledEffect(effect, statement, when, bool(effect.when and effect.when.startswith("not ")))

    def _states(self, statement: Statement) -> set[str]:
        """The states that a statement may be about; in a pair those of its own tables, in a domain all there are."""
        touched = {r.partition(".")[0] for r in statement.reads} | statement.written_tables
        tables = self.contract.tables.items()
        lifecycles = [t.lifecycle for n, t in tables if t.lifecycle and (self.contract.fusion is None or n in touched)]
        return {state for lifecycle in lifecycles for state in lifecycle.states}

    def _grants(self, place: str, tool: Tool, principal: str, names: Collection[str]) -> Statement | None:
        if tool.grants is None:
            return None
        where = f"{place}: grants {tool.grants.id}"
        statement = self._one_column(where, self.prepare(where, tool.grants.sql, names))
        entity = self.contract.entities[principal]
        if statement.columns and statement.columns[0][1] != f"{principal}.{entity.key[0]}":
            self.fault(where, f"yields {statement.columns[0][0]}; the key {principal}.{entity.key[0]} is expected")
        return statement

    def _said(self, place: str, statement: Statement, sentence: str, words: Collection[str] | None) -> None:
        constants = self.contract.constants
        for name in statement.parameters:
            if name in constants and f"{{{name}}}" not in sentence:
                self.fault(place, f"applies the constant :{name} and does not say {{{name}}}")
        for literal in unsaid(statement.tokens, sentence, words=words):
            self.fault(place, f"applies {literal}, which its sentence does not say", "a constant needs a sentence")

    def _returns(
        self, place: str, tool: Tool, returns: Returns | None, names: Collection[str]
    ) -> CompiledReturns | None:
        if returns is None:
            return None
        shape, sql = next((s, q) for s in ("one", "many", "value") if (q := getattr(returns, s)) is not None)
        statement = self.prepare(place, sql, names, relations=tool.relations) or _NOTHING
        columns = self._columns(place, statement, returns)
        if shape == "value" and len(statement.columns) != 1:
            self.fault(place, f"a value has one column, not {len(statement.columns)}")
        rows = {f"row_{column.name}" for column in columns}
        children = []
        for name, child in returns.children.items():
            compiled = self._returns(f"{place}: {name}", tool, child, set(names) | rows)
            if name in {c.name for c in columns}:
                self.fault(place, f"{name} is both a column and a nested result")
            if compiled is not None:
                children.append((name, compiled))
        return CompiledReturns(shape, statement, columns, tuple(children))

    def _columns(self, place: str, statement: Statement, returns: Returns) -> tuple[Column, ...]:
        names = [name for name, _ in statement.columns]
        for name in sorted(n for n in names if returns.value is None and not re.match(NAME, n)):
            self.fault(place, f"the column {name[:60]} has no name", "say AS name")
        for name in sorted({n for n in names if names.count(n) > 1}):
            self.fault(place, f"the column {name} stands twice")
        for name in sorted(set(returns.types) - set(names)):
            self.fault(place, f"declares the type of {name}, which is no column", f"columns are {', '.join(names)}")
        money = {r for r in statement.reads if (a := self.contract.attribute(r)) and a.type == "money"}
        columns = []
        for name, origin in statement.columns:
            attribute = self.contract.attribute(origin) if origin else None
            declared = returns.types.get(name)
            if attribute and declared and attribute.type != declared:
                self.fault(place, f"{name} comes from {origin}, a {attribute.type}, and is declared {declared}")
            if attribute is None and declared is None and money:
                self.fault(
                    place, f"{name} is computed beside money ({', '.join(sorted(money))})", "declare its type in types"
                )
            columns.append(Column(name, attribute.type if attribute else declared, origin))
        return tuple(columns)
