"""Steps that a lifecycle does not have are found in a diff."""

from __future__ import annotations

from skiller_assets.contract.model import Contract
from skiller_assets.world.diff import Change
from skiller_assets.world.lifecycle import illegal_transitions
from skiller_assets_tests.worlds import library, library_world, signed_in

STATES = {
    "open": {"describe": "With the member.", "next": ["overdue"]},
    "overdue": {"describe": "Still with the member.", "next": ["returned"]},
    "returned": {"describe": "Back on the shelf."},
}


def three_states() -> Contract:
    return library({"relationships.loan.lifecycle.states": STATES}).contract


def moved(before: str, after: str) -> Change:
    return Change("update", "loan", ("LN-1",), {"status": before}, {"status": after})


def begun(status: str) -> Change:
    return Change("insert", "loan", ("LN-1",), None, {"status": status})


def test_a_step_back_is_illegal() -> None:
    assert illegal_transitions(three_states(), (moved("returned", "open"),)) == ["loan LN-1 goes from returned to open"]


def test_several_calls_may_take_several_steps_and_one_call_may_not() -> None:
    diff = (moved("open", "returned"),)
    assert illegal_transitions(three_states(), diff) == []
    assert illegal_transitions(three_states(), diff, one_call=True) == ["loan LN-1 goes from open to returned"]


def test_a_new_record_begins_in_the_initial_state() -> None:
    assert illegal_transitions(three_states(), (begun("open"),), one_call=True) == []
    assert illegal_transitions(three_states(), (begun("overdue"),)) == []
    assert illegal_transitions(three_states(), (begun("overdue"),), one_call=True) == [
        "loan LN-1 begins as overdue, not as open"
    ]
    assert illegal_transitions(three_states(), (begun("lost"),)) == ["loan LN-1 begins as lost, not as open"]


def test_what_does_not_touch_the_state_is_legal() -> None:
    untouched = Change("update", "loan", ("LN-1",), {"renewals": 0}, {"renewals": 1})
    gone = Change("delete", "loan", ("LN-1",), {"status": "open"}, None)
    elsewhere = Change("update", "book", ("BK-1",), {"title": "a"}, {"title": "b"})
    assert illegal_transitions(three_states(), (untouched, gone, elsewhere), one_call=True) == []


def test_a_planted_step_back_is_found_in_a_session() -> None:
    patch = {
        "tools.renew_loan.rules": [],
        "tools.renew_loan.effects.0": {
            "says": "Open again.",
            "sql": "UPDATE loan SET status = 'open' WHERE loan_id = :loan_id",
        },
    }
    with signed_in(library_world(patch)) as session:
        assert session.call("renew_loan", {"loan_id": "LN-0003", "days": 7}).status == "ok"
        found = illegal_transitions(library(patch).contract, session.diff())
        assert found == ["loan LN-0003 goes from returned to open"]
