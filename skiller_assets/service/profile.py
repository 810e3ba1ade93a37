"""The synthesis profile: what a generated service must be beyond something that can run. Imported ones need not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from skiller_assets.contract.compile import CompiledContract, CompiledTool
from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Contract
from skiller_assets.ontology.outline import PERIPHERALS, RELATIONSHIPS
from skiller_assets.service.reach import barred_tools

TOOLS = range(10, 21)
LEAST_WRITES = 4
LEAST_RULES, LEAST_RULE_KINDS = 15, 5
LEAST_WANTS, LEAST_REASONS = 4, 5
LEAST_OUT_OF_SCOPE, LEAST_STORYLINES = 6, 1


@dataclass(frozen=True)
class Bounds:
    """How many kinds of records a service may have, both ends included in the ranges."""

    peripherals: range
    relationships: range


WRITTEN = Bounds(range(1, 6), range(1, 6))
"""For a user's own domain file."""
AUTHORED = Bounds(range(PERIPHERALS[0], PERIPHERALS[1] + 1), range(RELATIONSHIPS[0], RELATIONSHIPS[1] + 1))
"""For a domain that an author wrote from a topic."""


def wanted() -> dict[str, int | list[int]]:
    """The numbers of the profile, for whoever is asked to meet it."""
    return {
        "tools": [TOOLS[0], TOOLS[-1]],
        "writes": LEAST_WRITES,
        "rules": LEAST_RULES,
        "kinds": LEAST_RULE_KINDS,
        "wants": LEAST_WANTS,
        "reasons": LEAST_REASONS,
        "out_of_scope": LEAST_OUT_OF_SCOPE,
        "storylines": LEAST_STORYLINES,
    }


def profile_problems(compiled: CompiledContract, bounds: Bounds = WRITTEN) -> list[Problem]:
    """Every way in which a contract is less than a synthesized service must be; no data are needed."""
    return [*work_problems(compiled, bounds), *talk_shortage(compiled.contract)]


def work_problems(compiled: CompiledContract, bounds: Bounds = WRITTEN) -> list[Problem]:
    """Those of what the service keeps and does; nothing is said yet of how people ask for it."""
    contract = compiled.contract
    source = f"{contract.domain}.yaml"
    found = [*_sizes(contract, source, bounds), *_rules(compiled, source)]
    for tool in compiled.tools.values():
        found += _tool(tool, f"{source}: tool {tool.name}")
    return [*found, *_sources(compiled, source)]


def talk_shortage(contract: Contract) -> list[Problem]:
    """Too little said of how people ask for what the tools do, and for what they do not."""
    return list(_talk(contract, f"{contract.domain}.yaml"))


def _outside(place: str, what: str, count: int, allowed: range) -> Iterator[Problem]:
    if count not in allowed:
        yield Problem(place, f"has {count} {what}; {allowed[0]} to {allowed[-1]} are wanted")


def _below(place: str, what: str, count: int, least: int) -> Iterator[Problem]:
    if count < least:
        yield Problem(place, f"has {count} {what}; at least {least} are wanted")


def _sizes(contract: Contract, source: str, bounds: Bounds) -> Iterator[Problem]:
    writes = [tool for tool in contract.tools.values() if tool.access == "write"]
    peripherals = [entity for entity in contract.entities.values() if entity.kind == "peripheral"]
    customers = [name for name, e in contract.entities.items() if e.kind == "person" and e.role == "customer"]
    yield from _outside(source, "tools", len(contract.tools), TOOLS)
    yield from _below(source, "tools that write", len(writes), LEAST_WRITES)
    yield from _outside(source, "customer persons", len(customers), range(1, 2))
    yield from _outside(source, "peripheral entities", len(peripherals), bounds.peripherals)
    yield from _outside(source, "relationships", len(contract.relationships), bounds.relationships)


def _rules(compiled: CompiledContract, source: str) -> Iterator[Problem]:
    rules = {rule.rule.id: rule.rule for tool in compiled.tools.values() for rule in tool.rules}
    yield from _below(source, "rules", len(rules), LEAST_RULES)
    yield from _below(source, "kinds of rules", len({rule.kind for rule in rules.values()}), LEAST_RULE_KINDS)
    for by, words in (("tool", "rules that tools enforce"), ("agent", "rules that only the agent keeps")):
        yield from _below(source, words, sum(rule.by == by for rule in rules.values()), 1)


def _talk(contract: Contract, source: str) -> Iterator[Problem]:
    yield from _below(source, "requests out of scope", len(contract.out_of_scope), LEAST_OUT_OF_SCOPE)
    yield from _below(source, "storylines", len(contract.storylines), LEAST_STORYLINES)
    for name, tool in contract.tools.items():
        place = f"{source}: tool {name}: voice"
        if tool.access != "authorize" and tool.voice.wants:
            yield from _below(place, "wants", len(tool.voice.wants), LEAST_WANTS)
        if tool.access == "write":
            yield from _below(place, "wants", len(tool.voice.wants), 1)
            yield from _below(place, "reasons", len(tool.voice.because), LEAST_REASONS)


def _tool(tool: CompiledTool, place: str) -> Iterator[Problem]:
    used = {name for statement in tool.statements for name in statement.parameters}
    used |= {effect.when for effect in tool.effects if effect.when}
    for name in tool.tool.parameters:
        if name not in used:
            yield Problem(f"{place}: parameter {name}", "is used by no statement", "apply it or drop it")


def _sources(compiled: CompiledContract, source: str) -> Iterator[Problem]:
    """What nobody knows must be shown by tools that can be reached without it, or no agent can ever pass it."""
    for barred in barred_tools(compiled):
        yield Problem(f"{source}: tool {barred.tool}", str(barred))
