"""The shape of a service: what it is when names and wordings are taken away."""

from __future__ import annotations

import hashlib
from collections import Counter

import networkx as nx

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Contract


def shape_of(compiled: CompiledContract) -> str:
    """A hash of a contract's foreign-key graph, up to names, and of how many rules and effects of which kinds it has.

    Two services of the same shape differ in words and numbers only. Effects are counted by what they do to which kind
    of table.
    """
    contract = compiled.contract
    graph = nx.weisfeiler_lehman_graph_hash(foreign_keys(contract), node_attr="kind", edge_attr="count", iterations=4)
    rules = Counter(rule.kind for tool in contract.tools for rule in contract.rules_of(tool))
    effects = Counter(
        f"{op} {kind_of(contract, table)}"
        for tool in compiled.tools.values()
        for effect in tool.effects
        for op, table in sorted({(op, table) for op, table, _ in effect.statement.writes})
    )
    parts = (graph, sorted(rules.items()), sorted(effects.items()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def foreign_keys(contract: Contract) -> nx.DiGraph[str]:
    """Tables with their kinds, and an edge for each pair with the number of references between them."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name in contract.tables:
        graph.add_node(name, kind=kind_of(contract, name))
    for name, table in contract.tables.items():
        targets = Counter(a.refers_to.partition(".")[0] for a in table.attributes.values() if a.refers_to)
        for target, count in sorted(targets.items()):
            graph.add_edge(name, target, count=str(count))
    return graph


def kind_of(contract: Contract, table: str) -> str:
    """``person``, ``peripheral``, ``relationship`` or ``child``."""
    if table in contract.entities:
        return contract.entities[table].kind
    return "relationship" if table in contract.relationships else "child"
