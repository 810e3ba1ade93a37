"""Who may be served in a world: humans, and the roles that they play."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skiller_assets.world.image import World, rows_of
from skiller_assets.world.roles import Person, RolesOf, numbered_keys, people_in
from skiller_assets_tests.fusion.desks import desk, joint_world, two_roles, with_world
from skiller_assets_tests.worlds import library_world

JOINT = joint_world(*two_roles())


def test_the_number_of_a_person_is_that_of_their_row_whatever_their_key() -> None:
    one, other = two_roles()
    for member in (one, other):
        keys = numbered_keys(member.world, member.member.principal)
        assert sorted(keys) == list(range(len(keys)))
        assert sorted(keys.values()) == sorted(rows_key(member.world, member.member.principal))
        assert keys == member.people


def rows_key(world: World, principal: str) -> list[str]:
    return [row[f"{principal}_id"] for row in rows_of(world)[principal]]


def test_keys_of_no_known_format_are_numbered_as_they_are_sorted() -> None:
    change = "UPDATE reader SET reader_id = 'ZZ' || substr(reader_id, 3)"
    odd = with_world(desk("reading_room", role="reader"), change=change)
    assert list(odd.people) == list(range(len(odd.people)))
    assert list(odd.people.values()) == sorted(odd.people.values())


def test_somebody_has_one_key_for_each_role_in_the_order_of_the_contract() -> None:
    person = people_in(JOINT)[0]
    assert tuple(role for role, _ in person.roles) == ("member", "reader") == tuple(JOINT.contract.principals)
    assert person.as_("reader").me == person.key("reader") != person.key("member")
    assert person.name == f"{person.key('member')}+{person.key('reader')}"
    assert person.record() == {"member": person.key("member"), "reader": person.key("reader")}


def test_a_world_of_one_role_has_its_people_in_it() -> None:
    world = library_world(members=5)
    assert [p.roles for p in people_in(world)] == [(("member", f"MB-000{i}"),) for i in range(5)]


@pytest.mark.parametrize("role", ["member", "reader"])
def test_of_whom_one_role_is_known_all_are_known(role: str) -> None:
    roles = RolesOf(JOINT)
    for person in people_in(JOINT):
        assert roles.of(role, person.key(role)) == person.record()


def test_of_a_stranger_only_the_role_that_was_told_is_known() -> None:
    assert RolesOf(JOINT).of("reader", "RD-none") == {"reader": "RD-none"}
    assert RolesOf(library_world()).of("member", "MB-0001") == {"member": "MB-0001"}


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12))
def test_only_who_plays_every_role_is_served(members: int, readers: int) -> None:
    world = joint_world(
        with_world(desk("library"), rows=members), with_world(desk("reading_room", role="reader"), rows=readers)
    )
    people = people_in(world)
    assert sorted(p.human for p in people) == list(range(min(members, readers)))
    assert len(set(people)) == len(people) == len({p.name for p in people})
    assert all(isinstance(p, Person) and len(p.roles) == 2 for p in people)
