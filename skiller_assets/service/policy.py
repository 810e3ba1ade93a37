"""The document that an agent must follow, rendered from a contract.

Every sentence that states a rule comes from the contract; around it stand connecting phrases from
``templates/policy_phrases.yaml`` and the contract's own background, or one that is asked for. Each tool's procedure
lies between ``<!-- TOOL: x -->`` and ``<!-- TOOL_END: x -->``; each rule carries its id in a comment, so that a program
can find it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.model import Contract, Lifecycle, OutOfScope, Rule, Table, Tool, Use
from skiller_assets.contract.wording import render, say_constant, say_list, say_name, say_title
from skiller_assets.service.policy_check import LONGEST, closed_world_complaints, count_words

_HERE = Path(__file__).parent
_SHORTEST_BACKGROUND, _LONGEST_BACKGROUND = 120, 600


class Background(BaseModel):
    """The reply to ``policy_background``: markdown with ``###`` headings."""

    markdown: str


_Length = Literal["full", "brief", "none"]


@dataclass(frozen=True)
class _Style:
    """How much a policy says beyond its rules. Rules, effects, conduct and scope are never shortened."""

    needs: bool = True
    attributes: bool = True
    phrases: Literal["full", "short"] = "full"
    reads: _Length = "full"
    writes: _Length = "full"
    describe_states: bool = True
    plain_records: bool = True
    records: bool = True


def _styles(has_own_background: bool) -> list[_Style]:
    """From the fullest to the leanest. What goes first is what a tool's schema says as well."""
    economies: list[dict[str, Any]] = [
        {"needs": False},
        {"attributes": False},
        {"reads": "brief"},
        {"phrases": "short"},
        {"describe_states": False},
        {"writes": "brief"},
        {"plain_records": False},
    ]
    if has_own_background:  # which introduces the records in its own words
        economies.append({"records": False})
    economies += [{"writes": "none"}, {"reads": "none"}]
    styles = [_Style()]
    for economy in economies:
        styles.append(replace(styles[-1], **economy))
    return styles


def build_policy(contract: Contract, summary: Mapping[str, Any], door: Door) -> str:
    """The policy of a service as markdown, as full as the length allows.

    ``summary`` is the database summary of the same key: record types without rows are left out. Raises
    :class:`~skiller_assets.ask.AskFailed` when a background has to be asked for and none is acceptable.
    """
    own = render(contract, contract.background).strip()
    sections = _sections(own or _ask_background(contract, door))
    styles = _styles(bool(own))
    drafts = [(style, len(sections)) for style in styles]
    # Last resort for a service with very many rules: the background gives way from its end.
    drafts += [(styles[-1], kept) for kept in range(len(sections) - 1, 0, -1)]
    text = ""
    for style, kept in drafts:
        background = "\n\n".join(sections[:kept])
        text = _tidy(_template().render(**_view(contract, summary, background, style)))
        if count_words(text) <= LONGEST:
            break
    return text


def _sections(markdown: str) -> list[str]:
    """A text cut before each of its ``###`` headings."""
    return [part.strip() for part in re.split(r"(?m)^(?=### )", markdown) if part.strip()]


def _ask_background(contract: Contract, door: Door) -> str:
    def complaints(reply: Background) -> list[str]:
        words = count_words(reply.markdown)
        found = closed_world_complaints(contract, reply.markdown)
        if not _SHORTEST_BACKGROUND <= words <= _LONGEST_BACKGROUND:
            found.append(f"{words} words; wanted are {_SHORTEST_BACKGROUND} to {_LONGEST_BACKGROUND}")
        if "### " not in reply.markdown:
            found.append("there are no sections with ### headings")
        return found

    request = Ask(
        name="policy_background",
        role="semantic",
        template=_HERE / "prompts" / "policy_background.md",
        variables=_background_variables(contract),
        reply=Background,
        validators=(complaints,),
    )
    return door.ask(request).markdown.strip()


def _background_variables(contract: Contract) -> dict[str, Any]:
    style = _Style(attributes=False)
    return {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "context": contract.context,
        "currency": contract.currency,
        "customer": say_name(contract.principals[0]),
        "records": [_record(contract, name, table, style) for name, table in contract.tables.items()],
        "tools": [
            {"title": say_title(name), "describe": render(contract, tool.describe), "access": tool.access}
            for name, tool in contract.tools.items()
        ],
        "constants": [
            f"{say_name(name)}: {say_constant(constant, contract.currency)}"
            for name, constant in contract.constants.items()
        ],
        "shortest": _SHORTEST_BACKGROUND,
        "longest": _LONGEST_BACKGROUND,
    }


def _view(contract: Contract, summary: Mapping[str, Any], background: str, style: _Style) -> dict[str, Any]:
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


def _records(contract: Contract, summary: Mapping[str, Any], style: _Style) -> list[dict[str, Any]]:
    empty = {name for name, found in summary.get("tables", {}).items() if found.get("rows") == 0}
    return [
        _record(contract, name, table, style)
        for name, table in contract.tables.items()
        if style.records and name not in empty and (style.plain_records or table.lifecycle)
    ]


def _record(contract: Contract, name: str, table: Table, style: _Style) -> dict[str, Any]:
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


def _procedures_lead(contract: Contract, style: _Style) -> str:
    """What holds for every procedure; the short style says here once what the full one says at each."""
    phrases = _phrases()
    lead = str(phrases["procedures"]).strip()
    if style.phrases == "full":
        return lead
    previewed = [say_name(name) for name, tool in contract.tools.items() if tool.confirm == "tool"]
    lead += f" {phrases['short']['confirm_agent']}"
    return lead + (f" {phrases['short']['confirm_tool'].format(tools=say_list(previewed))}" if previewed else "")


def _procedure(contract: Contract, name: str, index: int, shared: Sequence[str], style: _Style) -> dict[str, Any]:
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


def _described(text: str, length: _Length) -> str:
    """A description in full, as its first clause, or not at all."""
    if length == "full":
        return text
    return f"{re.split(r'(?<=[a-z])[:;.] ', text)[0].rstrip('.')}." if length == "brief" else ""


def _effects(contract: Contract, tool: Tool, index: int, style: _Style) -> str:
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


def _reference(tool: Tool, index: int, shared: Sequence[str], style: _Style) -> str:
    used = [f"“{say_title(rule.use)}”" for rule in tool.rules if isinstance(rule, Use) and rule.use in shared]
    return _in_turn(style, "shared", index).format(groups=say_list(used)) if used else ""


def _out_of_scope(contract: Contract, handling: str) -> list[dict[str, str]]:
    def view(item: OutOfScope) -> dict[str, str]:
        return {"id": item.id, "says": render(contract, item.says)}

    return [view(item) for item in contract.out_of_scope if item.handling == handling]


def _in_turn(style: _Style, kind: str, index: int) -> str:
    phrases: list[str] = _phrases()[style.phrases][kind]
    return phrases[index % len(phrases)]


def _tidy(text: str) -> str:
    """No runs of blank lines, one newline at the end."""
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.rstrip()
        is_item_gap = not stripped and len(lines) > 1 and lines[-1] == ""
        if not is_item_gap:
            lines.append(stripped)
    return "\n".join(lines).strip() + "\n"


@lru_cache(maxsize=1)
def _phrases() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((_HERE / "templates" / "policy_phrases.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    return environment.get_template("policy.md")
