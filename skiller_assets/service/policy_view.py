"""What a policy's template is filled with: records, conduct, rules and procedures of a contract, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from skiller_assets.contract.model import Contract, Lifecycle, OutOfScope, Rule, Table, Tool, Use
from skiller_assets.contract.wording import render, say_list, say_name, say_title

TEMPLATES = Path(__file__).parent / "templates"

Length = Literal["full", "brief", "none"]


@dataclass(frozen=True)
class Style:
    """How much a policy says beyond its rules. Rules, effects, conduct and scope are never shortened."""

    needs: bool = True
    attributes: bool = True
    phrases: Literal["full", "short"] = "full"
    reads: Length = "full"
    writes: Length = "full"
    describe_states: bool = True
    plain_records: bool = True
    records: bool = True


def policy_view(contract: Contract, summary: Mapping[str, Any], background: str, style: Style) -> dict[str, Any]:
    """The variables of ``templates/policy.md``."""
    shared = _shared_groups(contract)
    return {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "background": background,
        "phrases": _phrases(),
        "records": _records(contract, summary, style),
        "conduct": _conduct(contract),
        "shared": [
            {"title": say_title(name), "rules": [_rule(contract, rule) for rule in contract.rule_groups[name]]}
            for name in shared
        ],
        "procedures": _procedures_lead(contract, style),
        "tools": [_procedure(contract, name, index, shared, style) for index, name in enumerate(contract.tools)],
        "declined": _out_of_scope(contract, "decline"),
        "transferred": _out_of_scope(contract, "transfer"),
    }


def _records(contract: Contract, summary: Mapping[str, Any], style: Style) -> list[dict[str, Any]]:
    empty = {name for name, found in summary.get("tables", {}).items() if found.get("rows") == 0}
    return [
        record_view(contract, name, table, style)
        for name, table in contract.tables.items()
        if style.records and name not in empty and (style.plain_records or table.lifecycle)
    ]


def record_view(contract: Contract, name: str, table: Table, style: Style) -> dict[str, Any]:
    """One kind of record: title, description, what it holds, its states."""
    lifecycle = table.lifecycle
    return {
        "title": say_title(table.label or name),
        "describe": render(contract, table.describe),
        "keeps": say_list(_attribute_names(table)) if style.attributes else "",
        "states": _states(contract, lifecycle) if lifecycle and style.describe_states else [],
        "course": _course(lifecycle) if lifecycle and not style.describe_states else "",
    }


def _course(lifecycle: Lifecycle) -> str:
    """The states of a record in one sentence."""
    others = [f"*{say_name(name)}*" for name in lifecycle.states if name != lifecycle.initial]
    ends = str(_phrases()["course_ends"]).format(others=say_list(others, "or")) if others else ""
    return str(_phrases()["course"]).format(first=say_name(lifecycle.initial), ends=ends)


def _attribute_names(table: Table) -> list[str]:
    """What a record holds, in words; keys and references say nothing to a reader."""
    return [attribute.label or say_name(name) for name, attribute in table.attributes.items() if attribute.type != "id"]


def _states(contract: Contract, lifecycle: Lifecycle) -> list[dict[str, str]]:
    return [
        {
            "name": say_name(name),
            "describe": render(contract, state.describe),
            "next": say_list([say_name(following) for following in state.next], "or"),
        }
        for name, state in lifecycle.states.items()
    ]


def _conduct(contract: Contract) -> list[dict[str, Any]]:
    headings: dict[str, str] = _phrases()["conduct"]
    groups = [
        {
            "title": heading,
            "clauses": [{"id": c.id, "says": render(contract, c.says)} for c in contract.conduct if c.kind == kind],
        }
        for kind, heading in headings.items()
    ]
    return [group for group in groups if group["clauses"]]


def _shared_groups(contract: Contract) -> list[str]:
    """The rule groups that more than one tool uses; others are told where they apply."""
    tools = contract.tools.values()
    return [name for name in contract.rule_groups if sum(Use(use=name) in tool.rules for tool in tools) > 1]


def _procedures_lead(contract: Contract, style: Style) -> str:
    """What holds for every procedure; the short style says here once what the full one says at each."""
    phrases = _phrases()
    lead = str(phrases["procedures"]).strip()
    if style.phrases == "full":
        return lead
    previewed = [say_name(name) for name, tool in contract.tools.items() if tool.confirm == "tool"]
    lead += f" {phrases['short']['confirm_agent']}"
    return lead + (f" {phrases['short']['confirm_tool'].format(tools=say_list(previewed))}" if previewed else "")


def _procedure(contract: Contract, name: str, index: int, shared: Sequence[str], style: Style) -> dict[str, Any]:
    tool = contract.tools[name]
    own = _own_rules(contract, tool, shared)
    lead = [
        _described(render(contract, tool.describe), style.writes if tool.access == "write" else style.reads),
        _needs(tool) if style.needs else "",
        _reference(tool, index, shared, style),
    ]
    return {
        "name": name,
        "title": say_title(name),
        "lead": " ".join(part for part in lead if part),
        "enforced": [_rule(contract, rule) for rule in own if rule.by == "tool"],
        "enforced_lead": _in_turn(style, "enforced", index),
        "yours": [_rule(contract, rule) for rule in own if rule.by == "agent"],
        "yours_lead": _in_turn(style, "yours", index),
        "effects": _effects(contract, tool, index, style),
    }


def _described(text: str, length: Length) -> str:
    """A description in full, as its first clause, or not at all."""
    if length == "full":
        return text
    return f"{re.split(r'(?<=[a-z])[:;.] ', text)[0].rstrip('.')}." if length == "brief" else ""


def _effects(contract: Contract, tool: Tool, index: int, style: Style) -> str:
    if not tool.effects:
        return ""
    effects = " ".join(render(contract, effect.says) for effect in tool.effects)
    told = _in_turn(style, "effects", index).format(effects=effects)
    if style.phrases == "short" or tool.access != "write" or tool.confirm == "none":
        return told
    return f"{told} {_in_turn(style, 'confirm_tool' if tool.confirm == 'tool' else 'confirm_agent', index)}"


def _own_rules(contract: Contract, tool: Tool, shared: Sequence[str]) -> list[Rule]:
    own: list[Rule] = []
    if tool.grants:
        grants = tool.grants
        own.append(Rule(id=grants.id, says=grants.says, check=grants.sql, kind="existence"))
    for item in tool.rules:
        if not isinstance(item, Use):
            own.append(item)
        elif item.use not in shared:
            own += contract.rule_groups[item.use]
    return own


def _rule(contract: Contract, rule: Rule) -> dict[str, Any]:
    return {"id": rule.id, "says": render(contract, rule.says), "yours": rule.by == "agent"}


def _needs(tool: Tool) -> str:
    wanted = [p.label or say_name(name) for name, p in tool.parameters.items() if not p.optional]
    return str(_phrases()["needs"]).format(needs=f"the {say_list(wanted)}") if wanted else ""


def _reference(tool: Tool, index: int, shared: Sequence[str], style: Style) -> str:
    used = [f"“{say_title(rule.use)}”" for rule in tool.rules if isinstance(rule, Use) and rule.use in shared]
    return _in_turn(style, "shared", index).format(groups=say_list(used)) if used else ""


def _out_of_scope(contract: Contract, handling: str) -> list[dict[str, str]]:
    def view(item: OutOfScope) -> dict[str, str]:
        return {"id": item.id, "says": render(contract, item.says)}

    return [view(item) for item in contract.out_of_scope if item.handling == handling]


def _in_turn(style: Style, kind: str, index: int) -> str:
    phrases: list[str] = _phrases()[style.phrases][kind]
    return phrases[index % len(phrases)]


@lru_cache(maxsize=1)
def _phrases() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((TEMPLATES / "policy_phrases.yaml").read_text(encoding="utf-8"))
    return loaded
