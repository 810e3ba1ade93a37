"""One session behind two desks: each authorizes by its own rules, and both serve one person."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from skiller_assets.world.image import World, rows_of
from skiller_assets.world.program import ONE_PERSON
from skiller_assets.world.roles import Person, people_in
from skiller_assets.world.session import Session
from skiller_assets_tests.fusion.desks import desk, joint_world, same_role, two_roles, with_world

DESKS = {
    "two roles": ("library__authorize_member", "reading_room__authorize_reader"),
    "same role": ("archive__authorize_member", "library__authorize_member"),
}
LISTS = {
    "two roles": ("library__list_my_loans", "reading_room__list_my_loans"),
    "same role": ("archive__list_my_loans", "library__list_my_loans"),
}


@cache
def world_of(roles: str) -> World:
    return joint_world(*(two_roles() if roles == "two roles" else same_role()))


def email_of(world: World, person: Person) -> str:
    """The address by which all desks know somebody."""
    role, key = person.roles[0]
    return str(next(row["email"] for row in rows_of(world)[role] if row[f"{role}_id"] == key))


def authorize(session: Session, roles: str, desk_number: int, person: Person) -> Any:
    email = email_of(world_of(roles), person)
    return session.call(DESKS[roles][desk_number], {"email": email})


@pytest.mark.parametrize("roles", DESKS)
@pytest.mark.parametrize("first", [0, 1])
def test_who_is_authorized_at_one_desk_is_not_authorized_at_the_other(roles: str, first: int) -> None:
    world = world_of(roles)
    with world.open() as session:
        assert authorize(session, roles, first, people_in(world)[0]).status == "ok"
        assert session.call(LISTS[roles][first], {}).status == "ok"
        refused = session.call(LISTS[roles][1 - first], {})
        assert (refused.status, refused.is_error) == ("unauthorized", True)
        assert authorize(session, roles, 1 - first, people_in(world)[0]).status == "ok"
        assert session.call(LISTS[roles][1 - first], {}).status == "ok"


@pytest.mark.parametrize("roles", DESKS)
def test_somebody_elses_credentials_are_refused_at_the_other_desk(roles: str) -> None:
    world = world_of(roles)
    with world.open() as session:
        authorize(session, roles, 0, people_in(world)[0])
        me = dict(session.me)
        outcome = authorize(session, roles, 1, people_in(world)[1])
        assert (outcome.status, outcome.rule) == ("denied", ONE_PERSON)
        assert session.me == me
        assert session.call(LISTS[roles][1], {}).status == "unauthorized"
        assert authorize(session, roles, 1, people_in(world)[0]).status == "ok"


@pytest.mark.parametrize("roles", DESKS)
def test_credentials_that_nobody_has_are_refused_by_the_rule_of_the_desk(roles: str) -> None:
    world = world_of(roles)
    with world.open() as session:
        authorize(session, roles, 0, people_in(world)[0])
        outcome = session.call(DESKS[roles][1], {"email": "nobody@nowhere.example"})
        domain = DESKS[roles][1].partition("__")[0]
        assert outcome.status == "denied"
        assert str(outcome.rule).startswith(f"{domain}__known_")


@pytest.mark.parametrize("roles", DESKS)
def test_it_may_be_authorized_again_at_either_desk_but_only_as_the_same_person(roles: str) -> None:
    world = world_of(roles)
    one, other = people_in(world)[:2]
    with world.open() as session:
        for number in (0, 1, 0):
            assert authorize(session, roles, number, one).status == "ok"
        assert [authorize(session, roles, number, other).rule for number in (0, 1)] == [ONE_PERSON, ONE_PERSON]


def test_each_desk_serves_the_person_under_the_key_of_its_own_role() -> None:
    world = world_of("two roles")
    person = people_in(world)[3]
    with world.open() as session:
        authorize(session, "two roles", 0, person)
        authorize(session, "two roles", 1, person)
        assert session.me == person.record()
        assert set(session.me) == {"member", "reader"}
        for domain, role in (("library", "member"), ("reading_room", "reader")):
            shown = session.call(f"{domain}__list_my_loans", {}).result
            own = [r["loan_id"] for r in rows_of(world)[f"{domain}__loan"] if r[f"{role}_id"] == person.key(role)]
            assert sorted(row["loan_id"] for row in shown) == sorted(own)


def test_who_has_no_account_at_the_other_desk_cannot_borrow_somebody_elses() -> None:
    """The library knows more people than the reading room."""
    world = joint_world(with_world(desk("library"), rows=9), with_world(desk("reading_room", role="reader"), rows=5))
    members, readers = rows_of(world)["member"], rows_of(world)["reader"]
    linked = {row["member"] for row in rows_of(world)["linked_account"]}
    stranger = next(row for row in members if row["member_id"] not in linked)
    with world.open() as session:
        assert session.call("library__authorize_member", {"email": stranger["email"]}).status == "ok"
        for reader in readers:
            assert session.call("reading_room__authorize_reader", {"email": reader["email"]}).rule == ONE_PERSON


@pytest.mark.parametrize("roles", DESKS)
def test_a_reset_session_knows_nobody_at_either_desk(roles: str) -> None:
    world = world_of(roles)
    with world.open() as session:
        for number in (0, 1):
            authorize(session, roles, number, people_in(world)[0])
        session.reset()
        assert session.me == {}
        assert [session.call(name, {}).status for name in LISTS[roles]] == ["unauthorized", "unauthorized"]


def test_whoever_is_admitted_is_served_at_the_desks_of_their_roles() -> None:
    world = world_of("two roles")
    person = people_in(world)[0]
    with world.open() as session:
        session.admit({"member": person.key("member")})
        assert [session.call(name, {}).status for name in LISTS["two roles"]] == ["ok", "unauthorized"]
        session.admit(person.record())
        assert [session.call(name, {}).status for name in LISTS["two roles"]] == ["ok", "ok"]
