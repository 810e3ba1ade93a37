"""Fragments of contracts: laid over each other, slots filled, wordings and numbers drawn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.offline.draws import Draws
from resources.offline.fragments import Filler, FragmentError, merged, round_price, sentences

SLOTS: dict[str, Any] = {
    "loan": "loan",
    "loan.noun": "loan",
    "loan.a": "a loan",
    "levels": ("easy", "hard"),
    "verb": ["borrow", "take home"],
    "nested": "keep <loan.a>",
    "count": 12,
    "feature.fines": "fines",
    "+columns": [", <loan>.fine", ", <loan>.paid_on"],
}


def fill(value: Any, price: float = 40, seed: int = 1) -> Any:
    return Filler(SLOTS, price, Draws(seed)).fill(value, "here")


def test_maps_are_united_and_lists_joined() -> None:
    under = {"tools": {"borrow": {"rules": [1], "access": "write"}}}
    over = {"tools": {"borrow": {"rules": [2]}, "renew": {"access": "write"}}}
    found = merged([under, over])
    assert found == {"tools": {"borrow": {"rules": [1, 2], "access": "write"}, "renew": {"access": "write"}}}
    assert under == {"tools": {"borrow": {"rules": [1], "access": "write"}}}, "what was merged is not changed"


def test_two_fragments_that_disagree_are_named_with_the_place() -> None:
    with pytest.raises(FragmentError, match=r"tools\.borrow\.access is 'write' and 'read'"):
        merged([{"tools": {"borrow": {"access": "write"}}}, {"tools": {"borrow": {"access": "read"}}}])


def test_slots_are_filled_in_keys_and_texts_and_within_slots() -> None:
    filled = fill({"list_<loan>s": {"sql": "SELECT <loan>.due_on FROM <loan> WHERE a<b AND c > d", "x": "<nested>"}})
    assert filled == {"list_loans": {"sql": "SELECT loan.due_on FROM loan WHERE a<b AND c > d", "x": "keep a loan"}}


def test_a_text_that_is_one_slot_takes_over_its_value() -> None:
    assert fill({"enum": "<levels>", "limit": "<count>", "text": "of <count>"}) == {
        "enum": ["easy", "hard"],
        "limit": 12,
        "text": "Of 12",
    }


def test_an_unknown_slot_is_an_error_that_names_the_place() -> None:
    with pytest.raises(FragmentError, match=r"here\.rules\[0\]\.check: there is no slot <lone>"):
        fill({"rules": [{"check": "SELECT <lone>"}]})


def test_what_is_conditional_stays_only_under_its_condition() -> None:
    rules = [
        {"id": "a", "if": "feature.fines"},
        {"id": "b", "if": "not feature.fines"},
        {"id": "c", "if": "feature.no"},
    ]
    assert fill({"rules": rules, "extra": {"if": "feature.no", "x": 1}}) == {"rules": [{"id": "a"}]}


def test_extensions_stand_where_a_fragment_has_room_for_them() -> None:
    assert fill("SELECT id <+columns> FROM <loan> <+joins>") == "SELECT id , loan.fine , loan.paid_on FROM loan "


def test_one_of_several_wordings_is_drawn_and_begins_with_a_capital() -> None:
    drawn = {fill({"says": ["<loan.a> is free.", "nothing is asked for <loan.a>."]}, seed=s)["says"] for s in range(20)}
    assert drawn == {"A loan is free.", "Nothing is asked for a loan."}
    assert {fill("I want to <verb> it", seed=s) for s in range(20)} == {"I want to borrow it", "I want to take home it"}


def test_an_article_suits_the_noun_of_its_slot() -> None:
    slots = {"person.noun": "owner", "record.noun": "union card"}
    filler = Filler(slots, 1, Draws(1))
    assert filler.fill("A <person.noun> has a <record.noun>.", "") == "An owner has a union card."


def test_two_keys_that_become_one_are_an_error() -> None:
    with pytest.raises(FragmentError, match="comes twice"):
        fill({"<loan>": 1, "loan": 2})


def test_constants_are_fixed_drawn_or_a_share_of_the_price() -> None:
    filler = Filler(SLOTS, 40, Draws(1))
    assert filler.constant({"type": "integer", "choose": [3]}, None) == {"type": "integer", "value": 3}
    assert filler.constant({"type": "integer", "choose": [3]}, 9) == {"type": "integer", "value": 9}
    assert filler.constant({"type": "money", "share": [0.5]}, None) == {"type": "money", "value": 20}
    assert fill("<price*0.25>") == 10


@given(st.floats(min_value=0.01, max_value=200_000))
def test_rounded_prices_are_near_and_never_nothing(amount: float) -> None:
    rounded = round_price(amount)
    assert rounded > 0
    assert abs(rounded - amount) <= max(0.5, 0.1 * amount)


@given(st.text(alphabet="abc .!?", max_size=40))
def test_capitals_change_nothing_else(text: str) -> None:
    assert sentences(text).lower() == text
