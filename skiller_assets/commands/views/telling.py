"""The story of a task: what its user says and is told, the gold calls with the source of every value, where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.views.paper import as_json, broken, filled, paragraphs, quoted, section, shortened
from skiller_assets.contract.rename import domain_of
from skiller_assets.tasks.records import Call, Task
from skiller_assets.tasks.sources import shown_at

_LONGEST_RESULT = 400


def story_told(shelf: Shelf, task: Task) -> Iterator[str]:
    """Every part of the story, each with its title."""
    yield from _words(shelf, task)
    yield section("The wish", list(_wish(task)))
    yield section("The walk", list(_walk(task)))
    yield section("The end", list(_end(task)))
    yield section("Why these tools in this order", list(_edges(shelf, task)))


def told_in_brief(shelf: Shelf, task: Task) -> str:
    """What a task is, how its user opens, the walk and the end."""
    opening = [quoted(q["opening"], "    ") for q in shelf.jsonl("queries", task.key, "queries.jsonl")
               if q["task_id"] == task.id]  # fmt: skip
    goal = task.goal or "nothing that a tool serves"
    parts = (section("  the user opens with", opening), *_walk(task), *_end(task))
    return "\n".join([*broken(goal, f"{task.id}  {task.kind}: "), *filter(None, parts)])


def _words(shelf: Shelf, task: Task) -> Iterator[str]:
    """Opening, persona and instructions, once they are written."""
    if not shelf.store.manifest("queries", task.key):
        return
    for query in shelf.jsonl("queries", task.key, "queries.jsonl"):
        if query["task_id"] == task.id:
            yield f"The user opens with\n{quoted(query['opening'], '  ')}"
            yield f"What the simulated user is told\n{paragraphs(query['user_prompt'].rstrip(), '  ')}"


def _wish(task: Task) -> Iterator[str]:
    scenario = task.scenario
    yield filled(scenario.criteria or ", ".join(goal.wants for goal in scenario.goals), "  wants     ")
    if scenario.reason:
        yield filled(scenario.reason, "  because   ")
    yield filled(", ".join(f"{name}: {value}" for name, value in scenario.knows.items()), "  knows     ")
    if scenario.withholds:
        yield filled(", ".join(scenario.withholds), "  holds back until asked: ")


def _walk(task: Task) -> Iterator[str]:
    """The gold calls in order, every argument with its source."""
    if not task.calls:
        yield "  no call at all"
    for number, call in enumerate(task.calls, 1):
        yield f"  {number}. {call.tool}  ({call.serves}{'' if call.required else ', not required'})"
        for name, value in call.arguments.items():
            source = _source(task, call.tool, call.sources, name)
            yield filled(f"{name} = {as_json(value)}  ← {source}", "       ", " " * 9)
        yield filled(_short(call), "       → ")


def _source(task: Task, tool: str, sources: Any, name: str) -> str:
    """Where an argument comes from; of a list that of each of its parts, and whether it comes from the other domain."""
    own = [s for place, s in sources.items() if place == name or place.startswith((f"{name}[", f"{name}."))]
    told = ", ".join(dict.fromkeys(own)) or "?"
    givers = {task.calls[shown[0] - 1].tool for s in own if (shown := shown_at(s)) and shown[0] <= len(task.calls)}
    other = sorted({domain_of(giver) for giver in givers} - {domain_of(tool)})
    return f"{told}  ⇄ from {', '.join(other)}" if other else told


def _end(task: Task) -> Iterator[str]:
    """What a right agent leaves behind, and what a wrong one would have done."""
    if task.forbidden:
        what = "is denied" if task.forbidden.by == "tool" else "would go through"
        yield filled(f"{task.forbidden.tool}, which {what}", "  forbidden: ")
        for name, value in task.forbidden.arguments.items():
            source = _source(task, task.forbidden.tool, task.forbidden.sources, name)
            yield filled(f"{name} = {as_json(value)}  ← {source}", "       ", " " * 9)
    if not task.diff:
        yield "  no row is changed"
    for change in task.diff:
        yield filled(f"{change['op']} {change['table']} {as_json(change['key'])}", "  ")
        yield from (filled(line, "       ") for line in _changed(change["before"] or {}, change["after"] or {}))
    if task.free:
        yield filled(", ".join(task.free), "  not compared: ")
    yield from (filled(value, "  must be told: ") for value in task.answer)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for column in {**before, **after}:
        if column in before and column in after:
            yield f"{column}: {as_json(before[column])} → {as_json(after[column])}"
        else:
            yield f"{column}: {as_json({**before, **after}[column])}"


def _edges(shelf: Shelf, task: Task) -> Iterator[str]:
    """The edges of the tool graph along the walk; that authorization comes first needs no telling."""
    if not shelf.store.manifest("tool_graph", task.key):
        return
    tools = [*task.sequence, *([task.forbidden.tool] if task.forbidden else [])]
    along = {(first, later) for i, first in enumerate(tools) for later in tools[i + 1 :]}
    for edge in shelf.json("tool_graph", task.key, "graph.json")["edges"]:
        if (edge["source"], edge["target"]) in along and edge["type"] != "authorization":
            yield filled(f"{edge['source']} → {edge['target']}  {edge['type']}: {edge['why']}", "  ", " " * 6)


def _short(call: Call) -> str:
    return shortened(as_json(call.result), _LONGEST_RESULT)
