"""The statements of one generated function: calls that pass SQL and the values it uses, rules as ifs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from skiller_assets.contract.compile import CompiledContract, CompiledRule
from skiller_assets.contract.sql import Statement
from skiller_assets.contract.wording import render
from skiller_assets.service.python_layout import STEP, WIDTH, call, comment, passed, query, sentence, text


class Body:
    """The statements of one function; ``names`` maps what SQL calls a value to the Python that yields it."""

    def __init__(self, compiled: CompiledContract, names: Mapping[str, str]) -> None:
        self.compiled = compiled
        self.names = dict(names)
        self.lines: list[str] = []

    def say(self, words: str) -> str:
        """A sentence of the contract with its constants worded."""
        return " ".join(render(self.compiled.contract, words).split())

    def bindings(self, statement: Statement, rows: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a statement needs to be given, name by name."""
        known = {**self.names, **(rows or {})}
        return {name: known[name] for name in used_names([statement], self.compiled)}

    def query(
        self, function: str, statement: Statement, indent: str, before: str = "", after: str = "",
        rows: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Append a call that runs a statement."""
        self.lines += query(function, statement.sql, self.bindings(statement, rows), indent, before, after)

    def rule(self, compiled_rule: CompiledRule) -> None:
        """Append a rule: an if for an enforced one, a comment for one that is policy only."""
        rule = compiled_rule.rule
        if rule.by == "agent":
            self.lines += comment(f"policy, not enforced here ({rule.id}): {self.say(rule.says)}", STEP)
            return
        self.query("session.holds", compiled_rule.statement, STEP, "if not ", ":")
        self.deny(rule.id, rule.says, STEP * 2)

    def deny(self, rule: str, says: str, indent: str) -> None:
        """Append the return of a refusal."""
        self.lines += call("denied", [text(rule), sentence(self.say(says), indent + STEP)], indent, "return ")


def used_names(statements: Iterable[Statement], compiled: CompiledContract) -> list[str]:
    """The names, constants aside, that statements use; each once, in order."""
    names = [name for statement in statements for name in statement.parameters]
    return [name for name in dict.fromkeys(names) if name not in compiled.constants and name != "now"]


def change_query(rows: str, statement: Statement, bindings: Mapping[str, str], indent: str) -> list[str]:
    """Lines of a call that carries out an effect and says how many rows it must change."""
    lines = query("session.change", statement.sql, bindings, indent)
    opening = f"{indent}session.change("
    if len(lines) == 1 and len(lines[0]) + len(rows) + 4 <= WIDTH:
        return [f"{opening}{text(rows)}, {lines[0][len(opening) :]}"]
    if len(lines) == 1:
        quoted = statement.sql.strip()
        return call("session.change", [text(rows), text(quoted), *passed(bindings)], indent)
    return [lines[0], f"{indent}{STEP}{text(rows)},", *lines[1:]]
