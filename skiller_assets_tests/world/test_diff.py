"""State diffs: canonical, complete, and equal up to the names of new records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.world.diff import Change, Diff, Operation, diff_from_json, diff_hash, diff_json, same_diff
from skiller_assets_tests.calls import Call, call_sequences
from skiller_assets_tests.worlds import library_world, signed_in

NEW = ("N1", "N2", "N3")
OLD = ("B1", "B2")

_values = st.sampled_from([*NEW, *OLD, "open", 1, None])
_rows = st.dictionaries(st.sampled_from(["book", "owner", "note"]), _values, min_size=1)


def change(op: Operation, table: str, key: tuple[Any, ...], row: Mapping[str, Any]) -> Change:
    return Change(op, table, key, None if op == "insert" else row, None if op == "delete" else row)


diffs: st.SearchStrategy[Diff] = st.lists(
    st.builds(
        change,
        st.sampled_from(["insert", "update", "delete"]),
        st.sampled_from(["loan", "fee"]),
        st.tuples(_values),
        _rows,
    ),
    max_size=6,
    unique_by=lambda c: (c.table, c.key),
).map(tuple)


def renamed(diff: Diff, names: Mapping[str, str]) -> Diff:
    def value(v: Any) -> Any:
        return names.get(v, v) if isinstance(v, str) else v

    def row(r: Mapping[str, Any] | None) -> dict[str, Any] | None:
        return None if r is None else {k: value(v) for k, v in r.items()}

    return tuple(replace(c, key=tuple(map(value, c.key)), before=row(c.before), after=row(c.after)) for c in diff)


def loan(key: str, book: str) -> Change:
    return change("insert", "loan", (key,), {"book": book})


def fee(key: str, number: int, amount: float) -> Change:
    return change("insert", "fee", (key, number), {"amount": amount})


@given(diffs, st.permutations(NEW), st.randoms(use_true_random=False))
def test_a_renaming_of_new_ids_is_always_accepted(diff: Diff, names: list[str], random: Any) -> None:
    other = list(renamed(diff, dict(zip(NEW, names, strict=True))))
    random.shuffle(other)
    assert same_diff(diff, tuple(other), NEW, NEW)


@given(diffs, st.randoms(use_true_random=False))
def test_ids_may_be_different_words_on_either_side(diff: Diff, random: Any) -> None:
    names = {id_: f"M{id_}" for id_ in NEW}
    assert same_diff(diff, renamed(diff, names), NEW, names.values())


@given(diffs.filter(bool), st.data())
def test_a_changed_value_is_never_accepted(diff: Diff, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(diff) - 1))
    old = diff[at]
    row = dict((old.before if old.op == "delete" else old.after) or {})
    row[data.draw(st.sampled_from(sorted(row)))] = "something else"
    new = replace(old, before=row) if old.op == "delete" else replace(old, after=row)
    other = (*diff[:at], new, *diff[at + 1 :])
    assert not same_diff(diff, other, NEW, NEW)


@given(diffs.filter(bool), st.data())
def test_a_missing_or_an_extra_change_is_never_accepted(diff: Diff, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(diff) - 1))
    fewer = diff[:at] + diff[at + 1 :]
    assert not same_diff(diff, fewer, NEW, NEW)
    assert not same_diff(fewer, diff, NEW, NEW)


def test_an_old_id_is_never_renamed() -> None:
    assert not same_diff((loan("B1", "X"),), (loan("B2", "X"),), NEW, NEW)
    assert not same_diff((loan("N1", "B1"),), (loan("N1", "B2"),), NEW, NEW)


def test_records_are_matched_by_what_hangs_on_them() -> None:
    left = (loan("N1", "X"), loan("N2", "Y"), fee("N1", 1, 5.0), fee("N2", 1, 7.0))
    crossed = (loan("N1", "X"), loan("N2", "Y"), fee("N2", 1, 5.0), fee("N1", 1, 7.0))
    assert same_diff(left, renamed(left, {"N1": "N2", "N2": "N1"}), NEW, NEW)
    assert not same_diff(left, crossed, NEW, NEW)


def test_two_children_of_one_record_are_not_one_each_of_two() -> None:
    one = (loan("N1", "X"), loan("N2", "X"), fee("N1", 1, 5.0), fee("N1", 2, 7.0))
    each = (loan("N1", "X"), loan("N2", "X"), fee("N1", 1, 5.0), fee("N2", 2, 7.0))
    assert not same_diff(one, each, NEW, NEW)


def test_a_text_that_looks_like_an_internal_name_is_only_a_text() -> None:
    assert not same_diff((loan("N1", "itself"),), (loan("N1", "N1"),), NEW, NEW)
    assert not same_diff((loan("N1", "new"),), (loan("N1", "N2"),), NEW, NEW)


@given(diffs)
def test_a_diff_survives_its_json(diff: Diff) -> None:
    again = diff_from_json(json.loads(json.dumps(diff_json(diff))))
    assert sorted(map(repr, again)) == sorted(map(repr, diff))
    assert diff_hash(again) == diff_hash(diff_from_json(diff_json(diff)))


@given(call_sequences)
def test_the_diff_of_a_session_survives_its_json(calls: list[Call]) -> None:
    with library_world().open() as session:
        for call in calls:
            session.call(*call)
        assert diff_from_json(json.loads(json.dumps(diff_json(session.diff())))) == session.diff()


def test_a_diff_tells_values_as_callers_see_them_and_only_what_changed() -> None:
    with signed_in(library_world()) as session:
        session.call("return_book", {"loan_id": "LN-0002", "confirm": True})
        assert diff_json(session.diff()) == [
            {
                "op": "insert",
                "table": "fee",
                "key": ["LN-0002", 1],
                "before": None,
                "after": {"amount": 1.5, "paid": False},
            },
            {
                "op": "update",
                "table": "loan",
                "key": ["LN-0002"],
                "before": {"status": "open"},
                "after": {"status": "returned"},
            },
        ]


def test_a_change_that_is_undone_is_no_change() -> None:
    patch = {
        "relationships.loan.lifecycle": "(gone)",
        "tools.renew_loan.effects.0.sql": "UPDATE loan SET renewals = renewals + :days WHERE loan_id = :loan_id",
        "tools.renew_loan.parameters.days.minimum": -14,
    }
    with signed_in(library_world(patch)) as session:
        assert session.call("renew_loan", {"loan_id": "LN-0002", "days": 7}).status == "ok"
        assert len(session.diff()) == 1
        assert session.call("renew_loan", {"loan_id": "LN-0002", "days": -7}).status == "ok"
        assert session.diff() == ()


def test_a_deleted_row_is_told_whole() -> None:
    patch = {
        "tools.renew_loan.effects": [
            {"says": "It is gone.", "rows": "any", "sql": "DELETE FROM fee WHERE loan_id = :loan_id"}
        ]
    }
    with signed_in(library_world(patch), "e2@x") as session:
        assert session.call("renew_loan", {"loan_id": "LN-0004", "days": 7}).status == "ok"
        assert [c.as_json() for c in session.diff()] == [
            {
                "op": "delete",
                "table": "fee",
                "key": ["LN-0004", 1],
                "before": {"amount": 1.5, "paid": False},
                "after": None,
            }
        ]


def test_a_diff_is_sorted_whatever_the_order_of_calls() -> None:
    calls: list[Call] = [("renew_loan", {"loan_id": loan_id, "days": 7}) for loan_id in ("LN-0004", "LN-0005")]
    found = []
    for order in (calls, calls[::-1]):
        with signed_in(library_world(), "e2@x") as session:
            assert {session.call(*call).status for call in order} == {"ok"}
            found.append(session.diff())
    assert found[0] == found[1]
