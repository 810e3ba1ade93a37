"""The picture of an entity graph: entities on the outside, the records that tie them in the middle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skiller_assets.ontology.drawing import Arrow, Node, draw

_FILLS = {"person": "#f6d6a8", "peripheral": "#d5e3f0", "relationship": "#d8e8d0", "child": "#eef3ea"}
_COLUMNS = {"relationship": 1, "child": 2, "person": 3, "peripheral": 3}
_REFERS, _RELATES = ("#4c566a", "-"), ("#b4682f", ":")


def entity_graph_picture(graph: Mapping[str, Any]) -> bytes:
    """A PNG of an entity graph (the content of ``graph.json``)."""
    columns: dict[int, list[dict[str, Any]]] = {0: [], 1: [], 2: [], 3: []}
    for node in graph["nodes"]:
        columns[0 if node["name"] == graph["core"] else _COLUMNS[node["kind"]]].append(node)
    tallest = max(len(column) for column in columns.values())
    nodes = [
        Node(node["name"], _FILLS[node["kind"]], column, row + (tallest - len(found)) / 2)
        for column, found in columns.items()
        for row, node in enumerate(found)
    ]
    arrows = [Arrow(e["source"], e["target"], *_REFERS) for e in graph["edges"]]
    relations = [Arrow(r["person"], r["entity"], *_RELATES, label=r["phrase"]) for r in graph["relations"]]
    legend = {"refers to": _REFERS, "how the person relates": _RELATES}
    return draw(nodes, [*arrows, *relations], legend, f"{graph['domain']}: entities and relationships")
