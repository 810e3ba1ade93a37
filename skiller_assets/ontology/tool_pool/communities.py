"""Communities of tools: what belongs together in the dependency graph becomes one service."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from skiller_assets.contract.model import is_domain
from skiller_assets.ontology.tool_pool.dependencies import Dependencies
from skiller_assets.ontology.tool_pool.words import word_list

LARGEST, SMALLEST = 36, 6
_FINEST = 8.0
"""Resolution up to which a community that is too large is divided."""


@dataclass(frozen=True)
class Community:
    """Tools that belong together; ``name`` fits a domain."""

    name: str
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Communities:
    """The communities by name, and the tools that belong to none, because what they are tied to is too small."""

    found: tuple[Community, ...]
    alone: tuple[str, ...]


def communities(graph: Dependencies) -> Communities:
    """Louvain's communities of the dependency graph, divided where too large, joined where too small, and named."""
    tied = _undirected(graph)
    groups = [part for group in _louvain(tied, 1.0) for part in _divided(tied, group, 2.0)]
    groups, alone = _joined(tied, groups)
    names: dict[str, tuple[str, ...]] = {}
    for group in sorted(groups, key=lambda g: (-len(g), g)):
        names[_name(graph, group, names)] = group
    return Communities(tuple(Community(name, names[name]) for name in sorted(names)), tuple(sorted(alone)))


def _undirected(graph: Dependencies) -> nx.Graph[str]:
    tied: nx.Graph[str] = nx.Graph()
    tied.add_nodes_from(sorted(graph.tools))
    for edge in graph.edges:
        before = tied.get_edge_data(edge.source, edge.target, {"weight": 0})["weight"]
        tied.add_edge(edge.source, edge.target, weight=before + edge.weight)
    return tied


def _louvain(tied: nx.Graph[str], resolution: float) -> list[tuple[str, ...]]:
    """The communities of a graph, each sorted; its seed is derived from the names in it."""
    seed = int.from_bytes(hashlib.sha256("\n".join(sorted(tied)).encode()).digest()[:4], "big")
    found: Iterable[Collection[str]] = nx.community.louvain_communities(tied, resolution=resolution, seed=seed)
    return sorted(tuple(sorted(group)) for group in found)


def _divided(tied: nx.Graph[str], group: tuple[str, ...], resolution: float) -> list[tuple[str, ...]]:
    if len(group) <= LARGEST or resolution > _FINEST:
        return [group]
    inner: nx.Graph[str] = nx.Graph()
    inner.add_nodes_from(group)
    inner.add_edges_from(sorted(tied.subgraph(group).edges(data=True), key=lambda e: (e[0], e[1])))
    return [part for g in _louvain(inner, resolution) for part in _divided(tied, g, resolution * 2)]


def _joined(tied: nx.Graph[str], groups: Sequence[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], list[str]]:
    """Small groups go to the neighbour that they have most to do with, if it stays small enough; others stay alone."""
    kept = {i: set(group) for i, group in enumerate(groups)}
    for i in sorted(kept, key=lambda i: (len(kept[i]), groups[i])):
        if len(kept[i]) >= SMALLEST:
            continue
        ties: Counter[int] = Counter()
        home = {name: j for j, group in kept.items() for name in group}
        for name in sorted(kept[i]):
            for other in tied[name]:
                ties[home[other]] += tied[name][other]["weight"]
        near = [j for j in sorted(ties, key=lambda j: (-ties[j], j)) if j != i and len(kept[j]) <= LARGEST - SMALLEST]
        if near:
            kept[near[0]] |= kept.pop(i)
    alone = [name for group in kept.values() if len(group) < SMALLEST for name in group]
    return [tuple(sorted(group)) for group in kept.values() if len(group) >= SMALLEST], alone


def _name(graph: Dependencies, group: Sequence[str], taken: Mapping[str, object]) -> str:
    """The most characteristic object of a group, frequent here and rare elsewhere, after what it is made of or from."""
    here, everywhere = _objects(graph, group), Counter(reading.object for reading in graph.readings.values())
    people = set(word_list("verbs")["people"])
    nouns = [noun for noun in here if noun and noun not in people] or [noun for noun in here if noun] or ["tool"]
    nouns.sort(key=lambda n: (-here[n] * here[n] * 1000 // max(1, everywhere[n]), n))
    first, readings = nouns[0], [graph.readings[name] for name in group]
    made_of = [r.object for r in readings if r.kind == "create" and word_list("verbs")["makes"].get(r.verb) == first]
    written = {r.object for r in readings if r.writes}
    read = [noun for noun in nouns if noun not in written and here[noun] > 1] if first in written else []
    options = [*(f"{noun}_{first}" for noun in (*made_of, *read) if noun != first)][:1]
    options += [first, *(f"{first}_{noun}" for noun in nouns[1:]), *(f"{first}_{ending}" for ending in _ENDINGS)]
    options += [f"{first}_{chr(a)}{chr(b)}" for a in range(97, 123) for b in range(97, 123)]
    options += [f"tools_{chr(a)}{chr(b)}" for a in range(97, 123) for b in range(97, 123)]
    return next(name for name in options if is_domain(name) and name not in taken)


def _objects(graph: Dependencies, names: Collection[str]) -> Counter[str]:
    """How often each object is meant, twice where something is done to it; booking a flight is about a booking."""
    found: Counter[str] = Counter()
    readings = [graph.readings[name] for name in names]
    named = {reading.object for reading in readings}
    for reading in readings:
        made = str(word_list("verbs")["makes"].get(reading.verb)) if reading.kind == "create" else ""
        found[made if made and made in named else reading.object] += 2 if reading.writes else 1
    return found


_ENDINGS = ("service", "desk", "office", "centre")
