"""Other readings of a request: what an agent might do that does not know one detail of it.

A detail may be held back only where some other value of it leads to another run that every rule permits; such runs are
made, not supposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from skiller_assets.tasks.options import sayable_values
from skiller_assets.tasks.records import USER, Call, Choice, Detail, Goal, Task
from skiller_assets.tasks.rows import Row, rows_at, without_numbers
from skiller_assets.tasks.selection import level_of
from skiller_assets.tasks.sources import shown_at
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.told import plain_value
from skiller_assets.world.session import Session

_VALUES_TRIED = 12
_ROWS_TRIED = 6

Swap = Mapping[tuple[int, str, str], Any]
"""What an agent might have taken instead: by call, path without numbers and the text of the value that was taken."""


def is_open(space: Space, session: Session, task: Task, detail: Detail) -> bool:
    """Whether without this detail another run is permitted up to the goal it belongs to. The session is reset."""
    for number, goal in enumerate(task.scenario.goals):
        if detail in goal.details:
            last = _goal_call(task, number)
            return any(
                _ends_elsewhere(session, task, calls, last) for calls in _other_runs(space, session, task, goal, detail)
            )
    return False


def _goal_call(task: Task, number: int) -> int:
    goals = [i for i, call in enumerate(task.calls) if call.serves == "goal"]
    return goals[number]


def _ends_elsewhere(session: Session, task: Task, calls: list[Call], last: int) -> bool:
    """Whether a run is permitted as far as its goal, and the goal is another call or shows something else."""
    session.reset()
    result = None
    for call in calls[: last + 1]:
        outcome = session.call(call.tool, dict(call.arguments))
        if outcome.status != "ok" or outcome.violations or outcome.result == []:
            return False
        result = outcome.result
    gold = task.calls[last]
    return calls[last].arguments != gold.arguments or result != gold.result


def _other_runs(space: Space, session: Session, task: Task, goal: Goal, detail: Detail) -> Iterator[list[Call]]:
    for choice in task.scenario.choices:
        if detail.parameter in choice.columns:
            yield from (_swapped(task, swap) for swap in _other_rows(space, task, choice, detail.parameter))
    for i, call in enumerate(task.calls):
        if call.sources.get(detail.parameter) == USER and call.arguments.get(detail.parameter) == plain_value(
            detail.value
        ):
            yield from _other_values(space, session, task, i, detail.parameter)


def _other_rows(space: Space, task: Task, choice: Choice, column: str) -> Iterator[Swap]:
    """The other rows that a choice leaves when one of its columns is not told."""
    call = task.calls[choice.call - 1]
    rows = rows_at(level_of(space, call.tool, choice), call.result)
    rest = [(c, v) for c, v in zip(choice.columns, choice.values, strict=True) if c != column]
    if choice.by != "equals":
        rest = []
    left = [r for r in rows if all(r.values.get(tuple(c.split("."))) == v for c, v in rest)]
    yield from islice(_swaps(choice, left), _ROWS_TRIED)


def _swaps(choice: Choice, rows: list[Row]) -> Iterator[Swap]:
    paths = [tuple(path.split(".")) for path in choice.paths]
    for value in dict.fromkeys(tuple(row.values.get(path) for path in paths) for row in rows):
        if value != tuple(choice.value) and None not in value:
            taken = zip(choice.paths, choice.value, value, strict=True)
            yield {(choice.call, path, repr(old)): new for path, old, new in taken}


def _other_values(space: Space, session: Session, task: Task, at: int, name: str) -> Iterator[list[Call]]:
    """Runs with another value that the user might have said; what a lookup shows then is chosen from anew."""
    call = task.calls[at]
    parameter = space.tools[call.tool].parameters[name]
    role = space.role(task.person, call.tool)
    others = [v for v in sayable_values(space, parameter, role) if v != call.arguments[name]]
    for other in others[:_VALUES_TRIED]:
        changed = [*task.calls]
        changed[at] = Call(call.tool, {**call.arguments, name: other}, call.sources, call.required, call.serves)
        taken = [choice for choice in task.scenario.choices if choice.call == at + 1]
        if not taken:
            yield changed
            continue
        result = _shown_by(session, changed[: at + 1])
        rows = rows_at(level_of(space, call.tool, taken[0]), result)
        yield from (_swapped_calls(changed, swap) for swap in islice(_swaps(taken[0], rows), _ROWS_TRIED))


def _shown_by(session: Session, calls: list[Call]) -> Any:
    session.reset()
    return [session.call(call.tool, dict(call.arguments)).result for call in calls][-1]


def _swapped(task: Task, swap: Swap) -> list[Call]:
    return _swapped_calls(list(task.calls), swap)


def _swapped_calls(calls: list[Call], swap: Swap) -> list[Call]:
    return [Call(c.tool, _with(dict(c.arguments), c.sources, swap), c.sources, c.required, c.serves) for c in calls]


def _with(value: Any, sources: Mapping[str, str], swap: Swap, place: str = "") -> Any:
    """A JSON value in which every scalar that was taken from the swapped row is replaced."""
    if isinstance(value, dict):
        return {k: _with(v, sources, swap, f"{place}.{k}" if place else k) for k, v in value.items()}
    if isinstance(value, list):
        return [_with(v, sources, swap, f"{place}[{i}]") for i, v in enumerate(value)]
    source = shown_at(sources.get(place, ""))
    key = (source[0], without_numbers(source[1]), repr(value)) if source else None
    return swap.get(key, value) if key else value
