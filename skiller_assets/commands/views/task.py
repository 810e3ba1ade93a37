"""A task followed to its sources: what its user says, the walk of gold calls, the rules that bind it, where it ends."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from skiller_assets.commands.faults import expect_known
from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import place
from skiller_assets.contract.model import Contract, Rule
from skiller_assets.contract.wording import render
from skiller_assets.tasks.records import Call, Task, task_from_json

_WIDTH = 110
_LONGEST_RESULT = 400
_BY = {"tool": "enforced by the tool", "agent": "the agent must keep it"}


def task_view(shelf: Shelf, key: str, task_id: str) -> str:
    """The task as text. Raises Misuse for an id that does not exist, Fault for what is not built, BrokenArtifact."""
    tasks = {record["id"]: record for record in shelf.jsonl("validated_tasks", key, "tasks.jsonl")}
    expect_known(f"task of {key}", task_id, tasks)
    task = task_from_json(tasks[task_id])
    contract = shelf.contract(key).contract
    parts = [
        _head(task, contract),
        *_words(shelf, key, task_id),
        _wish(task),
        "\n".join(_walk(task)),
        "\n".join(_rules(task, contract)),
        "\n".join(_end(task)),
        "\n".join(_edges(shelf, key, task)),
        "\n".join(_sources(shelf, task)),
    ]
    return "\n\n".join(part for part in parts if part)


def _head(task: Task, contract: Contract) -> str:
    what = {
        "fulfil": "to be done",
        "refuse": f"to be refused, by the rule {task.rule}",
        "clarify": "to be done once the user has answered a question",
        "irrelevant": "no tool serves it: decline or transfer",
    }
    return f"{task.id}  {task.kind}: {task.goal or '–'}\n{contract.title}; {what[task.kind]}"


def _words(shelf: Shelf, key: str, task_id: str) -> Iterator[str]:
    """Opening, persona and instructions, once they are written."""
    if not shelf.store.manifest("queries", key):
        return
    for query in shelf.jsonl("queries", key, "queries.jsonl"):
        if query["task_id"] == task_id:
            opening = "\n".join(textwrap.fill(line, _WIDTH) for line in query["opening"].splitlines())
            yield f"The user opens with\n{textwrap.indent(opening, '  ')}"
            yield f"What the simulated user is told\n{textwrap.indent(query['user_prompt'].rstrip(), '  ')}"


def _wish(task: Task) -> str:
    scenario = task.scenario
    lines = [f"wants     {scenario.criteria or ', '.join(goal.wants for goal in scenario.goals)}"]
    lines += [f"because   {scenario.reason}"] if scenario.reason else []
    lines += [f"knows     {', '.join(f'{name}: {value}' for name, value in scenario.knows.items())}"]
    lines += [f"holds back until asked: {', '.join(scenario.withholds)}"] if scenario.withholds else []
    return "The wish\n" + "\n".join(textwrap.indent(line, "  ") for line in lines)


def _walk(task: Task) -> Iterator[str]:
    """The gold calls in order, every argument with its source."""
    yield "The walk"
    if not task.calls:
        yield "  no call at all"
    for number, call in enumerate(task.calls, 1):
        yield f"  {number}. {call.tool}  ({call.serves}{'' if call.required else ', not required'})"
        for name, value in call.arguments.items():
            yield f"       {name} = {_json(value)}  ← {call.sources.get(name, '?')}"
        yield f"       → {_short(call)}"


def _rules(task: Task, contract: Contract) -> Iterator[str]:
    """Every rule of every tool that the walk calls, or that the task forbids."""
    tools = dict.fromkeys(call.tool for call in task.calls if call.tool in contract.tools)
    if task.forbidden:
        tools[task.forbidden.tool] = None
    for tool in tools:
        if rules := contract.rules_of(tool):
            yield f"The rules of {tool}"
            yield from (_rule(rule, contract, forbids=rule.id == task.rule) for rule in rules)


def _rule(rule: Rule, contract: Contract, forbids: bool) -> str:
    mark = "✗" if forbids else "·"
    text = f"{rule.id} ({_BY[rule.by]}): {render(contract, rule.says)}"
    return textwrap.fill(text, _WIDTH, initial_indent=f"  {mark} ", subsequent_indent="      ")


def _end(task: Task) -> Iterator[str]:
    """What a right agent leaves behind, and what a wrong one would have done."""
    yield "The end"
    if task.forbidden:
        what = "is denied" if task.forbidden.by == "tool" else "would go through"
        yield f"  forbidden: {task.forbidden.tool}({_json(dict(task.forbidden.arguments))}), which {what}"
    if not task.diff:
        yield "  no row is changed"
    for change in task.diff:
        yield f"  {change['op']} {change['table']} {_json(change['key'])}"
        yield from (f"       {line}" for line in _changed(change["before"] or {}, change["after"] or {}))
    if task.free:
        yield f"  not compared: {', '.join(task.free)}"
    yield from (f"  must be told: {value}" for value in task.answer)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for column in {**before, **after}:
        if column in before and column in after:
            yield f"{column}: {_json(before[column])} → {_json(after[column])}"
        else:
            yield f"{column}: {_json({**before, **after}[column])}"


def _edges(shelf: Shelf, key: str, task: Task) -> Iterator[str]:
    """The edges of the tool graph along the walk; that authorization comes first needs no telling."""
    if not shelf.store.manifest("tool_graph", key):
        return
    tools = [*task.sequence, *([task.forbidden.tool] if task.forbidden else [])]
    along = {(first, later) for i, first in enumerate(tools) for later in tools[i + 1 :]}
    edges = [
        edge
        for edge in shelf.json("tool_graph", key, "graph.json")["edges"]
        if (edge["source"], edge["target"]) in along and edge["type"] != "authorization"
    ]
    if edges:
        yield "Why these tools in this order"
        yield from (f"  {e['source']} → {e['target']}  {e['type']}: {e['why']}" for e in edges)


def _sources(shelf: Shelf, task: Task) -> Iterator[str]:
    yield "Where it comes from"
    yield f"  template {task.template}, person {', '.join(task.person.values())} (human {task.human}), seed {task.seed}"
    yield from (f"  {name} {digest[:12]}" for name, digest in sorted(task.hashes.items()))
    yield f"  {place(shelf.store.folder('validated_tasks', task.key) / 'tasks.jsonl')}"


def _short(call: Call) -> str:
    text = _json(call.result)
    return text if len(text) <= _LONGEST_RESULT else text[: _LONGEST_RESULT - 1] + "…"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
