"""Faults of one tool that show without any SQL: its name, its shape, the names that it gives, its parameters."""

from __future__ import annotations

from collections.abc import Iterator

import fastjsonschema

from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Contract, Parameter, Rule, Tool, Use
from skiller_assets.contract.structure import RESERVED_NAMES, bound_problems, referable
from skiller_assets.contract.values import BadValue, encoder, schema_of

RESERVED_TOOLS = frozenset({"transfer_to_human", "calculate", "reset", "step", "state", "close"})
"""Built-in tools, and the words that environment protocols keep for themselves."""

LONGEST_TOOL_NAME = 64
_ENCLOSING_ROW = "row_"
"""How names begin that nested results keep for the columns of the enclosing row."""


def tool_problems(contract: Contract, name: str, source: str) -> list[Problem]:
    """Every fault of one tool; without any, its SQL can be prepared."""
    tool = contract.tools[name]
    place = f"{source}: tool {name}"
    parameters = tool.parameters.items()
    return [
        *_name_problems(contract, name, tool, place),
        *_shape_problems(tool, place),
        *_rule_problems(contract, tool, place),
        *_named_problems(contract, tool, place),
        *(found for n, p in parameters for found in _parameter_problems(contract, p, f"{place}: parameter {n}")),
    ]


def _name_problems(contract: Contract, name: str, tool: Tool, place: str) -> Iterator[Problem]:
    if name in RESERVED_TOOLS:
        yield Problem(place, "takes a reserved name", f"reserved are {', '.join(sorted(RESERVED_TOOLS))}")
    if len(name) > LONGEST_TOOL_NAME:
        yield Problem(place, f"the name has {len(name)} characters; APIs allow {LONGEST_TOOL_NAME}")
    if contract.principal_of(name) not in contract.principals:
        yield Problem(place, f"acts for {tool.principal}, which is no principal")
        return
    admitting = contract.authorizers_of(contract.principal_of(name))
    if tool.authorized_by is not None and tool.authorized_by not in admitting:
        known = ", ".join(admitting) or "none"
        yield Problem(place, f"is authorized by {tool.authorized_by}, which does not authorize its principal: {known}")
    elif tool.authorized_by is None and tool.access != "authorize" and len(admitting) > 1:
        yield Problem(place, f"does not say which of {', '.join(admitting)} authorizes it", "declare authorized_by")


def _shape_problems(tool: Tool, place: str) -> Iterator[Problem]:
    if tool.access == "authorize":
        if tool.grants is None:
            yield Problem(place, "authorizes and has no grants query")
        if tool.effects or tool.returns or tool.rules or tool.creates or tool.let or tool.relations:
            yield Problem(place, "an authorization only grants: no let, with, rules, effects or returns")
        return
    if tool.grants is not None:
        yield Problem(place, "grants without authorizing")
    if tool.returns is None:
        yield Problem(place, "returns nothing", "declare returns")
    if tool.access == "read" and (tool.effects or tool.creates):
        yield Problem(place, "is a read and has effects")
    if tool.access == "write" and not tool.effects:
        yield Problem(place, "is a write and has no effect")
    if tool.access != "write" and tool.confirm not in (None, "none"):
        yield Problem(place, "only a write asks for confirmation")
    for i, effect in enumerate(tool.effects, 1):
        if effect.when:
            name = effect.when.removeprefix("not ")
            parameter = tool.parameters.get(name)
            if name not in tool.let and (parameter is None or parameter.type != "boolean"):
                yield Problem(f"{place}: effect {i}", f"depends on {name}, which is no let and no boolean parameter")


def _rule_problems(contract: Contract, tool: Tool, place: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for item in tool.rules:
        if isinstance(item, Use) and item.use not in contract.rule_groups:
            known = ", ".join(sorted(contract.rule_groups)) or "none"
            yield Problem(place, f"uses the rule group {item.use}, which does not exist", f"rule groups are {known}")
        rules: list[Rule] = contract.rule_groups.get(item.use, []) if isinstance(item, Use) else [item]
        for rule in rules:
            if rule.id in seen:
                yield Problem(place, f"rule {rule.id} stands twice")
            seen.add(rule.id)


def _named_problems(contract: Contract, tool: Tool, place: str) -> Iterator[Problem]:
    taken = [*tool.parameters, *tool.let, *tool.creates]
    for word in sorted({w for w in taken if taken.count(w) > 1 or w in contract.constants or w in RESERVED_NAMES}):
        yield Problem(place, f"the name {word} means two things")
    for word in sorted(w for w in taken if w.startswith(_ENCLOSING_ROW)):
        yield Problem(place, f"the name {word} begins like those of an enclosing row, {_ENCLOSING_ROW}<column>")
    for word in sorted(set(tool.relations) & set(contract.tables)):
        yield Problem(place, f"the name {word} under with is also a table's")
    for created, table in tool.creates.items():
        if table not in contract.tables or len(contract.tables[table].key) != 1:
            yield Problem(place, f"creates {created} for {table}, which is no table with a single key")


def _parameter_problems(contract: Contract, p: Parameter, place: str) -> Iterator[Problem]:
    target = contract.attribute(p.refers_to) if p.refers_to else None
    if p.refers_to and target is None:
        yield Problem(place, f"refers to {p.refers_to}, which does not exist", referable(contract, p.refers_to))
    if target and target.type != p.type and {target.type, p.type} != {"id", "text"}:
        yield Problem(place, f"is {p.type} and refers to {p.refers_to}, which is {target.type}")
    if p.type == "id" and not p.refers_to:
        yield Problem(place, "an id without a reference", "declare refers_to: table.column")
    if p.items is not None and p.type != "list":
        yield Problem(place, f"is {p.type} and has items; lists have them")
    yield from bound_problems(p, place)
    if p.default is not None:
        yield from _default_problems(p, place)
    members = p.items if isinstance(p.items, dict) else {"items": p.items} if p.items else {}
    for name, member in members.items():
        yield from _parameter_problems(contract, member, f"{place}: {name}")


def _default_problems(p: Parameter, place: str) -> Iterator[Problem]:
    if not p.optional:
        yield Problem(place, "has a default and is not optional")
    try:
        fastjsonschema.validate(schema_of(p, "USD"), p.default)
        encoder(p)(p.default)
    except (fastjsonschema.JsonSchemaValueException, BadValue) as error:
        yield Problem(place, f"its default {p.default!r} is no value of its own: {error}")
