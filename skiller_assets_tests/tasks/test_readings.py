"""A clarify task is truly ambiguous: what the withheld detail leaves open is carried out."""

from __future__ import annotations

import pytest

from skiller_assets.tasks.readings import is_open
from skiller_assets.tasks.records import Task
from skiller_assets.tasks.told import held_details
from skiller_assets_tests.tasks.grounded import SERVICES, space_of, tasks_of
from skiller_assets_tests.worlds import signed_in


def clarifying(service: str) -> list[Task]:
    return [t for t in tasks_of(service) if t.kind == "clarify"]


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_withheld_admits_another_run_that_the_rules_permit(service: str) -> None:
    space = space_of(service)
    assert clarifying(service)
    with space.world.open() as session:
        for task in clarifying(service):
            held = held_details(task.scenario)
            assert held
            assert any(is_open(space, session, task, detail) for detail in held)


def test_two_ends_of_a_withheld_number_of_days_are_both_reached_by_hand() -> None:
    task = next(t for t in clarifying("lending") if t.scenario.withholds == ("days",))
    member = next(i for i, p in enumerate(space_of("lending").people) if p.record() == task.person)
    loan = next(c for c in task.calls if c.tool == "renew_loan").arguments["loan_id"]
    ends = set()
    for days in (7, 14):
        with signed_in(space_of("lending").world, f"e{member}@x") as session:
            outcome = session.call("renew_loan", {"loan_id": loan, "days": days})
            assert (outcome.status, outcome.violations) == ("ok", ())
            ends.add(outcome.result["due_on"])
    assert len(ends) == 2


def test_a_detail_with_one_possible_value_is_not_open() -> None:
    """The only open loan of a member needs no words: withholding them leaves nothing to ask."""
    for task in (t for t in tasks_of("lending") if t.kind == "fulfil"):
        for choice in task.scenario.choices:
            assert choice.by != "only" or choice.columns == ()
