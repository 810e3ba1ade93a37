"""The order of a call and what each status means, on the library."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.world.program import ONE_PERSON
from skiller_assets.world.session import Session
from skiller_assets_tests.worlds import Patch, content, library_world, signed_in

RUNAWAY = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(x) FROM n)"
ENDLESS = f"UPDATE loan SET status = 'returned', renewals = {RUNAWAY} WHERE loan_id = :loan_id"
ENDLESS_EFFECT: Patch = {"tools.return_book.effects.0.sql": ENDLESS}


@pytest.fixture
def session() -> Session:
    return signed_in(library_world())


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("no_such_tool", {}, "there is no tool 'no_such_tool'"),
        ("find_books", {}, "the call must contain ['title']"),
        ("find_books", {"title": "T 1", "b": 1, "a": 2}, "the call takes no 'a', 'b'; there is: title"),
        ("find_books", {"title": 7}, "title must be string"),
        ("find_books", {"title": ""}, "title must be longer"),
        ("find_books", [], "the call must be object"),
        ("find_books", None, "the call must be object"),
        ("list_my_loans", {"status": "lost"}, "status must be one of"),
        ("list_my_loans", {"status": None}, "status must be string"),
        ("renew_loan", {"loan_id": "LN-0002", "days": 15}, "days must be smaller than or equal to 14"),
        ("renew_loan", {"loan_id": "LN-0002", "days": "7"}, "days must be integer"),
        ("renew_loan", {"loan_id": "LN-0002", "days": 7.0}, "days: 7.0 is not written as a whole number"),
        ("renew_loan", {"loan_id": "LN-0002", "days": True}, "days must be integer"),
        ("return_book", {"loan_id": "LN-0002", "confirm": "true"}, "confirm must be boolean"),
        ("find_books", {"title": "\ud800"}, "title: contains a lone surrogate"),
    ],
)
def test_wrong_arguments_are_invalid_and_say_which(session: Session, tool: str, arguments: Any, words: str) -> None:
    outcome = session.call(tool, arguments)
    assert (outcome.status, session.diff()) == ("invalid", ())
    assert words in outcome.message


def test_wrong_arguments_are_told_before_a_missing_authorization() -> None:
    with library_world().open() as session:
        assert session.call("find_books", {}).status == "invalid"
        assert session.call("find_books", {"title": "T 1"}).status == "unauthorized"


def test_a_failed_authorization_is_denied_and_may_be_tried_again() -> None:
    with library_world().open() as session:
        outcome = session.call("authorize_member", {"email": "nobody@x"})
        assert (outcome.status, outcome.rule) == ("denied", "known_member")
        assert session.call("authorize_member", {"email": "e1@x"}).result == {"authorized": True}


def test_a_session_serves_one_person(session: Session) -> None:
    assert session.call("authorize_member", {"email": "e1@x"}).status == "ok"
    outcome = session.call("authorize_member", {"email": "e2@x"})
    assert (outcome.status, outcome.rule) == ("denied", ONE_PERSON)
    assert session.me == {"member": "MB-0001"}


def test_rules_deny_in_their_order_with_their_sentence(session: Session) -> None:
    unknown = session.call("renew_loan", {"loan_id": "LN-9999", "days": 7})
    foreign = session.call("renew_loan", {"loan_id": "LN-0000", "days": 7})
    returned = session.call("renew_loan", {"loan_id": "LN-0003", "days": 7})
    assert [o.rule for o in (unknown, foreign, returned)] == ["loan_exists", "own_loan", "is_open"]
    assert foreign.visible == {"status": "denied", "message": "Members act on their own loans only."}


def test_a_sentence_of_a_denial_words_its_constants(session: Session) -> None:
    for book in ("BK-0020", "BK-0021"):
        assert session.call("borrow_book", {"book_id": book}).status == "ok"
    outcome = session.call("borrow_book", {"book_id": "BK-0022"})
    assert (outcome.rule, outcome.message) == ("below_limit", "A member has fewer than 3 loans open at a time.")


def test_a_rule_by_the_agent_lets_the_call_through_and_is_recorded_unseen(session: Session) -> None:
    outcome = session.call("renew_loan", {"loan_id": "LN-0002", "days": 7})
    assert (outcome.status, outcome.violations) == ("ok", ("renewed_once",))
    assert outcome.visible == {"loan_id": "LN-0002", "due_on": "2025-03-10", "renewals": 3}


def test_a_two_step_tool_previews_and_changes_nothing_until_confirmed(session: Session) -> None:
    before = content(session)
    preview = session.call("return_book", {"loan_id": "LN-0002"})
    assert preview.status == "needs_confirmation"
    assert preview.result["will_happen"] == ["The loan is returned.", "An overdue book costs 1.50 USD."]
    assert preview.result["result"]["fees"] == [{"fee_no": 1, "amount": 1.5, "paid": False}]
    assert (content(session), session.diff()) == (before, ())
    done = session.call("return_book", {"loan_id": "LN-0002", "confirm": True})
    assert (done.status, done.result) == ("ok", preview.result["result"])
    assert len(session.diff()) == 2


def test_declining_the_confirmation_is_a_preview_again(session: Session) -> None:
    assert session.call("return_book", {"loan_id": "LN-0002", "confirm": False}).status == "needs_confirmation"
    assert session.diff() == ()


def test_a_two_step_tool_denies_before_it_previews(session: Session) -> None:
    assert session.call("return_book", {"loan_id": "LN-0003", "confirm": True}).rule == "still_open"


def test_an_effect_under_a_condition_is_left_out_where_it_does_not_hold() -> None:
    with signed_in(library_world(), "e7@x") as session:
        outcome = session.call("return_book", {"loan_id": "LN-0014", "confirm": True})
        assert (outcome.status, outcome.result["fees"]) == ("ok", [])
        assert [change.table for change in session.diff()] == ["loan"]


def test_a_fault_in_the_second_effect_takes_the_first_one_back() -> None:
    world = library_world({"tools.return_book.effects.1.sql": "UPDATE fee SET paid = 1 WHERE loan_id = :loan_id"})
    with signed_in(world) as session:
        before = content(session)
        outcome = session.call("return_book", {"loan_id": "LN-0002", "confirm": True})
        assert outcome.status == "error"
        assert "changed 0 rows; one is declared" in outcome.message
        assert (content(session), session.diff()) == (before, ())


def test_a_fault_in_the_result_takes_the_effects_back() -> None:
    world = library_world({"tools.renew_loan.returns": {"one": "SELECT loan_id FROM loan WHERE due_on = :loan_id"}})
    with signed_in(world) as session:
        outcome = session.call("renew_loan", {"loan_id": "LN-0002", "days": 7})
        assert (outcome.status, session.diff()) == ("error", ())
        assert "the result has 0 rows; one is expected" in outcome.message


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"tools.renew_loan.rules.1.check": "SELECT COUNT(*) + 1 FROM loan"}, "rule is_open yields 17; 0, 1 or NULL"),
        ({"tools.renew_loan.rules.1.check": "SELECT 1 FROM loan"}, "is_open yields 16 rows; one is expected"),
        ({"tools.renew_loan.effects.0.sql": "UPDATE loan SET renewals = 1"}, "changed 16 rows; one is declared"),
        ({"tools.renew_loan.effects.0.sql": "DELETE FROM member WHERE member_id = :me"}, "FOREIGN KEY"),
        ({"tools.renew_loan.effects.0.sql": "UPDATE loan SET book_id = 'x' WHERE loan_id = :loan_id"}, "FOREIGN KEY"),
        ({"tools.renew_loan.effects.0.sql": "UPDATE loan SET status = due_on WHERE loan_id = :loan_id"}, "CHECK"),
        ({"tools.renew_loan.effects.0.sql": "UPDATE loan SET due_on = NULL WHERE loan_id = :loan_id"}, "NOT NULL"),
        (
            {"tools.renew_loan.returns": {"value": "SELECT price / 2.0 AS half FROM book WHERE price = 501",
             "types": {"half": "money"}}},
            "250.5 is no whole number of minor units",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_the_contract_is_an_error_that_leaves_nothing_and_shows_nothing(patch: Patch, words: str) -> None:
    with signed_in(library_world(patch)) as session:
        outcome = session.call("renew_loan", {"loan_id": "LN-0002", "days": 7})
        assert (outcome.status, session.diff()) == ("error", ())
        assert words in outcome.message
        assert outcome.visible == {"status": "error", "message": "The system could not carry this out."}
        assert session.call("list_my_loans", {}).status == "ok"


def test_credentials_that_match_two_people_authorize_nobody() -> None:
    world = library_world({"tools.authorize_member.grants.sql": "SELECT member_id FROM member WHERE email <> :email"})
    with world.open() as session:
        assert session.call("authorize_member", {"email": "e1@x"}).status == "error"
        assert session.me == {}


def test_a_rule_that_runs_away_is_interrupted_and_the_session_goes_on() -> None:
    patch = {"tools.renew_loan.rules.1.check": f"SELECT {RUNAWAY} = 1 FROM loan WHERE loan_id = :loan_id"}
    with signed_in(library_world(patch)) as session:
        assert session.call("borrow_book", {"book_id": "BK-0020"}).status == "ok"
        before = session.diff()
        assert session.call("renew_loan", {"loan_id": "LN-0002", "days": 7}).status == "error"
        assert session.diff() == before
        assert session.call("return_book", {"loan_id": "LN-0002", "confirm": True}).status == "ok"


def test_an_effect_that_runs_away_loses_nothing_of_what_earlier_calls_did() -> None:
    with signed_in(library_world(ENDLESS_EFFECT)) as session:
        first = session.call("borrow_book", {"book_id": "BK-0020"}).result["loan_id"]
        assert session.call("renew_loan", {"loan_id": "LN-0002", "days": 7}).status == "ok"
        before, rows = session.diff(), content(session)
        assert session.call("return_book", {"loan_id": "LN-0002", "confirm": True}).status == "error"
        assert (session.diff(), content(session)) == (before, rows)
        second = session.call("borrow_book", {"book_id": "BK-0021"}).result["loan_id"]
        assert len({first, second}) == 2
        assert len(session.diff()) == 3
        session.reset()
        assert session.diff() == ()


def test_many_small_looks_from_outside_do_not_use_up_the_limit_of_a_call(session: Session) -> None:
    for _ in range(60):
        session.query(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 30000) SELECT COUNT(x) FROM n"
        )
    assert session.call("list_my_loans", {}).status == "ok"


def test_new_ids_are_those_of_the_format_and_move_on_only_when_carried_out() -> None:
    with signed_in(library_world()) as session:
        taken = {row[0] for row in session.query("SELECT loan_id FROM loan")}
        denied = session.call("borrow_book", {"book_id": "BK-0099"})
        first = session.call("borrow_book", {"book_id": "BK-0020"})
        second = session.call("borrow_book", {"book_id": "BK-0021"})
        assert (denied.status, session.new_ids) == ("denied", [first.result["loan_id"], second.result["loan_id"]])
        assert not taken & set(session.new_ids)
    with signed_in(library_world()) as other:
        assert other.call("borrow_book", {"book_id": "BK-0022"}).result["loan_id"] == first.result["loan_id"]


def test_a_previewed_id_is_the_one_that_is_given_out() -> None:
    with signed_in(library_world({"tools.borrow_book.confirm": "tool"})) as session:
        preview = session.call("borrow_book", {"book_id": "BK-0020"}).result["result"]
        assert session.new_ids == []
        assert session.call("borrow_book", {"book_id": "BK-0020", "confirm": True}).result == preview
        assert session.new_ids == [preview["loan_id"]]


def test_a_transfer_is_remembered_and_changes_nothing(session: Session) -> None:
    assert not session.transferred
    assert session.call("transfer_to_human", {}).status == "invalid"
    assert not session.transferred
    assert session.call("transfer_to_human", {"summary": "A broken spine."}).result == {"transferred": True}
    assert session.transferred
    assert session.diff() == ()
    session.reset()
    assert not session.transferred


def test_the_built_in_tools_need_no_authorization() -> None:
    with library_world().open() as session:
        assert session.call("calculate", {"expression": "1 + 1"}).result == {"value": 2.0}


def test_optional_arguments_are_bound_to_their_default() -> None:
    patch = {"tools.renew_loan.parameters.days.optional": True, "tools.renew_loan.parameters.days.default": 10}
    with signed_in(library_world(patch)) as session:
        assert session.call("renew_loan", {"loan_id": "LN-0002"}).result["due_on"] == "2025-03-13"


def test_judging_a_call_names_every_rule_that_fails_and_carries_nothing_out(session: Session) -> None:
    assert session.judge("renew_loan", {"loan_id": "LN-0000", "days": 7}) == ("own_loan", "is_open")
    assert session.judge("renew_loan", {"loan_id": "LN-0002", "days": 7}) == ("renewed_once",)
    assert session.diff() == ()
