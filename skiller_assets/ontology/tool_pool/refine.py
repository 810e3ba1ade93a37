"""The borderline edges of a dependency graph, put to an author: which of them really hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, StrictBool

from skiller_assets.ask import Ask, Door
from skiller_assets.ontology.tool_pool.dependencies import Dependencies, Edge

_PROMPT = Path(__file__).parents[1] / "prompts" / "tool_edges.md"
_AT_A_TIME = 40


class Verdict(BaseModel):
    """Whether the edge of this number holds: true or false and nothing that merely looks like it."""

    number: int
    holds: StrictBool


class Verdicts(BaseModel):
    """The reply to ``tool_edges``."""

    verdicts: list[Verdict]


def refine(graph: Dependencies, door: Door) -> Dependencies:
    """The graph with those borderline edges that the author confirms; none is borderline any more.

    Raises :class:`~skiller_assets.ask.AskFailed`.
    """
    confirmed: list[Edge] = []
    ordered = sorted(graph.borderline, key=lambda edge: (edge.source, edge.target))
    for start in range(0, len(ordered), _AT_A_TIME):
        edges = ordered[start : start + _AT_A_TIME]
        holds = {v.number for v in door.ask(_request(graph, edges)).verdicts if v.holds}
        confirmed += [edge for i, edge in enumerate(edges, 1) if i in holds]
    return replace(graph, edges=(*graph.edges, *confirmed), borderline=())


def _request(graph: Dependencies, edges: Sequence[Edge]) -> Ask[Verdicts]:
    wanted = list(range(1, len(edges) + 1))
    return Ask(
        name="tool_edges",
        role="semantic",
        template=_PROMPT,
        variables={"edges": [_described(graph, i, edge) for i, edge in zip(wanted, edges, strict=True)]},
        reply=Verdicts,
        validators=(lambda reply: _complaints(reply, wanted),),
    )


def _described(graph: Dependencies, number: int, edge: Edge) -> dict[str, Any]:
    source, target = graph.tools[edge.source], graph.tools[edge.target]
    return {
        "number": number,
        "source": {"name": source.public, "describe": source.describe, "object": graph.readings[edge.source].object},
        "target": {"name": target.public, "describe": target.describe, "object": graph.readings[edge.target].object},
        "result": edge.result,
        "result_describe": next((f.describe for f in source.results if f.name == edge.result), ""),
        "parameter": edge.parameter,
        "parameter_describe": next((f.describe for f in target.parameters if f.name == edge.parameter), ""),
    }


def _complaints(reply: Verdicts, wanted: Sequence[int]) -> list[str]:
    given = [verdict.number for verdict in reply.verdicts]
    found = [f"edge {number} is not judged" for number in wanted if number not in given]
    last = wanted[-1]
    found += [f"there is no edge {n}; they are 1 to {last}" for n in sorted(set(given) - set(wanted))]
    return found + [f"edge {n} is judged more than once" for n in sorted({n for n in given if given.count(n) > 1})]
