"""What the user of a task says of a scenario at first, and what only when asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skiller_assets.tasks.mentions import is_pointer
from skiller_assets.tasks.records import Detail, Goal, Scenario


def withheld_names(scenario: Scenario) -> frozenset[str]:
    """Names of the facts and details that are held back; "date_of_birth until asked" names ``date_of_birth``."""
    return frozenset(item.partition(" until ")[0].strip() for item in scenario.withholds)


def is_withheld(detail: Detail, withheld: frozenset[str]) -> bool:
    """Whether a detail is held back, by its label or by the parameter or column that it is about."""
    return not withheld.isdisjoint({detail.label, detail.parameter, detail.parameter.rsplit(".", 1)[-1]})


def told_details(goal: Goal, withheld: frozenset[str]) -> list[Detail]:
    """The details of a goal that may be said at once."""
    return [detail for detail in goal.details if not is_withheld(detail, withheld)]


def held_details(scenario: Scenario) -> list[Detail]:
    """The details of all goals that are held back."""
    withheld = withheld_names(scenario)
    return [detail for goal in scenario.goals for detail in goal.details if is_withheld(detail, withheld)]


def withheld_values(scenario: Scenario) -> list[Any]:
    """The values that the first message must not give away."""
    withheld = withheld_names(scenario)
    facts = [value for name, value in scenario.knows.items() if name in withheld]
    return facts + [plain_value(detail.value) for detail in held_details(scenario) if not is_pointer(detail)]


def told_values(scenario: Scenario) -> Iterator[Any]:
    """Every value that the user knows, held back or not; "the same one as before" is no value."""
    yield from scenario.knows.values()
    yield from (plain_value(d.value) for goal in scenario.goals for d in goal.details if not is_pointer(d))


def plain_value(value: Any) -> Any:
    """A detail's value as JSON: hashable details hold a list as a tuple and an object as a tuple of pairs."""
    if not isinstance(value, tuple | list):
        return value
    if value and all(isinstance(v, tuple | list) and len(v) == 2 and isinstance(v[0], str) for v in value):
        return {name: plain_value(item) for name, item in value}
    return [plain_value(item) for item in value]
