"""Lines of a wish: one for each record that is meant, and one where there is only one that it can be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skiller_assets.tasks.lines import ONLY, Line, joined, line_of, only_ones
from skiller_assets.tasks.mentions import Mention, mentions_of
from skiller_assets.tasks.records import Call, Choice, Detail, Goal, Scenario, Task
from skiller_assets_tests.domains import contract_of
from skiller_assets_tests.tasks.stories import task_about

KIND = Detail("category", "savings", "of the {value} kind", "category")
SUM = Detail("balance", 900.0, "with a balance of {value}", "balance", "money")
NAME = Detail("name", "Everyday Savings", "called {value}", "name")


def described(details: tuple[Detail, ...], choices: tuple[Choice, ...], arguments: dict[str, str]) -> list[str]:
    """The lines of a transfer between accounts that are taken from a list."""
    contract = contract_of("bank")
    sources = {name: f"call 2: [{k}].account_id" for k, name in enumerate(arguments)}
    calls = (
        Call("list_my_accounts", {}, {}, True, "lookup"),
        Call("transfer_between_accounts", arguments, sources, True, "goal"),
    )
    goal = Goal("transfer_between_accounts", "move money", details)
    task = task_about(contract, Scenario("", {}, "", (), (goal,), choices), calls=calls)
    (mentions,) = mentions_of(contract, task)
    both = zip(details, mentions, strict=True)
    return joined(line_of(contract, d, m, d.label, str(d.value), extreme=False) for d, m in both)


def test_what_describes_one_record_is_one_line_and_what_describes_two_is_two() -> None:
    one = Choice(1, ("account_id",), "equals", ("category", "balance"), ("savings", 900.0), ("A-1",), 3)
    two = Choice(1, ("account_id",), "equals", ("name",), ("Everyday Savings",), ("A-2",), 3)
    assert described((KIND, NAME, SUM), (one, two), {"from_account_id": "A-1", "to_account_id": "A-2"}) == [
        "from account: the one of the savings kind, with a balance of 900.0",
        "to account: the one called Everyday Savings",
    ]


def test_two_records_of_a_kind_stay_apart_although_nothing_tells_their_parts() -> None:
    lines = [Line("which plant", "the one in a pot", 0), Line("which plant", "the one at 9.50 USD", 1)]
    assert joined(lines) == ["which plant: the one in a pot", "which plant: the one at 9.50 USD"]
    assert joined([Line("days", "4"), Line("days", "4")]) == ["days: 4", "days: 4"]


@pytest.mark.parametrize(
    ("mention", "line"),
    [
        (Mention("record", "clinician", table="clinician"), "which clinician: Ana Ito"),
        (Mention("record", "appointment", table="appointment"), "which appointment: the one with Ana Ito"),
    ],
)
def test_a_person_is_told_by_name_and_what_has_to_do_with_them_by_a_phrase(mention: Mention, line: str) -> None:
    detail = Detail("clinician", "Ana Ito", "with {value}", "clinician.full_name")
    assert str(line_of(contract_of("clinic"), detail, mention, "full name", "Ana Ito", extreme=False)) == line


ALONE = Choice(1, ("dispute_id",), "only", (), (), ("DS-1",), 1)
TAKE = {"dispute_id": "call 1: [0].dispute_id"}


def withdrawal(*choices: Choice, details: tuple[Detail, ...] = ()) -> Task:
    """Somebody withdraws a dispute and asks about it, after a list has shown it."""
    goal = Goal("withdraw_dispute", "withdraw a dispute", details)
    calls = (
        Call("list_my_disputes", {}, {}, True, "lookup"),
        Call("withdraw_dispute", {"dispute_id": "DS-1"}, TAKE, True, "goal"),
    )
    return task_about(contract_of("bank"), Scenario("", {}, "", (), (goal, goal), choices), calls=calls)


def only(task: Task) -> list[list[str]]:
    contract = contract_of("bank")
    return only_ones(contract, task, mentions_of(contract, task))


def test_who_has_only_one_is_told_so_once() -> None:
    assert only(withdrawal(ALONE)) == [[f"which dispute: {ONLY}"], []]


def test_nothing_is_said_of_what_is_described_or_chosen_or_has_just_been_made() -> None:
    chosen = replace(ALONE, by="equals", columns=("status",), values=("filed",), rows=2)
    assert only(withdrawal(chosen)) == [[], []]
    assert only(withdrawal()) == [[], []]
    same = Detail("dispute", "the same", "the same one", "dispute_id")
    assert only(withdrawal(ALONE, details=(same,))) == [[], []]
    made = withdrawal(ALONE)
    made = replace(made, calls=(replace(made.calls[0], tool="dispute_transaction"), made.calls[1]))
    assert only(made) == [[], []]


def test_what_belongs_to_nobody_is_not_said_to_be_had() -> None:
    contract = contract_of("clinic")
    choice = Choice(1, ("clinician_id",), "only", (), (), ("CL-1",), 1)
    calls = (
        Call("find_clinicians", {}, {}, True, "lookup"),
        Call("join_waiting_list", {"clinician_id": "CL-1"}, {"clinician_id": "call 1: [0].clinician_id"}, True, "goal"),
    )
    task = task_about(contract, Scenario("", {}, "", (), (Goal("join_waiting_list", "wait"),), (choice,)), calls=calls)
    assert only_ones(contract, task, mentions_of(contract, task)) == [[]]
