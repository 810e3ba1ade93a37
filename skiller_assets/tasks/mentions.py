"""What a detail of a wish is about: a record that the user singles out, one that came up before, or a plain value.

A detail alone says "ending in 0361"; only the gold run tells that a card is meant, and that the money comes from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import say_name
from skiller_assets.tasks.records import Call, Choice, Detail, Forbidden, Goal, Task

_ROLES = ("from", "to")
_POINTERS = {
    "the same": "the same {noun} as before",
    "new": "the {noun} that has just been made",
    "belonging": "the {noun} that came up just before",
}


@dataclass(frozen=True)
class Mention:
    """How a detail is to be read.

    ``record``: it singles out a ``noun`` ("card"), in a ``role`` where two of a kind are wanted ("from", "to").
    ``earlier``: it points to a ``noun`` that has come up before. ``value``: it is what is wanted itself.
    ``carried``: it points to a value of a record at the other desk. Of a record also the ``table``, where a parameter
    tells it, and the number of the ``choice`` in the scenario.
    """

    kind: Literal["record", "earlier", "value", "carried"]
    noun: str = ""
    role: str = ""
    table: str = field(default="", compare=False)
    choice: int | None = field(default=None, compare=False)


def mentions_of(contract: Contract, task: Task) -> list[list[Mention]]:
    """The reading of every detail, by goal, in the order of the scenario."""
    return [_of_goal(contract, task, goal) for goal in task.scenario.goals]


def is_pointer(detail: Detail) -> bool:
    """Whether a detail has no value of its own but stands for a record that has come up before."""
    return detail.value in _POINTERS and "{value}" not in detail.phrase


def is_superlative(detail: Detail) -> bool:
    """Whether a detail names the extreme of its kind: "the cheapest one"."""
    return detail.phrase == f"the {detail.value} one" and not is_pointer(detail)


def point_to(detail: Detail, noun: str) -> str:
    """The words for a record that has come up before."""
    return _POINTERS[str(detail.value)].format(noun=noun)


def _of_goal(contract: Contract, task: Task, goal: Goal) -> list[Mention]:
    used = {choice: bool(_arguments(task, goal.tool, choice)[:1]) for choice in task.scenario.choices}
    choices = sorted(task.scenario.choices, key=lambda choice: not used[choice])
    open_ = [(choice, column) for choice in choices for column in choice.columns]
    return [_mention(contract, task, goal.tool, detail, open_) for detail in goal.details]


def _mention(contract: Contract, task: Task, tool: str, detail: Detail, open_: list[tuple[Choice, str]]) -> Mention:
    if is_pointer(detail):
        return Mention("earlier", _column_noun(contract, detail.parameter))
    if contract.fusion and any(
        (f.parameter, f.phrase) == (detail.parameter, detail.value) for f in contract.fusion.flows
    ):
        return Mention("carried")
    for choice, column in open_:
        if column == detail.parameter and _fits(choice, column, detail):
            open_.remove((choice, column))
            number = task.scenario.choices.index(choice)
            return replace(_named(contract, task, tool, choice), choice=number)
    return Mention("value")


def _fits(choice: Choice, column: str, detail: Detail) -> bool:
    if choice.by == "equals":
        return bool(choice.values[choice.columns.index(column)] == detail.value)
    return is_superlative(detail)


def record_taken(contract: Contract, task: Task, tools: Sequence[str], choice: Choice) -> Mention | None:
    """The record that a choice singles out, from the argument of one of these tools that it ends up in; or None."""
    for tool in dict.fromkeys(tools):
        for name in _arguments(task, tool, choice):
            parameter = contract.tools[tool].parameters.get(name) if tool in contract.tools else None
            table = ((parameter.refers_to if parameter else None) or "").partition(".")[0]
            if parameter and table:
                role = name.partition("_")[0]
                if role in _ROLES:
                    return Mention("record", _table_noun(contract, table), role, table)
                return Mention("record", parameter.label or _table_noun(contract, table), table=table)
    return None


def _named(contract: Contract, task: Task, goal: str, choice: Choice) -> Mention:
    if found := record_taken(contract, task, [goal, *(call.tool for call in task.calls)], choice):
        return found
    flows = contract.fusion.flows if contract.fusion else []
    carried = [flow.column for flow in flows if flow.path == choice.paths[-1].split(".")]
    noun = _table_noun(contract, carried[0].partition(".")[0]) if carried else _column_noun(contract, choice.paths[-1])
    return Mention("record", noun)


def _arguments(task: Task, tool: str, choice: Choice) -> list[str]:
    """The arguments of a tool's calls, made or forbidden, that hold the chosen key and took it from a result."""
    calls: list[Call | Forbidden] = [*task.calls, *([task.forbidden] if task.forbidden else [])]
    places = [
        (call, place)
        for call in calls
        if call.tool == tool
        for place, source in call.sources.items()
        if source.startswith("call ")
    ]
    names = [(call, place.partition("[")[0].partition(".")[0]) for call, place in places]
    return [name for call, name in names if _holds(call.arguments.get(name), choice.value[-1])]


def _holds(argument: Any, value: Any) -> bool:
    return bool(value in argument) if isinstance(argument, list | tuple) else bool(argument == value)


def _column_noun(contract: Contract, path: str) -> str:
    """``cards.card_id`` -> "card": what a key is the key of."""
    return _table_noun(contract, path.rpartition(".")[2].removesuffix("_id").removesuffix("_no"))


def _table_noun(contract: Contract, table: str) -> str:
    declared = contract.tables.get(table)
    return say_name((declared.label if declared else None) or table)
