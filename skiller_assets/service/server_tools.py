"""One tool of a contract as a Python function: rules are ifs, effects and results are the SQL that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skiller_assets.contract.compile import CompiledContract, CompiledReturns, CompiledTool
from skiller_assets.contract.model import Parameter, Use
from skiller_assets.contract.sql import Statement
from skiller_assets.service.python_layout import STEP, call, comment, docstring, literal, sentence, text
from skiller_assets.service.server_body import Body, change_query
from skiller_assets.service.server_encoding import packing
from skiller_assets.service.server_groups import SharedRules
from skiller_assets.service.server_names import fresh_name, python_name, singular
from skiller_assets.service.server_schemas import shortened
from skiller_assets.world.listing import ToolCard

_DECODERS = {"money": "money", "boolean": "truth", "list": "unpacked"}
_TYPES = {"integer": "int", "number": "float", "money": "float", "boolean": "bool", "list": "Sequence[Any]"}


def builtin_head(card: ToolCard, signature: str) -> str:
    """Decorator, signature and docstring of a built-in tool; its body stands in the module's template."""
    return "\n".join([*_decorator(card), f"def {card.name}({signature}) -> Reply:", *docstring(card.description, STEP)])


def tool_source(
    compiled: CompiledContract, tool: CompiledTool, card: ToolCard, groups: Mapping[str, SharedRules]
) -> str:
    """The whole function of one tool, decorator included."""
    lines = [*_decorator(card), *_signature(tool), *docstring(card.description, STEP)]
    body = _ToolBody(compiled, tool, groups)
    body.write()
    return "\n".join([*lines, *body.lines])


def _decorator(card: ToolCard) -> list[str]:
    required = list(card.schema["required"])
    parts = [literal({name: shortened(schema) for name, schema in card.schema["properties"].items()}, STEP)]
    if required:
        parts.append(f"required={literal(required)}")
    if not card.read_only:
        parts.append("writes=True")
    return call("@tool", parts, "")


def _signature(tool: CompiledTool) -> list[str]:
    declared = sorted(tool.tool.parameters.items(), key=lambda item: item[1].optional)
    parts = ["session: Session", *(_argument(name, p) for name, p in declared)]
    if tool.confirm == "tool":
        parts.append("confirm: bool = False")
    return call(f"def {python_name(tool.name)}", parts, "", after=" -> Reply:")


def _argument(name: str, parameter: Parameter) -> str:
    type_ = _TYPES.get(parameter.type, "str")
    if not parameter.optional:
        return f"{python_name(name)}: {type_}"
    if parameter.default is None:
        return f"{python_name(name)}: {type_} | None = None"
    default = parameter.default
    shown = literal(default) if not isinstance(default, list) else _tuple(default)
    return f"{python_name(name)}: {type_} = {shown}"


def _tuple(items: list[Any]) -> str:
    return "(" + "".join(f"{literal(item)}, " for item in items).rstrip(" ") + ")" if items else "()"


class _ToolBody(Body):
    """The body of one tool, in the order of a call: decode, authorize, look up, check, change, answer."""

    def __init__(self, compiled: CompiledContract, tool: CompiledTool, groups: Mapping[str, SharedRules]) -> None:
        super().__init__(compiled, {name: python_name(name) for name in tool.tool.parameters})
        self.tool = tool
        self.groups = groups
        self.locals = {*self.names.values(), "session", "result", "done", "confirm", "me"}

    def write(self) -> None:
        """Everything after the docstring."""
        for name, parameter in self.tool.tool.parameters.items():
            self._decode(name, parameter)
        if self.tool.grants is not None:
            self._authorize(self.tool.grants)
            return
        self._require()
        for name, statement in self.tool.lets:
            if name in self._needed_lets():
                self.lines += comment(self.say(self.tool.tool.let[name].says), STEP)
                local = self._local(name)
                self.query("session.value", statement, STEP, f"{local} = ")
                self.names[name] = local
        self._rules()
        if self.tool.effects:
            self._change()
        else:
            self._answer(STEP)
            self.lines.append(f"{STEP}return ok(result)")

    def _local(self, wanted: str) -> str:
        name = fresh_name(wanted, self.locals)
        self.locals.add(name)
        return name

    def _decode(self, name: str, parameter: Parameter) -> None:
        given = self.names[name]
        if parameter.type == "money":
            self.names[name] = self._local(f"{name}_cents")
            self.lines.append(f"{STEP}{self.names[name]} = cents({given})")
        elif parameter.type == "number":
            self.lines.append(f"{STEP}{given} = real({given})")
        elif parameter.type in ("date", "datetime"):
            self.lines.append(f"{STEP}calendar_date({given})")
        elif parameter.type == "list":
            self.names[name] = self._local(f"{name}_json")
            absent = f"None if {given} is None else " if parameter.optional and parameter.default is None else ""
            self.lines += packing(parameter, given, f"{self.names[name]} = {absent}")

    def _authorize(self, grants: Statement) -> None:
        declared = self.tool.tool.grants
        assert declared is not None
        key = self._local(self.compiled.contract.entities[self.tool.principal].key[0])
        self.query("session.value", grants, STEP, f"{key} = ")
        self.lines.append(f"{STEP}if {key} is None:")
        self.deny(declared.id, declared.says, STEP * 2)
        self.lines.append(f"{STEP}return session.serve({text(self.tool.principal)}, {key})")

    def _require(self) -> None:
        uses_me = any("me" in statement.parameters for statement in self._carried_out())
        self.lines.append(f"{STEP}{'me = ' if uses_me else ''}session.require({text(self.tool.principal)})")
        self.names["me"] = "me"

    def _carried_out(self) -> list[Statement]:
        """The statements that run: everything but the predicates of policy and what only they look up."""
        lets = self._needed_lets()
        return [
            *(s for n, s in self.tool.lets if n in lets),
            *(r.statement for r in self.tool.rules if r.rule.by == "tool"),
            *(e.statement for e in self.tool.effects),
            *_all_statements(self.tool.returns),
        ]

    def _needed_lets(self) -> set[str]:
        used = {n for r in self.tool.rules if r.rule.by == "tool" for n in r.statement.parameters}
        used |= {n for e in self.tool.effects for n in e.statement.parameters}
        used |= {e.when for e in self.tool.effects if e.when}
        used |= {n for s in _all_statements(self.tool.returns) for n in s.parameters}
        for name, statement in reversed(self.tool.lets):
            if name in used:
                used |= set(statement.parameters)
        return used & {name for name, _ in self.tool.lets}

    def _rules(self) -> None:
        rules = {rule.rule.id: rule for rule in self.tool.rules}
        for item in self.tool.tool.rules:
            shared = self.groups.get(item.use) if isinstance(item, Use) else None
            if shared is not None:
                parts = ["session", *(self.names[name] for name in shared.arguments)]
                self.lines += call(shared.function, parts, STEP, "if refusal := ", ":")
                self.lines.append(f"{STEP * 2}return refusal")
                continue
            ids = [r.id for r in self.compiled.contract.rule_groups[item.use]] if isinstance(item, Use) else [item.id]
            for rule_id in ids:
                self.rule(rules[rule_id])

    def _change(self) -> None:
        two_step = self.tool.confirm == "tool"
        if two_step:
            self.lines.append(f"{STEP}done: list[str] = []")
        self.lines.append(f"{STEP}with session.transaction({'keep=confirm' if two_step else ''}):")
        inner = STEP * 2
        for name, table in self.tool.tool.creates.items():
            local = self._local(name)
            self.lines.append(f"{inner}{local} = session.new_id({text(table)})")
            self.names[name] = local
        for effect in self.tool.effects:
            at = inner
            if effect.when:
                self.lines.append(f"{at}if {'not ' if effect.when_not else ''}{self.names[effect.when]}:")
                at += STEP
            words = self.say(effect.effect.says)
            if not two_step:
                self.lines += comment(words, at)
            self.lines += change_query(effect.effect.rows, effect.statement, self.bindings(effect.statement), at)
            if two_step:
                self.lines += call("done.append", [sentence(words, at + STEP)], at)
        self._answer(inner)
        if two_step:
            self.lines += [f"{STEP}if not confirm:", f"{inner}return needs_confirmation(done, result)"]
        self.lines.append(f"{STEP}return ok(result)")

    def _answer(self, indent: str) -> None:
        returns = self.tool.returns
        assert returns is not None
        self._result(returns, "result", indent, {})

    def _result(self, returns: CompiledReturns, target: str, indent: str, rows: Mapping[str, str]) -> None:
        method = "session.rows" if returns.shape == "many" else "session.one"
        key = f"[{text(returns.columns[0].name)}]" if returns.shape == "value" else ""
        if returns.shape == "value":
            decode = _DECODERS.get(returns.columns[0].type or "")
            opening, closing = (f"{decode}(", ")") if decode else ("", "")
            self.query(method, returns.statement, indent, f"{target} = {opening}", key + closing, rows)
            return
        self.query(method, returns.statement, indent, f"{target} = ", key, rows)
        decoded = [(c.name, _DECODERS[c.type]) for c in returns.columns if c.type in _DECODERS]
        if not decoded and not returns.children:
            return
        record = target
        if returns.shape == "many":
            record = self._local("row" if target == "result" else singular(target.split('"')[-2]))
            self.lines.append(f"{indent}for {record} in {target}:")
            indent += STEP
        inner = {**rows, **{f"row_{c.name}": f"{record}[{text(c.name)}]" for c in returns.columns}}
        for name, child in returns.children:
            self._result(child, f"{record}[{text(name)}]", indent, inner)
        for name, decoder in decoded:
            self.lines.append(f"{indent}{record}[{text(name)}] = {decoder}({record}[{text(name)}])")


def _all_statements(returns: CompiledReturns | None) -> list[Statement]:
    if returns is None:
        return []
    return [returns.statement, *(s for _, child in returns.children for s in _all_statements(child))]
