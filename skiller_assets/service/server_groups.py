"""Rules that several tools share, as functions of their own."""

from __future__ import annotations

from dataclasses import dataclass

from skiller_assets.contract.compile import CompiledContract, CompiledRule, CompiledTool
from skiller_assets.contract.model import Contract, Use
from skiller_assets.service.python_layout import STEP, call, docstring
from skiller_assets.service.server_body import Body, used_names
from skiller_assets.service.server_names import python_name


@dataclass(frozen=True)
class SharedRules:
    """A rule group that several tools use in the same form, as a function of its own."""

    function: str
    rules: tuple[CompiledRule, ...]
    arguments: tuple[str, ...]


def shared_rules(compiled: CompiledContract) -> dict[str, SharedRules]:
    """The rule groups that become functions: enforced ones of two tools or more that mean the same in each of them."""
    found: dict[str, SharedRules] = {}
    for group in compiled.contract.rule_groups:
        users = [t for t in compiled.tools.values() if Use(use=group) in t.tool.rules]
        forms = {tuple(r.statement.sql for r in _rules_of_group(compiled.contract, t, group)) for t in users}
        if len(users) < 2 or len(forms) != 1:
            continue
        rules = tuple(_rules_of_group(compiled.contract, users[0], group))
        if any(r.rule.by == "tool" for r in rules):
            used = used_names((r.statement for r in rules if r.rule.by == "tool"), compiled)
            found[group] = SharedRules(f"refused_by_{group}", rules, tuple(used))
    return found


def _rules_of_group(contract: Contract, tool: CompiledTool, group: str) -> list[CompiledRule]:
    ids = [rule.id for rule in contract.rule_groups[group]]
    return [rule for rule in tool.rules if rule.rule.id in ids]


def group_source(compiled: CompiledContract, group: str, shared: SharedRules) -> str:
    """The function that holds the rules of a shared group."""
    parts = ["session: Session", *(f"{python_name(name)}: Any" for name in shared.arguments)]
    lines = call(f"def {shared.function}", parts, "", after=" -> Reply | None:")
    lines += docstring(f"The refusal by the first broken rule of “{group.replace('_', ' ')}”, if any.", STEP)
    writer = Body(compiled, {name: python_name(name) for name in shared.arguments})
    for rule in shared.rules:
        writer.rule(rule)
    return "\n".join([*lines, *writer.lines, f"{STEP}return None"])
