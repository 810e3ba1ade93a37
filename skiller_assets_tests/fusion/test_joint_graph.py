"""The tool graph of a pair: what both domains have confirmed, what leads from one to the other, and no cycle."""

from __future__ import annotations

from typing import Any

import networkx as nx
import pytest

from skiller_assets.contract.rename import domain_of
from skiller_assets.fusion.graph import between, edges_between
from skiller_assets.world.roles import RolesOf
from skiller_assets_tests.fusion.built import MEMBERS, BuiltPair

Edge = dict[str, Any]


@pytest.fixture(scope="module")
def graph(pair: BuiltPair) -> Any:
    return pair.json("tool_graph", "graph.json")


def ordered(graph: Any) -> nx.DiGraph[str]:
    """Everything but conflicts, as a graph."""
    found: nx.DiGraph[str] = nx.DiGraph()
    found.add_nodes_from(node["tool"] for node in graph["nodes"])
    found.add_edges_from((e["source"], e["target"]) for e in graph["edges"] if e["type"] != "conflict")
    return found


def test_it_is_acyclic_and_only_the_two_authorizations_are_roots(pair: BuiltPair, graph: Any) -> None:
    found = ordered(graph)
    assert nx.is_directed_acyclic_graph(found)
    roots = sorted(node for node, degree in found.in_degree() if degree == 0)
    assert roots == sorted(n for n, t in pair.contract.tools.items() if t.access == "authorize")
    assert {domain_of(root) for root in roots} == set(MEMBERS)
    assert set(found) == set(pair.contract.tools)


def test_an_edge_was_left_out_only_because_it_closes_a_cycle(graph: Any) -> None:
    found = ordered(graph)
    assert graph["left_out"]
    assert all(nx.has_path(found, edge["target"], edge["source"]) for edge in graph["left_out"])


def test_what_each_domain_has_confirmed_is_in_it(pair: BuiltPair, graph: Any) -> None:
    stored = {(e["source"], e["target"], e["type"]) for e in [*graph["edges"], *graph["left_out"]]}
    for domain in MEMBERS:
        for edge in pair.json("tool_graph", "graph.json", domain)["edges"]:
            if edge["evidence"]:
                assert (f"{domain}__{edge['source']}", f"{domain}__{edge['target']}", edge["type"]) in stored


def test_edges_between_the_domains_are_those_that_are_seen_when_they_are_run(pair: BuiltPair, graph: Any) -> None:
    every = [*graph["edges"], *graph["left_out"]]
    stored = {
        (e["source"], e["target"], e["type"], e["why"])
        for e in every
        if e["evidence"] and between(e["source"], e["target"])
    }
    seen = edges_between(pair.world)
    assert {(e.source, e.target, e.type, e.why) for e in seen} == stored
    assert {e.type for e in seen} == {"state", "conflict"}
    assert all(domain_of(e.source) != domain_of(e.target) for e in seen)


def test_what_stands_between_the_domains_is_a_rule_over_both(pair: BuiltPair) -> None:
    assert pair.contract.fusion is not None
    spanning = {(rule.tool, rule.rule) for rule in pair.contract.fusion.rules}
    assert {(edge.target, edge.why) for edge in edges_between(pair.world)} <= spanning


def test_its_evidence_names_somebody_who_plays_the_role(pair: BuiltPair) -> None:
    roles = RolesOf(pair.world)
    for edge in edges_between(pair.world):
        person = edge.evidence.partition(":")[0]
        assert len(roles.of(pair.contract.principal_of(edge.source), person)) == 2


def test_every_value_flow_is_an_edge(pair: BuiltPair, graph: Any) -> None:
    assert pair.contract.fusion is not None
    every = {(e["source"], e["target"]) for e in [*graph["edges"], *graph["left_out"]] if e["type"] == "information"}
    assert {(flow.gives, flow.takes) for flow in pair.contract.fusion.flows} <= every
