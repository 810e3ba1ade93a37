"""What the names of tools say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.vocabulary import NAME
from skiller_assets.ontology.tool_pool.reading import read_name
from skiller_assets.ontology.tool_pool.words import lemma, plural, snake, tokens
from skiller_assets_tests.ontology.tool_pool.pools import tool


@pytest.mark.parametrize(
    ("name", "kind", "object_"),
    [
        ("cancelBooking", "become", "booking"),
        ("get_flight_cost", "one", "flight"),
        ("get_order_history", "many", "order"),
        ("list_all_credit_cards", "many", "credit_card"),
        ("add_to_watchlist", "create", "watchlist"),
        ("remove_stock_from_watchlist", "delete", "watchlist"),
        ("AppointmentRegistration", "create", "appointment"),
        ("message_get_login_status", "session", ""),
        ("freeze_membership", "switch", "membership"),
        ("withdraw_funds", "take", "account"),
        ("calculate_postage", "compute", "postage"),
        ("pressBrakePedal", "unknown", "brake_pedal"),
        ("tickets.search_by_title", "many", "ticket"),
    ],
)
def test_a_name_is_a_verb_and_an_object(name: str, kind: str, object_: str) -> None:
    reading = read_name(tool(name))
    assert (reading.kind, reading.object) == (kind, object_)


def test_a_name_without_verb_is_read_by_its_description() -> None:
    assert read_name(tool("room_keys", "Lists the keys of a room.")).kind == "many"
    assert read_name(tool("room_keys", "The keys of a room.")).kind == "unknown"


@pytest.mark.parametrize(
    ("many", "one"),
    [("cities", "city"), ("boxes", "box"), ("classes", "class"), ("people", "person"), ("parcels", "parcel")],
)
def test_plural_and_singular_belong_together(many: str, one: str) -> None:
    assert (lemma(many), plural(one)) == (one, many)
    assert lemma("status") == "status"


@given(st.text(max_size=90))
def test_a_normalised_name_fits_the_contract_language_or_is_empty(text: str) -> None:
    name = snake(text)
    assert name == "" or re.match(NAME, name), name
    assert tokens(name) == tuple(name.split("_")) or name == ""
