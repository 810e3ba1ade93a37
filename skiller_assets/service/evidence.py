"""The trial of a contract: how its rules and effects behave on the data of a world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from skiller_assets.contract.wording import say_list
from skiller_assets.service.asked_calls import AskedCalls
from skiller_assets.service.contradiction import contradicting
from skiller_assets.service.dead_rules import DeadRules
from skiller_assets.service.probe import RuleEvidence, probe_effects, probe_rules
from skiller_assets.service.reach import barred_tools
from skiller_assets.service.search import Explorer, Findings
from skiller_assets.world.image import World


def gather_evidence(world: World, findings: Sequence[Findings] | None = None) -> dict[str, Any]:
    """The content of ``evidence.json``: how often each rule held and failed, how often each effect showed.

    What is dead is looked at more closely: which rules contradict each other, what a dead rule read in the data, which
    tools are out of reach because another one is never permitted. ``findings`` are those of an :class:`Explorer` of
    this world, where they are at hand already.
    """
    explorer = Explorer(world)
    findings = explorer.explore() if findings is None else findings
    rules = probe_rules(explorer, findings)
    closed = [item for item in findings if item.permitted() is None]
    return {
        "rules": [asdict(rule) for rule in rules],
        "effects": [asdict(effect) for effect in probe_effects(explorer, findings)],
        "never_permitted": sorted(item.tool for item in closed),
        "contradictions": [
            {"tool": item.tool, "rules": list(together)}
            for item in closed
            if (together := contradicting(explorer, item))
        ],
        "dead": _dead(world, findings, [rule for rule in rules if not rule.holds or not rule.fails]),
        "barred": _barred(explorer, [item.tool for item in closed]),
        "empty": empty_tables(world),
    }


def _dead(world: World, findings: Sequence[Findings], rules: Sequence[RuleEvidence]) -> list[dict[str, str]]:
    """What was seen of each dead rule."""
    if not rules:
        return []
    dead = DeadRules(AskedCalls(world, findings))
    tools = world.program.compiled.tools
    return [
        {"tool": item.tool, "rule": item.rule, "seen": dead.seen(tools[item.tool], rule)}
        for item in rules
        for rule in tools[item.tool].rules
        if rule.rule.id == item.rule
    ]


def _barred(explorer: Explorer, closed: Sequence[str]) -> list[dict[str, str]]:
    """Tools that could be reached if others were permitted; what bars them otherwise is a matter of the profile."""
    anyway = {barred.tool for barred in barred_tools(explorer.compiled)}
    found = barred_tools(explorer.compiled, closed) if closed else []
    return [{"tool": barred.tool, "why": str(barred)} for barred in found if barred.tool not in anyway]


def empty_tables(world: World) -> list[str]:
    """Tables in which no row arose: nothing that reads them can show anything."""
    with world.open() as session:
        return [name for name in world.contract.tables if not session.query(f'SELECT 1 FROM "{name}" LIMIT 1', {})]


def evidence_faults(evidence: Mapping[str, Any]) -> list[str]:
    """Dead parts of a contract: rules that never hold or fail, effects that change nothing, tools nobody may call."""
    faults = [f"table {table}: no row arises in it" for table in evidence["empty"]]
    faults += [*_never_permitted(evidence), *_dead_rules(evidence)]
    faults += [f"tool {barred['tool']}: {barred['why']}" for barred in evidence["barred"]]
    faults += [
        f"tool {e['tool']}: effect {e['effect']} ({e['says']}) never changes anything"
        for e in evidence["effects"]
        if not e["shown"] and e["tool"] not in evidence["never_permitted"]
    ]
    return faults


def _never_permitted(evidence: Mapping[str, Any]) -> Iterator[str]:
    """Why a tool is never permitted; nothing where a rule of it never holds, which is told of the rule."""
    together = {item["tool"]: item["rules"] for item in evidence["contradictions"]}
    dead = {rule["tool"] for rule in evidence["rules"] if not rule["holds"]}
    for tool in (t for t in evidence["never_permitted"] if t not in dead):
        rules = together.get(tool)
        if rules is None:
            yield f"tool {tool}: no call was found that every rule permits"
        else:
            without = "each alone does" if len(rules) == 2 else "any of them left out, the others do"
            yield (
                f"tool {tool}: rules {say_list(rules)} never hold together on the data, {without}: "
                "mend one of them, or let the data contain what meets them all"
            )


def _dead_rules(evidence: Mapping[str, Any]) -> Iterator[str]:
    seen = {(item["tool"], item["rule"]): item["seen"] for item in evidence["dead"]}
    for rule in evidence["rules"]:
        if rule["holds"] and rule["fails"]:
            continue
        place, told = f"tool {rule['tool']}: rule {rule['rule']}", seen[rule["tool"], rule["rule"]]
        calls = f"of {rule['holds'] + rule['fails']} tried calls it held in {'all' if rule['holds'] else 'none'}"
        told = f"{calls}; {told}" if told else calls
        if not rule["holds"]:
            yield f"{place} never holds on the data: {told}: let the data contain what it asks for, or mend it"
        else:
            yield f"{place} never fails on the data: {told}: drop it, or let the data contain what it forbids"
