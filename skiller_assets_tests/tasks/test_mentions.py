"""Mentions: which record a detail is about, told from where the gold run takes its key."""

from __future__ import annotations

from dataclasses import replace

from skiller_assets.tasks.mentions import Mention, is_pointer, is_superlative, mentions_of, point_to
from skiller_assets.tasks.records import Call, Choice, Detail, Forbidden, Goal, Scenario
from skiller_assets_tests.domains import contract_of
from skiller_assets_tests.tasks.stories import task_about

FULLEST = Detail("balance", "fullest", "the fullest one", "balance")
NAMED = Detail("name", "Everyday Savings", "called {value}", "name")
AMOUNT = Detail("amount", 150.0, "of {value}", "amount", "money")
SAME = Detail("account", "the same", "the same one", "account_id")

CHOICES = (
    Choice(2, ("account_id",), "greatest", ("balance",), (900.0,), ("A-1",), 3),
    Choice(2, ("account_id",), "equals", ("name",), ("Everyday Savings",), ("A-2",), 3),
)
ARGUMENTS = {"from_account_id": "A-1", "to_account_id": "A-2", "amount": 150.0}
SOURCES = {"from_account_id": "call 2: [0].account_id", "to_account_id": "call 2: [1].account_id", "amount": "user"}
GOAL = Goal("transfer_between_accounts", "move money", (AMOUNT, FULLEST, NAMED))
SCENARIO = Scenario("", {}, "", (), (GOAL,), CHOICES)


def test_two_records_of_a_kind_are_told_apart_by_what_they_are_for() -> None:
    contract = contract_of("bank")
    call = Call("transfer_between_accounts", ARGUMENTS, SOURCES, True, "goal")
    assert mentions_of(contract, task_about(contract, SCENARIO, calls=(call,))) == [
        [Mention("value"), Mention("record", "account", "from"), Mention("record", "account", "to")]
    ]


def test_what_a_forbidden_call_would_take_is_told_as_well() -> None:
    contract = contract_of("bank")
    task = replace(
        task_about(contract, SCENARIO, "refuse"),
        forbidden=Forbidden("transfer_between_accounts", ARGUMENTS, SOURCES, "agent"),
    )
    assert [mention.role for mention in mentions_of(contract, task)[0]] == ["", "from", "to"]


def test_the_goal_itself_says_what_a_key_stands_for_rather_than_a_lookup() -> None:
    contract = contract_of("clinic")
    posted = Detail("date of posting", "2025-03-03", "posted on {value}", "posted_on", "date")
    choice = Choice(2, ("appointment_id",), "equals", ("posted_on",), ("2025-03-03",), ("AP-1",), 4)
    sources = {"appointment_id": "call 2: [0].appointment_id"}
    calls = (
        Call("get_appointment", {"appointment_id": "AP-1"}, sources, True, "lookup"),
        Call("waive_fee", {"appointment_id": "AP-1"}, sources, True, "goal"),
    )
    scenario = Scenario("", {}, "", (), (Goal("waive_fee", "get a fee waived", (posted,)),), (choice,))
    assert mentions_of(contract, task_about(contract, scenario, calls=calls)) == [[Mention("record", "charge")]]


def test_a_record_that_came_up_before_is_pointed_to() -> None:
    contract = contract_of("bank")
    scenario = replace(SCENARIO, goals=(replace(GOAL, details=(SAME,)),))
    ((mention,),) = mentions_of(contract, task_about(contract, scenario))
    assert mention == Mention("earlier", "account")
    assert point_to(SAME, mention.noun) == "the same account as before"


def test_a_superlative_is_no_pointer_and_a_pointer_no_superlative() -> None:
    assert (is_superlative(FULLEST), is_pointer(FULLEST)) == (True, False)
    assert (is_superlative(SAME), is_pointer(SAME)) == (False, True)
    assert (is_superlative(NAMED), is_pointer(NAMED)) == (False, False)
