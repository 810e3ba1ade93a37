"""Two domains become a pair, or there is one reason why not; a pair that shares a role shares its records."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from skiller_assets.artifact import as_json
from skiller_assets.contract.compile import compile_contract
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.members import MemberWorld
from skiller_assets.fusion.pair import Pair, make_pair
from skiller_assets.world.image import World, make_world, rows_of
from skiller_assets.world.program import ONE_PERSON
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.composed import NOW, composed
from skiller_assets_tests.fusion.built import PAIR, BuiltPair
from skiller_assets_tests.fusion.desks import desk, with_world

ONE, OTHER = "bike_rental", "city_hotels"
"""Both serve hotel guests."""


@cache
def members() -> tuple[MemberWorld, MemberWorld]:
    return with_world(composed(ONE), rows=60), with_world(composed(OTHER), rows=60)


@cache
def shared_role() -> Pair:
    with TemporaryDirectory() as home:
        return make_pair(f"{ONE}__{OTHER}", *members(), offline_door(Path(home)))


@cache
def world() -> World:
    return make_world(compile_contract(shared_role().contract), shared_role().image, NOW)


def test_a_pair_is_the_same_whenever_it_is_made(pair: BuiltPair, tmp_path: Path) -> None:
    again = make_pair(PAIR, *pair.members, offline_door(tmp_path))
    assert again.contract == pair.contract
    assert json.loads(as_json(again.evidence())) == pair.json("blueprint", "bridges.json")
    assert rows_of(make_world(pair.compiled, again.image, NOW)) == rows_of(pair.world)


def test_where_nothing_ties_two_domains_together_there_is_no_pair(tmp_path: Path) -> None:
    two = with_world(desk("archive"), rows=2), with_world(desk("library"), rows=2)
    with pytest.raises(FusionError) as caught:
        make_pair("archive__library", *two, offline_door(tmp_path))
    assert str(caught.value).startswith("nothing ties archive and library together: no value")
    assert "pairs.leave_out" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pair_with_a_shared_role_has_no_links_and_asks_both_desks_for_credentials() -> None:
    contract = shared_role().contract
    assert contract.principals == ["hotel_guest"]
    assert (contract.same_person, "linked_account" in contract.tables) == (None, False)
    assert contract.authorizers_of("hotel_guest") == [f"{domain}__authorize_hotel_guest" for domain in (ONE, OTHER)]
    assert contract.fusion is not None
    assert contract.fusion.shared == ["hotel", "hotel_guest"]


def credentials(domain: str, guest: dict[str, object]) -> dict[str, object]:
    parameters = shared_role().contract.tools[f"{domain}__authorize_hotel_guest"].parameters
    return {name: guest[str(p.refers_to).partition(".")[2]] for name, p in parameters.items()}


def test_a_telephone_number_changed_at_one_desk_is_the_one_that_the_other_desk_tells() -> None:
    changed = 0
    for guest in rows_of(world())["hotel_guest"][:20]:
        with world().open() as session:
            assert session.call(f"{ONE}__authorize_hotel_guest", credentials(ONE, guest)).status == "ok"
            assert session.call(f"{OTHER}__get_my_details", {}).status == "unauthorized"
            assert session.call(f"{OTHER}__authorize_hotel_guest", credentials(OTHER, guest)).status == "ok"
            before = session.call(f"{OTHER}__get_my_details", {}).result["phone"]
            outcome = session.call(f"{ONE}__update_my_contact", {"phone": "(212) 555-0173"})
            after = session.call(f"{OTHER}__get_my_details", {}).result["phone"]
            if outcome.status == "ok":
                changed += 1
                assert (before == guest["phone"], after) == (True, "(212) 555-0173")
            else:
                assert after == before
    assert changed > 3


def test_somebody_else_of_the_same_role_is_not_served_beside_the_first() -> None:
    first, second = rows_of(world())["hotel_guest"][:2]
    with world().open() as session:
        assert session.call(f"{ONE}__authorize_hotel_guest", credentials(ONE, first)).status == "ok"
        assert session.call(f"{OTHER}__authorize_hotel_guest", credentials(OTHER, second)).rule == ONE_PERSON
