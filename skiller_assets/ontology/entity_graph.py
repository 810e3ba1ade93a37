"""The entity graph of a domain: the core person, what it deals with, and the records that tie them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skiller_assets.contract.model import Contract, Table
from skiller_assets.ontology.relations import ties


def entity_graph(contract: Contract, phrases: Mapping[str, str]) -> dict[str, Any]:
    """The content of ``graph.json``: ``core``, ``nodes`` (tables), ``edges`` (references), worded ``relations``."""
    core = contract.principals[0]
    nodes = [
        {"name": name, "kind": _kind(contract, name), "describe": table.describe}
        for name, table in contract.tables.items()
    ]
    edges = [edge for name, table in contract.tables.items() for edge in _references(name, table)]
    relations = [
        {"person": core, "phrase": phrase, "entity": entity, "through": ties(contract, entity)}
        for entity, phrase in sorted(phrases.items())
    ]
    return {"domain": contract.domain, "core": core, "nodes": nodes, "edges": edges, "relations": relations}


def _kind(contract: Contract, name: str) -> str:
    if name in contract.entities:
        return contract.entities[name].kind
    return "relationship" if name in contract.relationships else "child"


def _references(name: str, table: Table) -> list[dict[str, str]]:
    """One edge for each foreign key: two roles of one entity stay two edges."""
    found = []
    for column, attribute in table.attributes.items():
        if attribute.refers_to:
            target = attribute.refers_to.partition(".")[0]
            if target != name:
                found.append({"source": name, "target": target, "column": column})
    return found


def entity_graph_faults(graph: Mapping[str, Any], entities: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with an entity graph, given the corpus's entities."""
    known = {r["entity"]: r["kind"] for r in entities}
    nodes = {n["name"]: n["kind"] for n in graph["nodes"]}
    found = []
    if known.get(graph["core"]) != "person":
        found.append(f"the core {graph['core']} is no person entity of the corpus")
    for name, kind in sorted(nodes.items()):
        if kind in ("person", "peripheral") and known.get(name) != kind:
            found.append(f"entity {name} is not among the corpus's entities as {kind}")
    for edge in graph["edges"]:
        if edge["source"] not in nodes or edge["target"] not in nodes:
            found.append(f"edge {edge['source']}.{edge['column']} leads to {edge['target']}, which is no node")
    related = {e["source"] for e in graph["edges"] if e["target"] == graph["core"]}
    found += [
        f"relationship {n} does not refer to the core person"
        for n, k in nodes.items()
        if k == "relationship" and n not in related
    ]
    unspoken = {n for n, k in nodes.items() if k in ("person", "peripheral")} - {graph["core"]}
    unspoken -= {r["entity"] for r in graph["relations"]}
    found += [f"nothing says how {graph['core']} relates to {name}" for name in sorted(unspoken)]
    return found
