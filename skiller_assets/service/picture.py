"""The picture of a tool graph: layers of the acyclic part from left to right, conflicts on top of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from skiller_assets.ontology.drawing import Arrow, Node, draw

_FILLS = {"authorize": "#f6d6a8", "read": "#d5e3f0", "write": "#d8e8d0"}
_STYLES = {
    "state": ("#2f6d3a", "-"),
    "information": ("#4a6fa5", "-"),
    "storyline": ("#8d8d8d", ":"),
    "conflict": ("#b03a2e", "--"),
    "authorization": ("#d8b36a", "-"),
}


def tool_graph_picture(graph: Mapping[str, Any], title: str) -> bytes:
    """A PNG of a tool graph (the content of ``graph.json``); authorization edges only where nothing else leads in."""
    access = {node["tool"]: node["access"] for node in graph["nodes"]}
    ordered: nx.DiGraph[str] = nx.DiGraph()
    ordered.add_nodes_from(access)
    ordered.add_edges_from(
        (e["source"], e["target"]) for e in graph["edges"] if e["type"] not in ("conflict", "storyline")
    )
    nodes = [
        Node(name, _FILLS[access[name]], column, row + 0.25 * (column % 2))
        for column, layer in enumerate(nx.topological_generations(ordered))
        for row, name in enumerate(sorted(layer))
    ]
    led = {e["target"] for e in graph["edges"] if e["type"] in ("state", "information")}
    arrows = [
        Arrow(e["source"], e["target"], *_STYLES[e["type"]])
        for e in graph["edges"]
        if e["type"] != "authorization" or e["target"] not in led
    ]
    return draw(nodes, arrows, _STYLES, title)
