"""Changed arguments: other values that a careless agent might pass."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

from skiller_assets.contract.analyse import canonical
from skiller_assets.contract.model import Parameter
from skiller_assets.tasks.records import FREE_TEXT, Call, Task
from skiller_assets.tasks.rows import rows_at
from skiller_assets.tasks.space import Space

Arguments = dict[str, Any]


def mutations(space: Space, task: Task, call: Call, rng: random.Random) -> Iterator[tuple[str, Arguments]]:
    """One change of one argument of a call (place, changed arguments); none where no argument has another value."""
    parameters = space.tools[call.tool].parameters
    names = [n for n in call.arguments if n in parameters and call.sources.get(n) != FREE_TEXT]
    rng.shuffle(names)
    for name in names:
        others = [v for v in _others(space, task, parameters[name], call.arguments[name]) if v != call.arguments[name]]
        if others:
            yield name, {**call.arguments, name: rng.choice(others)}
            return


def _others(space: Space, task: Task, parameter: Parameter, value: Any) -> list[Any]:
    if parameter.type == "list":
        return [value[:-1]] if isinstance(value, list) and len(value) > 1 else []
    if parameter.enum:
        return list(parameter.enum)
    if parameter.type == "boolean":
        return [not value]
    if parameter.refers_to:
        shown = _shown(space, task, canonical(space.contract, parameter.refers_to))
        return shown or space.values(parameter.refers_to, space.person(task.person))[:20]
    if parameter.type in ("integer", "money", "number"):
        return [value + 1, value - 1]
    if parameter.type in ("date", "datetime"):
        moved = dt.datetime.fromisoformat(value) + dt.timedelta(days=1)
        return [moved.date().isoformat() if parameter.type == "date" else moved.isoformat()]
    return [f"{value} too"] if isinstance(value, str) else []


def _shown(space: Space, task: Task, column: str) -> list[Any]:
    """Other values of a column that the run has shown, in order."""
    found: dict[Any, None] = {}
    for call in task.calls:
        for level in space.tools[call.tool].levels if call.tool in space.tools else ():
            for cell in level.own:
                if cell.column == column:
                    found.update((v, None) for r in rows_at(level, call.result) if (v := r.values.get(cell.path)))
    return list(found)
