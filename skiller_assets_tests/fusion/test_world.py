"""Two worlds as one: each row once, shared rows only where both agree, one state behind both desks."""

from __future__ import annotations

from functools import cache

import pytest

from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.fuse import fuse
from skiller_assets.fusion.identity import linked_people
from skiller_assets.fusion.members import MemberWorld
from skiller_assets.fusion.world import merge_worlds
from skiller_assets.world.image import World, rows_of
from skiller_assets_tests.fusion.built import BuiltPair
from skiller_assets_tests.fusion.desks import MOVE, desk, joint_world, same_role, two_roles, with_world


@cache
def both() -> World:
    return joint_world(*same_role())


def rows_under(member: MemberWorld) -> dict[str, list[dict[str, object]]]:
    return {member.member.under(name): rows for name, rows in rows_of(member.world).items()}


def test_every_row_of_both_is_there_once_and_no_other() -> None:
    one, other = same_role()
    joint = rows_of(both())
    assert joint == {**rows_under(one), **rows_under(other)}
    assert len(joint["book"]) == len(rows_of(one.world)["book"])


def test_it_is_the_same_world_whenever_it_is_made() -> None:
    one, other = same_role()
    linked = linked_people(one, other)
    contract = fuse("archive__library", one.member, other.member, len(linked))
    assert merge_worlds(contract, one, other, linked) == merge_worlds(contract, one, other, linked)


def test_where_one_world_has_more_rows_of_a_shared_thing_all_of_them_are_there() -> None:
    one, other = with_world(desk("archive"), rows=6), with_world(desk("library"), rows=15)
    assert rows_of(joint_world(one, other))["book"] == rows_of(other.world)["book"]


def test_a_shared_row_that_disagrees_is_one_error_with_table_key_column_and_both_values() -> None:
    one, _ = same_role()
    key = rows_of(one.world)["book"][4]["book_id"]
    other = with_world(desk("library", MOVE), change=f"UPDATE book SET shelf = 'Z00' WHERE book_id = '{key}'")
    shelf = rows_of(one.world)["book"][4]["shelf"]
    with pytest.raises(FusionError) as caught:
        joint_world(one, other)
    assert str(caught.value) == (
        f"book {key} is shared and disagrees: shelf is {shelf!r} in archive and 'Z00' in library: "
        "build both with the same settings"
    )


def test_what_is_always_true_of_one_world_must_be_true_of_both() -> None:
    _, other = two_roles()
    broken = with_world(desk("library"), change="UPDATE fee SET amount = 0")
    with pytest.raises(FusionError, match=r"fees_are_positive"):
        joint_world(broken, other)


def test_a_reference_that_dangles_is_refused() -> None:
    broken = with_world(desk("library"), change="UPDATE loan SET book_id = 'BK-9999'")
    with pytest.raises(FusionError, match="library__reading_room: the two worlds do not fit into one: FOREIGN KEY"):
        joint_world(broken, two_roles()[1])


def test_a_write_through_one_desk_is_seen_by_the_other() -> None:
    email = rows_of(both())["member"][3]["email"]
    with both().open() as session:
        for domain in ("archive", "library"):
            assert session.call(f"{domain}__authorize_member", {"email": email}).status == "ok"
        before = session.call("library__tell_phone", {}).result
        changed = session.call("archive__change_phone", {"phone": "+1 555 0199"})
        after = session.call("library__tell_phone", {}).result
        assert (changed.status, after) == ("ok", {"phone": "+1 555 0199"})
        assert before != after
        assert [change.table for change in session.diff()] == ["member"]


def test_a_record_of_one_desk_is_none_of_the_other() -> None:
    email = rows_of(both())["member"][3]["email"]
    with both().open() as session:
        for domain in ("archive", "library"):
            session.call(f"{domain}__authorize_member", {"email": email})
        known = session.call("library__list_my_loans", {}).result
        free = session.query("SELECT book_id FROM book EXCEPT SELECT book_id FROM archive__loan ORDER BY 1")
        lent = session.call("archive__borrow_book", {"book_id": free[0][0]})
        assert lent.status == "ok"
        assert session.call("library__list_my_loans", {}).result == known
        assert [change.table for change in session.diff()] == ["archive__loan"]


def test_new_ids_of_both_desks_are_of_their_own_tables() -> None:
    email = rows_of(both())["member"][3]["email"]
    with both().open() as session:
        made = []
        for domain in ("archive", "library"):
            session.call(f"{domain}__authorize_member", {"email": email})
            sql = f"SELECT book_id FROM book EXCEPT SELECT book_id FROM {domain}__loan ORDER BY 1"
            book = session.query(sql)[0][0]
            made.append(session.call(f"{domain}__borrow_book", {"book_id": book}).result["loan_id"])
        assert [change.table for change in session.diff()] == ["archive__loan", "library__loan"]
        assert session.new_ids == made


def test_the_tables_of_a_real_pair_are_those_of_its_domains(pair: BuiltPair) -> None:
    joint = rows_of(pair.world)
    for member in pair.members:
        for name, rows in rows_under(member).items():
            assert joint[name] == rows
    assert pair.contract.fusion is not None
    assert all(joint[name] for name in pair.contract.fusion.shared)
