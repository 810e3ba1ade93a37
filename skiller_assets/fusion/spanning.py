"""Rules of one domain that look at records of the other: candidates from the contracts, and their trial.

A rule is kept only where the fused world holds people for whom it holds, and people for whom it alone fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.english import plural, with_article
from skiller_assets.contract.fusion import SpanningRule
from skiller_assets.contract.model import Relationship
from skiller_assets.contract.wording import say_name
from skiller_assets.fusion.flows import class_of
from skiller_assets.fusion.identity import LINK
from skiller_assets.fusion.members import Member
from skiller_assets.service.pools import Width
from skiller_assets.service.search import Explorer
from skiller_assets.service.solve import Goal, Search
from skiller_assets.world.image import World

ENOUGH = 3
"""For how many people a rule must hold, and for how many it alone must fail."""

_PEOPLE = 60
_WIDTH = Width(1, 8, 8)
_DATA = Path(__file__).parent / "data" / "spanning.yaml"


@dataclass(frozen=True)
class ProposedRule:
    """A spanning rule before its trial: the record of it, and the rule as the contract language has it."""

    record: SpanningRule
    rule: Mapping[str, Any]


@dataclass(frozen=True)
class RuleTrial:
    """For how many of the people tried a call of the tool was found that every rule permits, and one that only this
    rule forbids; one case of each."""

    rule: str
    tool: str
    tried: int
    holds: int
    fails_alone: int
    example: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the rule was seen to hold and to fail often enough."""
        return self.holds >= ENOUGH and self.fails_alone >= ENOUGH


def proposed_rules(guard: Member, tools: Member) -> Iterator[ProposedRule]:
    """Rules by which records of ``guard`` bear on tools of the other domain, those of one tool together."""
    for tool in _guardable(tools):
        for table, relationship in guard.contract.relationships.items():
            for idea, slots in _ideas(guard, tools, tool, table, relationship):
                yield _proposed(guard, tools, tool, idea, slots)


def try_rule(world: World, explorer: Explorer, proposed: ProposedRule) -> RuleTrial:
    """Look for people for whom a rule holds, and for whom it alone fails, in a world whose contract has it."""
    name, rule = proposed.record.tool, proposed.record.rule
    tool = world.program.compiled.tools[name]
    searches = {True: Search(tool, Goal()), False: Search(tool, Goal(rule))}
    found: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    tried = 0
    for person in explorer.people(tool.principal)[:_PEOPLE]:
        if min(len(cases) for cases in found.values()) >= ENOUGH:
            break
        tried += 1
        session = explorer.serve(tool.principal, person)
        pool = explorer.pools.of(session, tool, _WIDTH)
        for holds, search in searches.items():
            if len(found[holds]) < ENOUGH and (arguments := search.run(session, pool)):
                found[holds].append({"person": person, "arguments": arguments[0]})
    example = {"holds": found[True][:1], "fails": found[False][:1]}
    return RuleTrial(rule, name, tried, len(found[True]), len(found[False]), example)


def _guardable(member: Member) -> list[str]:
    """The tools that begin something: writes that a customer asks for and that create a record."""
    tools = member.contract.tools
    return [n for n, t in tools.items() if t.access == "write" and t.voice.wants and t.creates]


def _ideas(
    guard: Member, tools: Member, tool: str, table: str, relationship: Relationship
) -> Iterator[tuple[str, dict[str, str]]]:
    condition = owner_condition(guard.contract, table, guard.principal, "r")
    if condition is None or "IN (" in condition:
        return
    noun = say_name(relationship.label or table)
    slots = {
        "table": guard.under(table),
        "noun": noun,
        "nouns": plural(noun),
        "a_noun": with_article(noun),
        "title": guard.contract.title,
        "mine": _mine(guard, tools, condition),
    }
    if relationship.lifecycle:
        for state in relationship.lifecycle.states:
            words = {**slots, "status": relationship.lifecycle.column, "value": state, "state": say_name(state)}
            for needs in ("bad", "good"):
                if re.search(_data()["states"][needs], state):
                    yield from ((idea, words) for idea, i in _data()["ideas"].items() if i["needs"] == needs)
    for argument, parameter in tools.contract.tools[tool].parameters.items():
        if parameter.type != "money":
            continue
        for column, attribute in relationship.attributes.items():
            if attribute.type == "money" and class_of("outlets", "money", f"{table}.{column}") in ("cost", "bill"):
                label = attribute.label or say_name(column)
                said = parameter.label or say_name(argument)
                yield (
                    "not_above_cost",
                    {**slots, "column": column, "label": label, "argument": argument, "parameter": said},
                )


def _mine(guard: Member, tools: Member, condition: str) -> str:
    """The condition that a record ``r`` of one domain belongs to whoever a tool of the other one serves."""
    if guard.principal == tools.principal:
        return condition
    column = condition.partition(" = ")[0]
    linked = f"SELECT l.{guard.principal} FROM {LINK} l WHERE l.{tools.principal} = :me"
    return f"{column} = ({linked})"


def _proposed(guard: Member, tools: Member, tool: str, idea: str, slots: Mapping[str, str]) -> ProposedRule:
    declared = _data()["ideas"][idea]
    about = slots.get("value") or slots["column"]
    rule_id = f"{guard.domain}__{idea}_{slots['noun'].replace(' ', '_')}_{about}"[:64]
    rule = {"id": rule_id, "kind": declared["kind"], "by": "agent"}
    rule |= {part: declared[part].format(**slots) for part in ("says", "check")}
    return ProposedRule(SpanningRule(rule=rule_id, tool=tools.under(tool), over=guard.domain, idea=idea), rule)


def trials_as_json(trials: Sequence[RuleTrial]) -> list[dict[str, Any]]:
    """The trials as ``bridges.json`` holds them."""
    return [asdict(trial) for trial in trials]


@cache
def _data() -> Any:
    return yaml.safe_load(_DATA.read_text(encoding="utf-8"))
