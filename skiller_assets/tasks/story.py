"""A task told for a reader: why each call is there, where its values come from, what a wrong agent would do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.rename import domain_of
from skiller_assets.tasks.records import Task
from skiller_assets.tasks.rows import leaves
from skiller_assets.tasks.sources import all_calls, shown_at

_LONGEST_RESULT = 240


@dataclass(frozen=True)
class Crossing:
    """A value that a call of one domain shows and a later call of the other takes.

    ``giver`` and ``taker`` count calls from 1, ``gives`` and ``takes`` are their tools; ``taker`` is None for the call
    that a task refuses. ``path`` is where the value stands in the result, ``place`` where in the arguments.
    """

    giver: int
    gives: str
    path: str
    taker: int | None
    takes: str
    place: str
    value: Any


def crossings(task: Task) -> list[Crossing]:
    """Every value of a task that goes over from one domain to the other, in the order of the calls that take it."""
    found = []
    for number, call in enumerate(all_calls(task), 1):
        values = dict(leaves(dict(call.arguments)))
        for place, source in call.sources.items():
            shown = shown_at(source)
            if shown is None or not 1 <= shown[0] <= len(task.calls):
                continue
            gives = task.calls[shown[0] - 1].tool
            if domain_of(gives) != domain_of(call.tool):
                taker = number if number <= len(task.calls) else None
                path = source.partition(": ")[2]
                found.append(Crossing(shown[0], gives, path, taker, call.tool, place, values.get(place)))
    return found


def tell(task: Task) -> str:
    """The task as markdown."""
    return "\n".join(_lines(task))


def _lines(task: Task) -> Iterator[str]:
    yield f"### {task.id} · {task.kind} · {task.goal}"
    yield ""
    if task.scenario.reason:
        yield f"*{task.scenario.reason}*\n"
    yield from _wants(task)
    knows = ", ".join(f"{name}: {value}" for name, value in task.scenario.knows.items())
    withholds = f" **Withholds** {', '.join(task.scenario.withholds)}." if task.scenario.withholds else ""
    yield f"\n**Knows** {knows}.{withholds}"
    yield from _bridges(task)
    yield ""
    yield from _calls(task)
    if task.forbidden:
        arguments = _as_json(dict(task.forbidden.arguments))
        who = "the tool refuses it" if task.forbidden.by == "tool" else "the tool would let it through"
        yield f"\n**Forbidden** by `{task.rule}` ({who}): `{task.forbidden.tool}({arguments})`"
        if task.forbidden.sources:
            yield f"   - {_sources(task.forbidden.sources)}"
    if task.answer:
        yield f"\n**Must be told** {'; '.join(task.answer)}"
    if task.diff:
        yield "\n**Changes**\n"
    for change in task.diff:
        before, after = (_as_json(change[side]) for side in ("before", "after"))
        yield f"- {change['op']} {change['table']} {change['key']}: {_short(before)} → {_short(after)}"


def _wants(task: Task) -> Iterator[str]:
    """The wish; of one that is met in part, what is done and what is refused."""
    scenario = task.scenario
    criteria = scenario.criteria or ", ".join(goal.wants for goal in scenario.goals)
    if task.kind != "partial":
        yield f"**Wants** to {criteria}."
        return
    last = scenario.goals[-1].wants
    done, _, details = criteria.rpartition(f", then {last}")
    yield f"**Wants done** to {done}."
    yield f"\n**Wants and is refused** to {last}{details}: the agent has to say that this is not done, and why."


def _bridges(task: Task) -> Iterator[str]:
    """What ties the domains of a pair together: its bridges by name, and the values that really go over."""
    if not task.bridges:
        return
    yield f"\n**Bridges** {', '.join(f'`{bridge}`' for bridge in task.bridges)}\n"
    for crossing in crossings(task):
        taker = f"call {crossing.taker}" if crossing.taker else "the forbidden call"
        yield (
            f"- call {crossing.giver} `{crossing.gives}` shows {crossing.path}, {taker} `{crossing.takes}` takes it: "
            f"{crossing.place} = `{_as_json(crossing.value)}`"
        )
    for number, call in enumerate(task.calls, 1):
        if call.serves.removeprefix("rule ") in task.bridges:
            yield f"- call {number} `{call.tool}` looks up what `{call.serves.removeprefix('rule ')}` asks for"


def _calls(task: Task) -> Iterator[str]:
    for i, call in enumerate(task.calls, 1):
        optional = "" if call.required else " (not required)"
        yield f"{i}. `{call.tool}({_as_json(dict(call.arguments))})` — {call.serves}{optional}"
        if call.sources:
            yield f"   - {_sources(call.sources)}"
        yield f"   - → `{_short(_as_json(call.result))}`"


def _sources(sources: Any) -> str:
    return ", ".join(f"{place} ← {source}" for place, source in sources.items())


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_RESULT else text[: _LONGEST_RESULT - 1] + "…"
