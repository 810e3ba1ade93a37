"""A draft contract for a community of tools: every tool a read or a write on the derived schema."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skiller_assets.ontology.tool_pool import complement, talk
from skiller_assets.ontology.tool_pool.bind import Operation, bind_all
from skiller_assets.ontology.tool_pool.communities import Community
from skiller_assets.ontology.tool_pool.dependencies import Dependencies
from skiller_assets.ontology.tool_pool.derive import add_keeper, derive_schema
from skiller_assets.ontology.tool_pool.rules import Surroundings, rules_of
from skiller_assets.ontology.tool_pool.schema import Schema, Table
from skiller_assets.ontology.tool_pool.tables import (
    person_entity,
    record_relationship,
    settled,
    thing_entity,
)
from skiller_assets.ontology.tool_pool.tools import tool_of

MOST_TOOLS, MOST_SERVED, LEAST_WRITES = 18, 20, 4
_ALWAYS = 3
"""Tools that every draft may get: the authorization, the profile, a list of the team that looks after everything."""


@dataclass(frozen=True)
class Draft:
    """A draft contract as plain data, and what became of the tools of its community.

    ``served`` maps a tool's name in the contract to what the pool calls it; ``added`` are reads without which ids
    could not be found; ``left_out`` and ``dropped`` (parameters) say why.
    """

    domain: str
    content: dict[str, Any]
    served: dict[str, str]
    added: tuple[str, ...]
    left_out: dict[str, str]
    dropped: dict[str, tuple[str, ...]]


class NoDraft(Exception):
    """A community of which no contract can be made; ``left_out`` says what became of its tools."""

    def __init__(self, reason: str, left_out: Mapping[str, str]) -> None:
        self.reason, self.left_out = reason, dict(left_out)
        super().__init__(reason)


def draft_contract(community: Community, graph: Dependencies) -> Draft:
    """The draft of a community. Raises NoDraft when too little of it reads and writes."""
    tools = [graph.tools[name] for name in community.tools]
    schema = derive_schema(tools, graph.readings)
    operations = _chosen(bind_all(schema), graph, schema)
    _expect_writes(operations, schema)
    _prune(schema, operations)
    add_keeper(schema)
    added = complement.reads(schema, operations, {tool.name for tool in tools})
    content = _content(community.name, schema, operations, added)
    return Draft(
        domain=community.name,
        content=content,
        served={op.name: op.act.tool.public for op in operations},
        added=tuple(added),
        left_out=dict(sorted(schema.left_out.items())),
        dropped={op.name: op.dropped for op in operations if op.dropped},
    )


def _expect_writes(operations: Sequence[Operation], schema: Schema) -> None:
    writes = sum(op.writes for op in operations)
    if writes < LEAST_WRITES:
        raise NoDraft(f"only {writes} of its tools can write; {LEAST_WRITES} are wanted", schema.left_out)


def _chosen(operations: list[Operation], graph: Dependencies, schema: Schema) -> list[Operation]:
    """The most central tools of a large community: writes, then lists that would otherwise be added, then the rest."""
    degree = Counter(name for edge in graph.edges for name in (edge.source, edge.target))
    lists = ("list", "look", "single")
    ranked = sorted(operations, key=lambda op: (not op.writes, op.deed not in lists, -degree[op.name], op.name))
    kept: list[Operation] = []
    for op in ranked:
        some = [*kept, op]
        if len(some) <= MOST_TOOLS and len(some) + len(complement.unlisted(schema, some)) + _ALWAYS <= MOST_SERVED:
            kept.append(op)
        else:
            schema.left_out[op.name] = "is not among the most central tools of its community"
    return [op for op in operations if op in kept]


def _prune(schema: Schema, operations: Sequence[Operation]) -> None:
    """Drops tables that no operation touches any more."""
    used = complement.touched(schema, operations)
    for name in [name for name in schema.tables if name not in used]:
        del schema.tables[name]


def _content(
    domain: str, schema: Schema, operations: Sequence[Operation], added: Mapping[str, complement.Added]
) -> dict[str, Any]:
    around = Surroundings.of(domain, schema, operations)
    rules = {op.name: rules_of(around, op, talk.done(op)) for op in operations}
    constants = {name: spec for found in rules.values() for name, spec in found.constants.items()}
    tools = {f"authorize_{schema.person}": complement.authorize(schema)}
    columns = {name: shown_columns(schema, table, operations) for name, table in schema.tables.items()}
    groups: dict[str, list[dict[str, Any]]] = {}
    for op in operations:
        listed = [_shared(rule, groups) for rule in rules[op.name].rules]
        tools[op.name] = tool_of(schema, op, columns[op.act.table], listed)
    tools |= {name: tool(columns) for name, tool in added.items()}
    title = talk.title(domain, _pick(domain))
    things = {t.name: thing_entity(t) for t in schema.things()}
    records = {t.name: record_relationship(schema, t, operations) for t in _in_order(schema)}
    return {
        "contract": 1,
        "domain": domain,
        "title": title,
        "describe": talk.describe(schema),
        "context": "services",
        "principals": [schema.person],
        **({"constants": dict(sorted(constants.items()))} if constants else {}),
        "entities": {schema.person: person_entity(schema.person), **things},
        "relationships": records,
        **({"settle": found} if (found := [s for t in schema.records() for s in settled(schema, t)]) else {}),
        "rule_groups": groups,
        "tools": tools,
        **talk.talk(schema, operations, title, _pick(domain)),
    }


def _shared(rule: dict[str, Any], groups: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A rule that several tools may share goes into a group of its own, once."""
    if rule.get("by") == "agent" or not rule["id"].startswith("own_"):
        return rule
    known = groups.setdefault(rule["id"], [rule])
    return {"use": rule["id"]} if known[0] == rule else {**rule, "id": f"{rule['id']}_here"}


def _in_order(schema: Schema) -> list[Table]:
    """Records after those that they refer to."""
    done: list[Table] = []
    waiting = schema.records()
    while waiting:
        table = next(t for t in waiting if not {n for n in t.refers if n in {w.name for w in waiting}} - {t.name})
        done.append(table)
        waiting.remove(table)
    return done


def shown_columns(schema: Schema, table: Table, operations: Sequence[Operation]) -> list[str]:
    """The columns that reads of a table show, in order."""
    own = [c for c in table.columns if table.kind == "record" or c != "name"]
    if table.kind == "thing":
        return ["name", *own, "is_available"]
    dated = ["updated_on"] if any(op.deed == "update" and op.act.table == table.name for op in operations) else []
    return [*own, "status", *sorted(table.switches), "created_on", *dated]


def _pick(domain: str) -> int:
    return int.from_bytes(hashlib.sha256(domain.encode()).digest()[:4], "big")
