"""The tool graph of a pair: the graphs of both domains, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skiller_assets.contract.model import Storyline
from skiller_assets.contract.rename import SEPARATOR, domain_of
from skiller_assets.service.edges import shown_again, sight_edges
from skiller_assets.service.tool_graph import Edge, ToolGraph, assemble
from skiller_assets.world.image import World


def joint_graph(world: World, graphs: Mapping[str, Mapping[str, Any]], storylines: Sequence[Storyline]) -> ToolGraph:
    """The graph of a fused world; ``graphs`` are the contents of the ``graph.json`` of its domains."""
    confirmed = [*confirmed_edges(graphs), *edges_between(world)]
    return assemble(world.program.compiled, confirmed, storylines)


def confirmed_edges(graphs: Mapping[str, Mapping[str, Any]]) -> Iterator[Edge]:
    """The state and conflict edges that each domain has confirmed by execution, under its namespace."""
    for domain, graph in sorted(graphs.items()):
        for e in [*graph["edges"], *graph["left_out"]]:
            if e["evidence"]:
                source, target, why = (f"{domain}{SEPARATOR}{e[field]}" for field in ("source", "target", "why"))
                yield Edge(source, target, e["type"], why, e["evidence"])


def edges_between(world: World) -> list[Edge]:
    """State and conflict edges from one domain to the other, as they are seen when they are run in the joint world."""
    return shown_again(world, sight_edges(world, between))


def between(source: str, target: str) -> bool:
    """Whether two tools belong to different domains."""
    return domain_of(source) != domain_of(target)
