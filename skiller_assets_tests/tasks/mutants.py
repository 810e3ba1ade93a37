"""Spoiled tasks and spoiled contracts: what validation must not let through.

Each generator yields a name of the kind of fault and the spoiled thing. A task's calls are renumbered where one goes or
comes, so that only the fault itself is left to be found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from skiller_assets.tasks.mutate import mutations
from skiller_assets.tasks.portfolio import KINDS
from skiller_assets.tasks.records import Call, Choice, Detail, Goal, Task
from skiller_assets.tasks.rows import leaves, value_at, without_numbers
from skiller_assets.tasks.sources import shown_at
from skiller_assets.tasks.space import Space

Mutant = tuple[str, Task]


def mutants_of(space: Space, task: Task, others: Sequence[Task], rng: random.Random) -> list[Mutant]:
    """Every spoiled form of a task; ``others`` lend it calls, rules and people."""
    makers: list[Callable[[], Iterator[Mutant]]] = [
        lambda: _sources(task),
        lambda: _untold(task),
        lambda: _choices(task),
        lambda: _steps(space, task),
        lambda: _extra_calls(space, task, others, rng),
        lambda: _arguments(space, task, rng),
        lambda: _ends(task),
        lambda: _refusals(space, task, others),
        lambda: _held_back(task),
        lambda: _bridges(space, task),
        lambda: _stories(task, others, rng),
    ]
    return [mutant for make in makers for mutant in make() if mutant[1] != task]


def _with_call(task: Task, i: int, **changes: Any) -> Task:
    calls = [replace(call, **changes) if k == i else call for k, call in enumerate(task.calls)]
    return replace(task, calls=tuple(calls))


def _sources(task: Task) -> Iterator[Mutant]:
    for i, call in enumerate(task.calls):
        for place, source in call.sources.items():
            for name, other in _other_sources(task, i, source):
                yield name, _with_call(task, i, sources={**call.sources, place: other})
            yield "no source", _with_call(task, i, sources={k: v for k, v in call.sources.items() if k != place})


def _other_sources(task: Task, i: int, source: str) -> Iterator[tuple[str, str]]:
    shown = shown_at(source)
    kinds = [kind for kind in ("user", "constant", "free text") if kind != source]
    yield from ((f"a source called {kind}", kind) for kind in kinds)
    yield "a source that is a later call", f"call {i + 1}: [0].id"
    if shown is None:
        return
    number, path = shown
    yield "a source that shows nothing", f"call {number}: {path}_x"
    result = task.calls[number - 1].result
    taken = value_at(result, path)
    for at, value in leaves(result):
        if without_numbers(at) == without_numbers(path) and value != taken:
            yield "a source in another row", f"call {number}: {at}"
            return


def _untold(task: Task) -> Iterator[Mutant]:
    """The user is not told something, or something else."""
    scenario = task.scenario
    for n, goal in enumerate(scenario.goals):
        for detail in goal.details:
            if [d.value for d in goal.details if d.parameter == detail.parameter].count(detail.value) > 1:
                continue
            kept = tuple(d for d in goal.details if d != detail)
            yield "a detail not told", _with_goal(task, n, replace(goal, details=kept))
            changed = tuple(replace(d, value=f"{d.value} x") if d == detail else d for d in goal.details)
            yield "a detail told wrongly", _with_goal(task, n, replace(goal, details=changed))
    for name in scenario.knows:
        known = {k: v for k, v in scenario.knows.items() if k != name}
        yield "a fact not told", replace(task, scenario=replace(scenario, knows=known))


def _with_goal(task: Task, n: int, goal: Goal) -> Task:
    goals = tuple(goal if k == n else g for k, g in enumerate(task.scenario.goals))
    return replace(task, scenario=replace(task.scenario, goals=goals))


def _choices(task: Task) -> Iterator[Mutant]:
    for i, choice in enumerate(task.scenario.choices):
        for name, other in _other_choices(choice):
            yield name, _with_choice(task, i, other)
        if choice.by != "only":
            yield "a choice left out", _with_choice(task, i, None)


def _other_choices(choice: Choice) -> Iterator[tuple[str, Choice]]:
    yield "a choice of another value", replace(choice, value=tuple(f"{v}x" for v in choice.value))
    yield "a choice among other rows", replace(choice, rows=choice.rows + 1)
    yield "a choice of a later call", replace(choice, call=choice.call + 40)
    if choice.by == "equals":
        yield "an ambiguous choice", replace(choice, by="only", columns=(), values=())
        yield "a choice by another value", replace(choice, values=tuple(f"{v}x" for v in choice.values))
        if len(choice.columns) > 1:
            yield "an ambiguous choice", replace(choice, columns=choice.columns[:1], values=choice.values[:1])
    if choice.by in ("least", "greatest"):
        yield "the other extreme", replace(choice, by="greatest" if choice.by == "least" else "least")
        yield "an ambiguous choice", replace(choice, by="only", columns=(), values=())


def _with_choice(task: Task, i: int, choice: Choice | None) -> Task:
    choices = [choice if k == i else c for k, c in enumerate(task.scenario.choices)]
    return replace(task, scenario=replace(task.scenario, choices=tuple(c for c in choices if c is not None)))


def _renumbered(task: Task, at: int, by: int) -> Task:
    """The task with call numbers behind ``at`` moved, in sources and choices."""

    def moved(number: int) -> int:
        return number + by if number > at else number

    def source(text: str) -> str:
        shown = shown_at(text)
        return f"call {moved(shown[0])}: {shown[1]}" if shown else text

    def call(c: Call) -> Call:
        return replace(c, sources={place: source(s) for place, s in c.sources.items()})

    forbidden = task.forbidden
    if forbidden:
        forbidden = replace(forbidden, sources={place: source(s) for place, s in forbidden.sources.items()})
    choices = tuple(replace(c, call=moved(c.call)) for c in task.scenario.choices)
    scenario = replace(task.scenario, choices=choices)
    return replace(task, calls=tuple(call(c) for c in task.calls), scenario=scenario, forbidden=forbidden)


def _steps(space: Space, task: Task) -> Iterator[Mutant]:
    for i, call in enumerate(task.calls):
        rest = replace(_renumbered(task, i + 1, -1), calls=())
        calls = _renumbered(task, i + 1, -1).calls
        if call.required:
            yield f"a step left out ({_access(space, call)})", replace(rest, calls=(*calls[:i], *calls[i + 1 :]))
        yield "required turned round", _with_call(task, i, required=not call.required)
        yield "a step that serves nothing", _with_call(task, i, serves="nothing")
    for i in range(1, len(task.calls) - 1):
        one, two = task.calls[i], task.calls[i + 1]
        if any((shown := shown_at(s)) and shown[0] == i + 1 for s in two.sources.values()):
            yield "two steps changed round", replace(task, calls=(*task.calls[:i], two, one, *task.calls[i + 2 :]))


def _access(space: Space, call: Call) -> str:
    tool = space.contract.tools.get(call.tool)
    return tool.access if tool else "built in"


def _extra_calls(space: Space, task: Task, others: Sequence[Task], rng: random.Random) -> Iterator[Mutant]:
    foreign = [c for t in others for c in t.calls if c.serves == "goal"]
    writes = [c for c in foreign if _access(space, c) == "write"]
    for name, calls in (("write", writes), ("read", [c for c in foreign if _access(space, c) == "read"])):
        for extra in rng.sample(calls, min(2, len(calls))):
            added = replace(extra, sources=dict.fromkeys(extra.sources, "user"))
            yield f"an extra {name}", replace(task, calls=(*task.calls, added))
    for call in [c for c in task.calls if c.serves == "goal"][:1]:
        yield "a call made twice", replace(task, calls=(*task.calls, call))


def _arguments(space: Space, task: Task, rng: random.Random) -> Iterator[Mutant]:
    for i, call in enumerate(task.calls):
        if call.tool in space.tools:
            for _, arguments in mutations(space, task, call, rng):
                yield "an argument changed", _with_call(task, i, arguments=arguments)
    forbidden = task.forbidden
    if forbidden:
        call = Call(forbidden.tool, forbidden.arguments, forbidden.sources, True, "")
        for _, arguments in mutations(space, task, call, rng):
            yield "an argument changed", replace(task, forbidden=replace(forbidden, arguments=arguments))


def _ends(task: Task) -> Iterator[Mutant]:
    """Diff, results, statuses and answer say something else."""
    for i, change in enumerate(task.diff):
        yield "a diff row left out", replace(task, diff=(*task.diff[:i], *task.diff[i + 1 :]))
        yield "a diff row twice", replace(task, diff=(*task.diff, change))
        side = "after" if change["after"] else "before"
        name, value = next(iter(change[side].items()))
        other = {**change, side: {**change[side], name: f"{value}x"}}
        yield "a diff row changed", replace(task, diff=(*task.diff[:i], other, *task.diff[i + 1 :]))
    if not task.diff:
        row = {"op": "insert", "table": "x", "key": ["1"], "before": None, "after": {"a": 1}}
        yield "a diff row added", replace(task, diff=(row,))
    for i, call in enumerate(task.calls):
        yield "a result changed", _with_call(task, i, result=_spoiled(call.result))
    yield "another answer", replace(task, answer=(*task.answer, "something else"))


def _spoiled(result: Any) -> Any:
    if isinstance(result, list):
        return [_spoiled(result[0]), *result[1:]] if result else [{"a": 1}]
    if isinstance(result, dict):
        name = next(iter(result))
        return {**result, name: _spoiled(result[name])}
    return f"{result}x"


def _refusals(space: Space, task: Task, others: Sequence[Task]) -> Iterator[Mutant]:
    forbidden = task.forbidden
    if forbidden is None:
        return
    for rule in space.contract.rules_of(forbidden.tool):
        if rule.id != task.rule:
            yield "another rule named", replace(task, rule=rule.id)
    yield "no rule named", replace(task, rule=None)
    yield "nothing forbidden", replace(task, forbidden=None)
    by: Any = "agent" if forbidden.by == "tool" else "tool"
    yield "enforced by somebody else", replace(task, forbidden=replace(forbidden, by=by))
    for other in others:
        if other.forbidden and other.forbidden.tool == forbidden.tool and other.rule != task.rule:
            yield "a call that another rule forbids", replace(task, forbidden=other.forbidden)
        if other.kind == "fulfil" and other.goal == forbidden.tool:
            allowed = next(c for c in other.calls if c.serves == "goal")
            changed = replace(forbidden, arguments=allowed.arguments)
            yield "a call that no rule forbids", replace(task, forbidden=changed)


def _held_back(task: Task) -> Iterator[Mutant]:
    if task.kind != "clarify":
        return
    for name, withheld in (("nothing held back", ()), ("no detail held back", ("the weather",))):
        yield name, replace(task, scenario=replace(task.scenario, withholds=withheld))


def _bridges(space: Space, task: Task) -> Iterator[Mutant]:
    """A task of a pair says that something else ties it together."""
    for bridge in task.bridges:
        named = any(rule.rule == bridge for rule in space.contract.fusion.rules) if space.contract.fusion else False
        if not named:
            yield "a bridge not named", replace(task, bridges=tuple(b for b in task.bridges if b != bridge))
    for flow in space.flows:
        if flow.id not in task.bridges:
            yield "a bridge made up", replace(task, bridges=(*task.bridges, flow.id))


def _stories(task: Task, others: Sequence[Task], rng: random.Random) -> Iterator[Mutant]:
    """Who is served, what is wanted, what kind of task it is."""
    stranger = next(t for t in others if t.person != task.person)
    yield "somebody else's task", replace(task, person=stranger.person, human=stranger.human)
    yield "somebody else's number", replace(task, human=task.human + 1)
    yield "a goal that is not pursued", _more_goals(task, rng.choice([t for t in others if t.goal != task.goal]))
    yield "no goal", replace(task, scenario=replace(task.scenario, goals=()))
    yield "another goal named", replace(task, goal=f"{task.goal}_x")
    for kind in KINDS:
        if kind != task.kind and (task.kind, kind) != ("clarify", "fulfil"):
            yield "another kind", replace(task, kind=kind)


def _more_goals(task: Task, other: Task) -> Task:
    return replace(task, scenario=replace(task.scenario, goals=(*task.scenario.goals, *other.scenario.goals[:1])))


def detail(value: Any, parameter: str = "title") -> Detail:
    """A detail that a user might be told."""
    return Detail(parameter, value, "{value}", parameter)
