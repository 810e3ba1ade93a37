"""What holds of every sequence of calls, whatever the calls are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from skiller_assets.world.diff import diff_hash, diff_json
from skiller_assets.world.image import World
from skiller_assets.world.lifecycle import illegal_transitions
from skiller_assets.world.outcome import Outcome
from skiller_assets.world.session import Session
from skiller_assets_tests.calls import Call, call_sequences, hostile_calls, plausible_calls
from skiller_assets_tests.worlds import broken_invariants, content, library_world, signed_in

WORLD = library_world()


def replay(calls: list[Call], session: Session) -> list[Outcome]:
    return [session.call(name, arguments) for name, arguments in calls]


@given(call_sequences)
def test_only_a_call_that_ends_in_ok_changes_anything(calls: list[Call]) -> None:
    with WORLD.open() as session:
        before = content(session)
        for name, arguments in calls:
            outcome = session.call(name, arguments)
            after = content(session)
            assert outcome.status != "error", outcome.message
            assert outcome.status == "ok" or after == before
            before = after


@given(call_sequences)
def test_the_same_calls_have_the_same_outcomes_and_the_same_diff(calls: list[Call]) -> None:
    with WORLD.open() as one, WORLD.open() as two:
        assert replay(calls, one) == replay(calls, two)
        assert one.diff() == two.diff()
        assert diff_hash(one.diff()) == diff_hash(two.diff())


@given(call_sequences, call_sequences)
def test_a_session_that_is_reset_is_a_fresh_one(earlier: list[Call], calls: list[Call]) -> None:
    with WORLD.open() as used, WORLD.open() as fresh:
        replay(earlier, used)
        used.reset()
        assert (used.diff(), used.me, used.new_ids) == ((), {}, [])
        assert replay(calls, used) == replay(calls, fresh)
        assert used.diff() == fresh.diff()
        assert content(used) == content(fresh)


@given(call_sequences, call_sequences)
def test_two_sessions_never_see_each_other(ours: list[Call], theirs: list[Call]) -> None:
    with WORLD.open() as alone, WORLD.open() as one, WORLD.open() as other:
        expected = replay(ours, alone)
        found = []
        for i in range(max(len(ours), len(theirs))):
            replay(theirs[i : i + 1], other)
            found += replay(ours[i : i + 1], one)
        assert found == expected
        assert one.diff() == alone.diff()


@given(call_sequences)
def test_a_diff_applied_to_the_world_is_what_the_session_holds(calls: list[Call]) -> None:
    with WORLD.open() as session:
        replay(calls, session)
        assert applied(WORLD, session) == content(session)


def applied(world: World, session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """The content of an untouched session once a diff is written into it by hand."""
    with world.open() as fresh:
        for change in session.diff():
            table = world.contract.tables[change.table]
            values = {
                column: round(value * 100) if table.attributes[column].type == "money" else value
                for column, value in {**(change.after or {}), **dict(zip(table.key, change.key, strict=True))}.items()
            }
            where = " AND ".join(f"{k} = :{k}" for k in table.key)
            statements = {
                "insert": f"INSERT INTO {change.table} ({', '.join(values)}) VALUES (:{', :'.join(values)})",
                "update": f"UPDATE {change.table} SET {', '.join(f'{v} = :{v}' for v in values)} WHERE {where}",
                "delete": f"DELETE FROM {change.table} WHERE {where}",
            }
            fresh.query(statements[change.op], values)
        return content(fresh)


@given(call_sequences)
def test_invariants_and_lifecycles_survive_any_calls(calls: list[Call]) -> None:
    with WORLD.open() as session:
        replay(calls, session)
        assert broken_invariants(WORLD, session) == []
        assert illegal_transitions(WORLD.contract, session.diff()) == []


@given(call_sequences)
def test_new_ids_are_those_of_the_records_that_calls_created(calls: list[Call]) -> None:
    with WORLD.open() as session:
        replay(calls, session)
        created = [c.key[0] for c in session.diff() if c.op == "insert" and c.table == "loan"]
        assert sorted(session.new_ids) == sorted(created)


@given(call_sequences, plausible_calls)
def test_judging_foretells_what_a_call_comes_to(calls: list[Call], call: Call) -> None:
    with WORLD.open() as session:
        replay(calls, session)
        before = content(session)
        foretold = session.judge(*call)
        assert content(session) == before
        outcome = session.call(*call)
        if isinstance(foretold, Outcome):
            assert outcome == foretold
        elif outcome.status == "denied" and call[0] != "authorize_member":
            assert outcome.rule in foretold
        elif outcome.status == "ok":
            assert outcome.violations == foretold


@given(call_sequences)
def test_a_call_is_permitted_exactly_where_it_would_break_no_other_rule_whatever_was_asked_before(
    calls: list[Call],
) -> None:
    with signed_in(WORLD) as session:
        for name, arguments in calls:
            judged = session.judge(name, arguments)
            assert session.permits(name, arguments) == (judged == ())
            for rule in WORLD.program.tools[name].rules:
                assert session.permits(name, arguments, rule.id) == (judged == (rule.id,))


@settings(max_examples=400)
@given(hostile_calls)
def test_no_json_makes_a_call_raise_or_end_in_an_error(call: Call) -> None:
    with signed_in(WORLD) as session:
        outcome = session.call(*call)
        assert outcome.status != "error", outcome.message
        assert len(outcome.message) < 1000
        outcome.message.encode()
        diff_json(session.diff())
        assert session.call("list_my_loans", {}).status == "ok"


@settings(max_examples=200)
@given(hostile_calls)
def test_nobody_gets_anything_but_a_refusal_without_authorization(call: Call) -> None:
    with WORLD.open() as session:
        name, arguments = call
        outcome = session.call(name, arguments)
        assert outcome.status in ("invalid", "unauthorized", "denied", "ok")
        if outcome.status == "ok":
            assert name in ("calculate", "transfer_to_human", "authorize_member")
        assert session.diff() == ()


@pytest.mark.parametrize(
    "text", ["now", "NOW", "localtime", "2025-01-01", "%", "'; DELETE FROM loan; --", "x" * 2000, "\U0001f4da"]
)
def test_a_text_is_only_a_text(text: str) -> None:
    with signed_in(WORLD) as session:
        assert session.call("find_books", {"title": text}).result == []
        assert session.diff() == ()
