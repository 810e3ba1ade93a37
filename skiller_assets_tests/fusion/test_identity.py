"""One human in two roles, and both domains tell the same about them."""

from __future__ import annotations

import pytest

from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.fuse import fuse
from skiller_assets.fusion.identity import LINK, linked_people
from skiller_assets.world.image import rows_of
from skiller_assets.world.roles import people_in
from skiller_assets_tests.fusion.desks import ROWS, desk, joint_world, same_role, two_roles, with_world


def test_everybody_who_plays_both_roles_is_linked_by_number() -> None:
    linked = linked_people(*two_roles())
    assert len(linked) == ROWS
    one, other = (rows_of(m.world)[m.member.principal] for m in two_roles())
    people = {row["member_id"]: row for row in one} | {row["reader_id"]: row for row in other}
    for a, b in linked.values():
        assert a.startswith("MB-")
        assert b.startswith("RD-")
        assert people[a]["full_name"] == people[b]["full_name"]
        assert people[a]["email"] == people[b]["email"]


def test_where_one_world_is_larger_only_who_is_in_both_is_linked_and_served() -> None:
    one, other = with_world(desk("library"), rows=20), with_world(desk("reading_room", role="reader"), rows=8)
    world = joint_world(one, other)
    assert len(linked_people(one, other)) == len(rows_of(world)[LINK]) == len(people_in(world)) == 8
    assert len(rows_of(world)["member"]) == 20


def test_a_disagreeing_e_mail_is_one_error_that_names_both_values_and_who_it_is() -> None:
    change = "UPDATE reader SET email = 'somebody@else.example' WHERE email = (SELECT max(email) FROM reader)"
    one, other = two_roles()
    spoiled = with_world(desk("reading_room", role="reader"), change=change)
    address = max(row["email"] for row in rows_of(other.world)["reader"])
    with pytest.raises(FusionError) as caught:
        linked_people(one, spoiled)
    told = str(caught.value)
    assert "is not one person: the email is" in told
    assert all(part in told for part in (repr(address), "'somebody@else.example'", "in library", "in reading_room"))
    assert "\n" not in told


def test_worlds_of_another_seed_are_told_apart() -> None:
    one, _ = two_roles()
    with pytest.raises(FusionError, match=r"is not one person: .*: build both with the same seed"):
        linked_people(one, with_world(desk("reading_room", role="reader"), seed=2))


def test_a_pair_in_which_nobody_plays_both_roles_is_refused() -> None:
    one, _ = two_roles()
    shifted = "UPDATE reader SET reader_id = 'X' || reader_id"
    other = with_world(desk("reading_room", role="reader"), change=f"{shifted}; DELETE FROM reader")
    with pytest.raises(FusionError, match="nobody is both a member and a reader: library and reading_room"):
        linked_people(one, other)


def test_who_has_one_role_in_both_domains_needs_no_link() -> None:
    one, other = same_role()
    contract = fuse("archive__library", one.member, other.member, ROWS)
    assert contract.principals == ["member"]
    assert contract.same_person is None
    assert LINK not in contract.tables


def test_two_roles_are_linked_by_a_table_of_the_pair() -> None:
    world = joint_world(*two_roles())
    assert world.contract.principals == ["member", "reader"]
    assert {(row["member"], row["reader"]) for row in rows_of(world)[LINK]} == set(linked_people(*two_roles()).values())
