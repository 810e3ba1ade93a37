"""A compiled contract made ready to run: everything that is the same for every session, worked out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.compile import CompiledContract, CompiledReturns, CompiledTool
from skiller_assets.contract.ids import IdFormat, format_of
from skiller_assets.contract.sql import Statement
from skiller_assets.contract.values import JsonValue, SqlValue, decoder, encoder
from skiller_assets.contract.wording import render
from skiller_assets.world.diff import DiffReader

ONE_PERSON = "one_person_per_session"
"""The built-in rule that a session serves the person it has authorized, and nobody else."""

Decode = Callable[[SqlValue], JsonValue]


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """How rows become a result: shape, statement, column names, the columns to decode, nested plans."""

    shape: str
    sql: str
    names: tuple[str, ...]
    decode: tuple[tuple[int, Decode], ...]
    children: tuple[tuple[str, ReturnPlan], ...]


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule ready to be asked; ``lets`` are the values that it needs, in the order in which they are computed."""

    id: str
    sql: str
    enforced: bool
    message: str
    lets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EffectPlan:
    """One effect ready to be carried out."""

    sql: str
    rows: str
    when: str | None
    when_not: bool
    says: str


@dataclass(frozen=True, slots=True)
class ToolPlan:
    """One tool ready to be called."""

    name: str
    access: str
    principal: str
    authorizer: str
    two_step: bool
    validate: Callable[[Any], Any]
    encode: tuple[tuple[str, Callable[[JsonValue], SqlValue], JsonValue], ...]
    lets: tuple[tuple[str, str], ...]
    rules: tuple[RulePlan, ...]
    creates: tuple[tuple[str, str], ...]
    effects: tuple[EffectPlan, ...]
    grants: tuple[str, str, str] | None
    returns: ReturnPlan | None


@dataclass(frozen=True)
class Program:
    """What every session of a contract shares."""

    compiled: CompiledContract
    tools: Mapping[str, ToolPlan]
    constants: Mapping[str, SqlValue]
    id_formats: Mapping[str, IdFormat]
    diffs: DiffReader
    same_person: str | None


def make_program(compiled: CompiledContract) -> Program:
    """Prepare a compiled contract for sessions."""
    contract = compiled.contract
    created = {table for tool in contract.tools.values() for table in tool.creates.values()}
    formats = {
        name: format_of(name, contract.tables[name].attributes[contract.tables[name].key[0]].format)
        for name in sorted(created)
    }
    tools = {name: _tool_plan(compiled, tool) for name, tool in compiled.tools.items()}
    same_person = compiled.same_person.sql if compiled.same_person else None
    return Program(compiled, tools, compiled.constants, formats, DiffReader(contract), same_person)


def _tool_plan(compiled: CompiledContract, tool: CompiledTool) -> ToolPlan:
    def say(sentence: str) -> str:
        return render(compiled.contract, sentence)

    declared = tool.tool
    encode = tuple((name, encoder(p), p.default) for name, p in declared.parameters.items())
    rules = tuple(
        RulePlan(r.rule.id, r.statement.sql, r.rule.by == "tool", say(r.rule.says), lets_of(tool, r.statement))
        for r in tool.rules
    )
    effects = tuple(
        EffectPlan(e.statement.sql, e.effect.rows, e.when, e.when_not, say(e.effect.says)) for e in tool.effects
    )
    grants = None
    if declared.grants and tool.grants:
        grants = (declared.grants.id, tool.grants.sql, say(declared.grants.says))
    return ToolPlan(
        tool.name,
        declared.access,
        tool.principal,
        compiled.contract.authorizer_of(tool.name) if declared.access != "authorize" else tool.name,
        tool.confirm == "tool",
        tool.validate,
        encode,
        tuple((name, statement.sql) for name, statement in tool.lets),
        rules,
        tuple(declared.creates.items()),
        effects,
        grants,
        _return_plan(tool.returns) if tool.returns else None,
    )


def lets_of(tool: CompiledTool, statement: Statement) -> tuple[tuple[str, str], ...]:
    """The ``let`` values that a statement needs, directly or through one another, in their declared order."""
    lets = dict(tool.lets)
    needed: set[str] = set()
    waiting = [statement]
    while waiting:
        new = [name for name in waiting.pop().parameters if name in lets and name not in needed]
        needed |= set(new)
        waiting += [lets[name] for name in new]
    return tuple((name, let.sql) for name, let in tool.lets if name in needed)


def _return_plan(returns: CompiledReturns) -> ReturnPlan:
    decode = tuple((i, d) for i, column in enumerate(returns.columns) if (d := decoder(column.type)))
    children = tuple((name, _return_plan(child)) for name, child in returns.children)
    names = tuple(column.name for column in returns.columns)
    return ReturnPlan(returns.shape, returns.statement.sql, names, decode, children)
