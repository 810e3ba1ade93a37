"""What pairing knows of a domain: from its contract alone, and small."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.model import Contract, Entity, Relationship, Table
from skiller_assets.contract.rename import SEPARATOR
from skiller_assets.fusion.plausible import subjects_in
from skiller_assets.fusion.ports import Ports, ports_of

_LONGEST = 64
_SAME_EVERYWHERE = {"type", "format", "refers_to", "optional", "unique", "enum"}
"""What two domains must say alike of an attribute of an entity that both have."""

Work = tuple[str, tuple[str, ...]]
"""A kind of work: the state in which its main record begins, and those that may follow it."""


@dataclass(frozen=True)
class DomainProfile:
    """A domain as pairing compares it.

    ``entities``: peripheral ones, which have the same name everywhere; ``declared`` has for each entity, people
    included, a hash of what rows and rules depend on. ``work``: how its main record begins. ``too_long``: a name that
    the namespace of a pair makes longer than 64 characters, or "".
    """

    domain: str
    title: str
    context: str
    principal: str
    currency: str
    entities: frozenset[str]
    declared: Mapping[str, str]
    subjects: frozenset[str]
    work: Work
    ports: Ports
    too_long: str
    amounts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """The least and greatest amount of money that was seen at a port (``tool.column``, ``tool.parameter``)."""

    def may_pass(self, port: str, other: DomainProfile, inlet: str) -> bool:
        """Whether amounts that leave here at a port have been taken there; nothing speaks against what nobody saw."""
        left, taken = self.amounts.get(port), other.amounts.get(inlet)
        return left is None or taken is None or (left[0] <= taken[1] and taken[0] <= left[1])


def with_amounts(profile: DomainProfile, tasks: Iterable[Mapping[str, Any]]) -> DomainProfile:
    """The profile with the amounts that the calls of validated tasks have shown and taken."""
    outlets = {(o.tool, o.path[-1]) for o in profile.ports.outlets if o.carries == "money"}
    inlets = {(i.tool, i.parameter) for i in profile.ports.inlets if i.carries == "money"}
    seen: dict[str, list[float]] = {}
    for call in (call for task in tasks for call in task["calls"]):
        rows = call["result"] if isinstance(call["result"], list) else [call["result"]]
        values = [(name, value) for row in rows if isinstance(row, dict) for name, value in row.items()]
        found = [(name, value) for name, value in values if (call["tool"], name) in outlets]
        found += [(name, value) for name, value in call["arguments"].items() if (call["tool"], name) in inlets]
        for name, value in found:
            if value is not None:
                seen.setdefault(f"{call['tool']}.{name}", []).append(float(value))
    return replace(profile, amounts={port: (min(values), max(values)) for port, values in sorted(seen.items())})


def profile_of(compiled: CompiledContract) -> DomainProfile:
    """What pairing knows of a compiled contract."""
    contract = compiled.contract
    principal = contract.principals[0]
    peripheral = frozenset(name for name, entity in contract.entities.items() if entity.kind == "peripheral")
    return DomainProfile(
        contract.domain,
        contract.title,
        contract.context,
        principal,
        contract.currency,
        peripheral,
        {name: _digest(entity) for name, entity in sorted(contract.entities.items())},
        subjects_in((contract.domain, principal, *peripheral)),
        _work(contract),
        ports_of(compiled),
        _too_long(contract),
    )


def quick_profile(contract: Contract) -> DomainProfile:
    """The same of a contract that is known to compile: only what reads show is compiled again."""
    reads = {name: t.model_copy(update={"rules": []}) for name, t in contract.tools.items() if t.access != "write"}
    bare: dict[str, object] = {
        "tools": reads,
        "entities": {name: _bare(table) for name, table in contract.entities.items()},
        "relationships": {name: _bare(table) for name, table in contract.relationships.items()},
        "settle": [],
        "invariants": [],
        "rule_groups": {},
        "storylines": [],
    }
    return profile_of(replace(compile_contract(contract.model_copy(update=bare)), contract=contract))


def _bare(table: Table) -> Table:
    """A table without what makes its rows."""
    attributes = {name: a.model_copy(update={"generate": None}) for name, a in table.attributes.items()}
    bare: dict[str, object] = {"attributes": attributes, "population": None}
    if isinstance(table, Relationship):
        bare["children"] = {name: _bare(child) for name, child in table.children.items()}
    return table.model_copy(update=bare)


def _digest(entity: Entity) -> str:
    attributes = {n: a.model_dump(mode="json", include=_SAME_EVERYWHERE) for n, a in sorted(entity.attributes.items())}
    lifecycle = entity.lifecycle.model_dump(mode="json") if entity.lifecycle else None
    declared = json.dumps([entity.kind, entity.role, entity.key, lifecycle, attributes], sort_keys=True)
    return hashlib.sha256(declared.encode()).hexdigest()[:16]


def _work(contract: Contract) -> Work:
    """Of the first relationship with a lifecycle; else of the first table with one."""
    tables: list[Table] = [*contract.relationships.values(), *contract.tables.values()]
    lifecycle = next((table.lifecycle for table in tables if table.lifecycle), None)
    if lifecycle is None:
        return "", ()
    return lifecycle.initial, tuple(sorted(lifecycle.states[lifecycle.initial].next))


def _too_long(contract: Contract) -> str:
    rules = (rule.id for tool in contract.tools for rule in contract.rules_of(tool))
    tables = contract.tables.keys() - contract.entities.keys()  # entities keep their names in every pair
    names = {*contract.tools, *tables, *contract.constants, *contract.rule_groups, *rules}
    longest = max(sorted(names), key=len)
    return longest if len(contract.domain) + len(SEPARATOR) + len(longest) > _LONGEST else ""
