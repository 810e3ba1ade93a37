"""The tool graph: which calls make others possible, which give them what they need, which stand in their way.

``information`` and candidate ``state`` edges follow from the contract; state and conflict edges count only once an
execution has confirmed them: B refused, A made, B allowed (or B allowed, A made, B refused). ``storyline`` edges are
what people do next. Without conflicts the graph is acyclic and its only roots are authorization tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import networkx as nx

from skiller_assets.contract.analyse import arguments_of, reveals, shown_by, tool_reads, tool_writes
from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Storyline

EdgeType = Literal["state", "information", "storyline", "conflict", "authorization"]


@dataclass(frozen=True, order=True)
class Edge:
    """``source`` before ``target``; ``why`` names columns or rules, ``evidence`` the run that confirmed it."""

    source: str
    target: str
    type: EdgeType
    why: str
    evidence: str = ""


@dataclass(frozen=True)
class ToolGraph:
    """Nodes with their access, edges, and the edges that were left out to keep it acyclic, with the reason."""

    nodes: tuple[tuple[str, str], ...]
    edges: tuple[Edge, ...]
    left_out: tuple[Edge, ...]

    def as_json(self) -> dict[str, Any]:
        """The content of ``graph.json``."""
        return {
            "nodes": [{"tool": name, "access": access} for name, access in self.nodes],
            "edges": [asdict(edge) for edge in self.edges],
            "left_out": [asdict(edge) for edge in self.left_out],
        }


def information_edges(compiled: CompiledContract) -> list[Edge]:
    """A → B where A shows a column that B takes and did not have to be given it."""
    found = []
    tools = compiled.contract.tools
    for target in tools:
        taken = {a.column for a in arguments_of(compiled, target) if a.column}
        for source, tool in tools.items():
            columns = sorted(reveals(compiled, source) & taken) if source != target else []
            ids = [c for c in columns if (a := compiled.contract.attribute(c)) and a.type == "id"]
            if tool.access == "read" and ids:
                found.append(Edge(source, target, "information", ", ".join(ids)))
    return found


def flow_edges(compiled: CompiledContract) -> list[Edge]:
    """A → B where a value of A's domain is carried over to B's, in a fused contract."""
    fusion = compiled.contract.fusion
    return [Edge(f.gives, f.takes, "information", f.column) for f in fusion.flows] if fusion else []


def state_candidates(compiled: CompiledContract) -> list[tuple[str, str]]:
    """(A, B): A writes something that B looks at, or creates a record that B can be given."""
    found = []
    for source, tool in compiled.tools.items():
        written = {
            f"{table}.{column}" if column else table
            for table, columns in tool_writes(tool).items()
            for column in columns
        }
        created = {s.column for s in shown_by(compiled, source)} if tool.tool.creates else set()
        for target, other in compiled.tools.items():
            if target == source or other.tool.access != "write":
                continue
            reads = tool_reads(other)
            touches = bool(written & reads) or any(r.partition(".")[0] in written for r in reads)
            takes = any(a.column in created for a in arguments_of(compiled, target))
            if touches or takes:
                found.append((source, target))
    return found


def storyline_edges(storylines: Iterable[Storyline]) -> list[Edge]:
    """Each goal before the next of its story."""
    return [
        Edge(first, second, "storyline", story.says) for story in storylines for first, second in pairwise(story.goals)
    ]


def assemble(compiled: CompiledContract, confirmed: Sequence[Edge], storylines: Iterable[Storyline]) -> ToolGraph:
    """The graph: authorization before everything, confirmed edges, then information, then stories while acyclic."""
    tools = compiled.contract.tools
    roots = [name for name, tool in tools.items() if tool.access == "authorize"]
    authorization = [
        Edge(root, name, "authorization", compiled.contract.principal_of(name))
        for root in roots
        for name, tool in tools.items()
        if tool.access != "authorize" and compiled.contract.authorizer_of(name) == root
    ]
    conflicts = sorted({e for e in confirmed if e.type == "conflict"})
    ordered = [
        *authorization,
        *sorted({e for e in confirmed if e.type == "state"}),
        *information_edges(compiled),
        *flow_edges(compiled),
        *_first_of_each(storyline_edges(storylines)),
    ]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(tools)
    kept: list[Edge] = []
    left_out: list[Edge] = []
    for edge in ordered:
        if nx.has_path(graph, edge.target, edge.source):
            left_out.append(edge)
        else:
            graph.add_edge(edge.source, edge.target)
            kept.append(edge)
    nodes = tuple((name, tool.access) for name, tool in tools.items())
    return ToolGraph(nodes, (*kept, *conflicts), tuple(left_out))


def _first_of_each(edges: Iterable[Edge]) -> list[Edge]:
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        found.setdefault((edge.source, edge.target), edge)
    return list(found.values())


def graph_faults(data: dict[str, Any]) -> list[str]:
    """What is wrong with a graph (the content of ``graph.json``): a cycle, a tool that is not reached, another root."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    access = {node["tool"]: node["access"] for node in data["nodes"]}
    graph.add_nodes_from(access)
    graph.add_edges_from((e["source"], e["target"]) for e in data["edges"] if e["type"] != "conflict")
    found = []
    if not nx.is_directed_acyclic_graph(graph):
        cycle = " → ".join(edge[0] for edge in nx.find_cycle(graph))
        found.append(f"the graph has a cycle: {cycle}")
    roots = [n for n, degree in graph.in_degree() if degree == 0]
    found += [f"{root} is a root and authorizes nobody" for root in sorted(roots) if access[root] != "authorize"]
    reached = set().union(*(nx.descendants(graph, r) | {r} for r in roots if access[r] == "authorize"), set())
    found += [f"{name} is not reached from an authorization" for name in sorted(set(access) - reached)]
    return found
