"""Independent validation: a task is believed only after it has been executed itself, from an untouched world.

Nothing here trusts the grounding that made the task: calls are replayed twice, every source is followed to its value,
every choice is made again, every required step is left out once, and arguments are changed to see that they matter.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from skiller_assets.tasks.mutate import mutations
from skiller_assets.tasks.records import CONSTANT, FREE_TEXT, USER, Call, Task
from skiller_assets.tasks.rows import rows_at, value_at
from skiller_assets.tasks.selection import chosen, level_of
from skiller_assets.tasks.space import Space
from skiller_assets.world.diff import diff_json
from skiller_assets.world.session import Session

_CALL = re.compile(r"^call (\d+): (.+)$")


class Rejected(Exception):
    """A task that did not stand up; ``reason`` is counted by the funnel, ``detail`` says where."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


def validate(space: Space, session: Session, task: Task) -> None:
    """Raise Rejected unless the task stands. The session is reset; it must be of the world that the task is for."""
    _replay(session, task)
    _replay(session, task)
    _check_sources(task)
    _check_choices(space, task)
    if task.kind == "refuse":
        _check_refusal(session, task)
    elif task.kind == "irrelevant":
        if any(space.contract.tools.get(call.tool) for call in task.calls):
            raise Rejected("an irrelevant wish is served by a tool")
    else:
        _check_necessity(space, session, task)
        _check_arguments(space, session, task)
    if task.kind == "clarify":
        _check_withheld(space, task)


def run(session: Session, calls: Sequence[Call]) -> list[tuple[str, tuple[str, ...], Any]]:
    """Reset and make the calls: (status, violations, result) of each."""
    session.reset()
    outcomes = [session.call(call.tool, dict(call.arguments)) for call in calls]
    return [(o.status, o.violations, o.result) for o in outcomes]


def _replay(session: Session, task: Task) -> None:
    for i, (call, (status, violations, result)) in enumerate(zip(task.calls, run(session, task.calls), strict=True), 1):
        if status != "ok":
            raise Rejected("a gold call is not ok", f"call {i} {call.tool}: {status}")
        if violations:
            raise Rejected("a gold call breaks a rule", f"call {i} {call.tool}: {', '.join(violations)}")
        if result != call.result:
            raise Rejected("a replay shows something else", f"call {i} {call.tool}")
    if diff_json(session.diff()) != [dict(change) for change in task.diff]:
        raise Rejected("a replay ends in another state")
    writes = task.kind in ("fulfil", "clarify") and _writes(task)
    if writes and not task.diff:
        raise Rejected("a write goal changes nothing")
    if task.kind in ("refuse", "irrelevant") and task.diff:
        raise Rejected("a refusal changes the world")


def _writes(task: Task) -> bool:
    return any(call.serves == "goal" and call.arguments.get("confirm") is not False for call in task.calls) and bool(
        task.diff
    )


def _check_sources(task: Task) -> None:
    """Every value of every argument has a source, and the source has that value."""
    told = set(_told(task))
    for i, call in enumerate(task.calls, 1):
        for place, value in leaves(dict(call.arguments)):
            source = call.sources.get(place)
            where = f"call {i} {call.tool}: {place}"
            if source is None:
                raise Rejected("an argument has no source", where)
            found = _CALL.match(source)
            if found:
                _check_shown(task, i, int(found.group(1)), found.group(2), value, where)
            elif source == USER:
                if repr(value) not in told:
                    raise Rejected("the user is not told a value", where)
            elif source not in (CONSTANT, FREE_TEXT):
                raise Rejected("an unknown source", f"{where}: {source}")


def _check_shown(task: Task, number: int, shown_by: int, path: str, value: Any, where: str) -> None:
    if not 1 <= shown_by < number:
        raise Rejected("a value comes from a later call", where)
    try:
        shown = value_at(task.calls[shown_by - 1].result, path)
    except (KeyError, IndexError, TypeError) as error:
        raise Rejected("a source shows nothing", f"{where}: {path}") from error
    if shown != value:
        raise Rejected("a source shows another value", f"{where}: {path}")


def _told(task: Task) -> Iterator[str]:
    """What the user has been told, as comparable text; lists and objects also by their members."""
    told = [*task.scenario.knows.values(), *(d.value for goal in task.scenario.goals for d in goal.details)]
    for value in told:
        yield repr(_plain(value))
        for _, inner in leaves(_plain(value)) if isinstance(value, list | tuple | dict) else ():
            yield repr(inner)


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a JSON value with its place: ``("items[0].name", "Ann")``."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from leaves(inner, f"{place}[{i}]")
    else:
        yield place, value


def _check_choices(space: Space, task: Task) -> None:
    """Every choice leaves exactly its value, and no value is taken from several rows without one."""
    for choice in task.scenario.choices:
        call = task.calls[choice.call - 1]
        rows = rows_at(level_of(space, call.tool, choice), call.result)
        if chosen(choice, rows) != {tuple(choice.value)}:
            raise Rejected("a choice is not determined", f"call {choice.call} {call.tool}: {', '.join(choice.paths)}")
    made = {(c.call, path, repr(v)) for c in task.scenario.choices for path, v in zip(c.paths, c.value, strict=True)}
    for call in task.calls:
        for place, value in leaves(dict(call.arguments)):
            found = _CALL.match(call.sources.get(place, ""))
            if found is None:
                continue
            number, path = int(found.group(1)), _without_numbers(found.group(2))
            shown = {repr(v) for at, v in leaves(task.calls[number - 1].result) if _without_numbers(at) == path}
            if len(shown) > 1 and (number, path, repr(value)) not in made:
                raise Rejected("a row is taken without a way to choose it", f"{call.tool}: {place}")


def _without_numbers(place: str) -> str:
    return re.sub(r"\[\d+\]", "", place).strip(".")


def _check_necessity(space: Space, session: Session, task: Task) -> None:
    """Leaving out a required write changes the end; a required read supplies a value that nothing else does."""
    supplied = {int(m.group(1)) for call in task.calls for s in call.sources.values() if (m := _CALL.match(s))}
    for i, call in enumerate(task.calls, 1):
        if not call.required or call.serves == "authorize":
            continue
        tool = space.contract.tools[call.tool]
        if tool.access == "write":
            run(session, [c for j, c in enumerate(task.calls, 1) if j != i])
            if diff_json(session.diff()) == [dict(change) for change in task.diff]:
                raise Rejected("a required write can be left out", f"call {i} {call.tool}")
        elif call.serves == "lookup" and i not in supplied:
            raise Rejected("a required lookup supplies nothing", f"call {i} {call.tool}")


def _check_arguments(space: Space, session: Session, task: Task) -> None:
    """A changed argument of a write is refused, breaks a rule or changes the end."""
    gold = [dict(change) for change in task.diff]
    rng = random.Random(f"mutate|{task.seed}")
    for i, call in enumerate(task.calls):
        if space.contract.tools[call.tool].access != "write":
            continue
        for place, arguments in mutations(space, task, call, rng):
            changed = [*task.calls[:i], Call(call.tool, arguments, {}, True, call.serves), *task.calls[i + 1 :]]
            outcomes = run(session, changed)
            clean = all(status == "ok" and not violations for status, violations, _ in outcomes)
            if clean and diff_json(session.diff()) == gold:
                raise Rejected("an argument does not matter", f"call {i + 1} {call.tool}: {place}")


def _check_refusal(session: Session, task: Task) -> None:
    """After the gold run exactly the named rule forbids the call: denied by the tool, or let through as a violation."""
    forbidden, rule = task.forbidden, task.rule
    if forbidden is None or rule is None:
        raise Rejected("a refusal names no rule")
    if session.judge(forbidden.tool, dict(forbidden.arguments)) != (rule,):
        raise Rejected("another rule forbids it, too", forbidden.tool)
    outcome = session.call(forbidden.tool, dict(forbidden.arguments))
    denied = outcome.status == "denied" and outcome.rule == rule
    let_through = outcome.status == "ok" and outcome.violations == (rule,)
    if not (denied if forbidden.by == "tool" else let_through):
        raise Rejected("the forbidden call ends differently", f"{forbidden.tool}: {outcome.status}")
    told = [v for _, v in leaves(dict(forbidden.arguments)) if not isinstance(v, bool)]
    shown = {repr(v) for call in task.calls for _, v in leaves(call.result)} | set(_told(task))
    if any(repr(v) not in shown for v in told if v != "As the customer asked."):
        raise Rejected("the forbidden call uses an unknown value", forbidden.tool)


def _check_withheld(space: Space, task: Task) -> None:
    if not task.scenario.withholds:
        raise Rejected("nothing is withheld")
    labels = {d.label for goal in task.scenario.goals for d in goal.details}
    if not set(task.scenario.withholds) <= labels:
        raise Rejected("what is withheld is no detail", ", ".join(task.scenario.withholds))
    if not any(space.contract.tools[c.tool].access != "authorize" for c in task.calls):
        raise Rejected("nothing depends on what is withheld")
