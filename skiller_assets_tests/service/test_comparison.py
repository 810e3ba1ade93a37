"""Two predicates on the same calls: what differs is found, and what is no fault of either is left alone."""

from __future__ import annotations

import pytest

from skiller_assets.contract.sql import Preparer, open_schema
from skiller_assets.service.asked_calls import AskedCalls, asked_before
from skiller_assets.service.comparison import Difference, compare, why_broken
from skiller_assets.service.search import Explorer
from skiller_assets_tests.worlds import Patch, library_world

NAMES = {"now", "me", "max_loans", "late_fee", "renew_days", "loan_id", "book_id", "days"}
RENEWABLE = "SELECT status = 'open' FROM loan WHERE loan_id = :loan_id"
ROOM = "SELECT COUNT(*) < :max_loans FROM loan WHERE member_id = :me AND status = 'open'"
DUE = "SELECT julianday(due_on) - julianday(date(:now)) >= :max_loans FROM loan WHERE loan_id = :loan_id"


def compared(tool: str, rule: str, reading: str, patch: Patch | None = None) -> Difference | None:
    """A rule of the library against another reading of it."""
    world = library_world(patch or {})
    calls = AskedCalls(world, Explorer(world).explore())
    statement = Preparer(open_schema(world.contract)).prepare(reading, NAMES)
    return compare(calls, world.program.compiled.tools[tool], rule, statement)


@pytest.mark.parametrize(
    "same",
    [
        RENEWABLE,
        "SELECT EXISTS (SELECT 1 FROM loan WHERE loan_id = :loan_id AND status = 'open')",
        "SELECT status <> 'returned' FROM loan WHERE loan_id = :loan_id",
        "SELECT NOT EXISTS (SELECT 1 FROM loan WHERE loan_id = :loan_id AND status <> 'open')",
    ],
)
def test_the_same_in_other_words_does_not_differ(same: str) -> None:
    assert compared("renew_loan", "is_open", same) is None


def test_another_status_differs_in_many_calls() -> None:
    found = compared("renew_loan", "is_open", RENEWABLE.replace("'open'", "'returned'"))
    assert found is not None
    assert 1 < found.differs <= found.calls
    assert found.own is not found.other


def test_a_bound_off_by_one_is_found_although_nobody_stands_at_it() -> None:
    spare = {"constants.max_loans.value": 40}
    found = compared("borrow_book", "below_limit", ROOM.replace("<", "<="), spare)
    assert found is not None
    assert found.case.changed["max_loans"] in (1, 2)


def test_an_instant_is_found_to_the_day() -> None:
    windowed = {
        "tools.renew_loan.rules.2.says": "At least {max_loans} days before it is due.",
        "tools.renew_loan.rules.2.check": DUE,
    }
    found = compared("renew_loan", "renewed_once", DUE.replace(">=", ">"), windowed)
    assert found is not None
    assert found.calls > 1
    assert compared("renew_loan", "renewed_once", DUE, windowed) is None


def test_a_constant_written_out_is_not_held_against_the_reading() -> None:
    assert compared("borrow_book", "below_limit", ROOM.replace(":max_loans", "3")) is None


def test_what_an_earlier_rule_refuses_does_not_count() -> None:
    # Of somebody else's loan the reading says otherwise, but own_loan has refused the call by then.
    reading = f"{RENEWABLE} AND (member_id = :me OR 1 = 1) OR NOT EXISTS (SELECT 1)"
    assert compared("renew_loan", "is_open", reading) is None
    anybody = "SELECT status = 'open' OR member_id <> :me FROM loan WHERE loan_id = :loan_id"
    assert compared("renew_loan", "is_open", anybody) is None


def test_refusing_a_record_that_does_not_exist_is_not_held_against_the_rule() -> None:
    lenient = "SELECT NOT EXISTS (SELECT 1 FROM loan WHERE book_id = :book_id AND status = 'open')"
    strict = {"tools.borrow_book.rules": [{"id": "lendable", "kind": "conflict", "says": "No open loan.", "check": (
        f"{lenient} AND EXISTS (SELECT 1 FROM book WHERE book_id = :book_id)"
    )}]}  # fmt: skip
    assert compared("borrow_book", "lendable", lenient, strict) is None


def test_permitting_a_record_that_does_not_exist_is() -> None:
    lenient = "SELECT NOT EXISTS (SELECT 1 FROM loan WHERE book_id = :book_id AND status = 'open')"
    rules = [{"id": "lendable", "kind": "conflict", "says": "No open loan.", "check": lenient}]
    strict = f"{lenient} AND EXISTS (SELECT 1 FROM book WHERE book_id = :book_id)"
    found = compared("borrow_book", "lendable", strict, {"tools.borrow_book.rules": rules})
    assert found is not None
    assert (found.own, found.other) == (True, False)


def test_the_example_comes_with_a_case_of_which_both_say_the_same() -> None:
    found = compared("renew_loan", "is_open", "SELECT renewals < 2 FROM loan WHERE loan_id = :loan_id")
    assert found is not None
    assert found.alike is not None
    assert found.alike[0] != found.case


def test_a_predicate_that_cannot_be_asked_says_why() -> None:
    world = library_world()
    calls = AskedCalls(world, Explorer(world).explore())
    tool = world.program.compiled.tools["renew_loan"]
    preparer = Preparer(open_schema(world.contract))
    many = preparer.prepare("SELECT 1 FROM loan", NAMES)
    words = preparer.prepare("SELECT status FROM loan WHERE loan_id = :loan_id", NAMES)
    assert "rows; at most one is expected" in str(why_broken(calls, tool, "is_open", many))
    assert "0, 1 or NULL is expected" in str(why_broken(calls, tool, "is_open", words))
    assert why_broken(calls, tool, "is_open", preparer.prepare(RENEWABLE, NAMES)) is None


def test_what_the_agent_keeps_is_asked_after_all_that_is_enforced() -> None:
    tool = library_world().program.compiled.tools["renew_loan"]
    assert asked_before(tool, "renewed_once") == ["loan_exists", "own_loan", "is_open"]
    assert asked_before(tool, "own_loan") == ["loan_exists"]
