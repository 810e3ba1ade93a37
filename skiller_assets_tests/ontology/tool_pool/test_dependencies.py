"""Edges lead from what one tool shows to what another takes."""

from __future__ import annotations

import random

import pytest

from skiller_assets.ontology.tool_pool.dependencies import ACCEPTED, BORDERLINE, depend
from skiller_assets_tests.ontology.tool_pool.pools import graph, pool, tool


def fills() -> dict[tuple[str, str], str]:
    return {(e.source, e.target): e.parameter for e in graph().edges if e.kind == "fills"}


@pytest.mark.parametrize(
    ("source", "target", "parameter"),
    [
        ("create_parcel", "schedule_pickup", "parcel_id"),
        ("find_depots", "schedule_pickup", "depot_id"),
        ("list_pickups", "cancel_pickup", "pickup_id"),
        ("request_repair", "approve_repair", "repair_id"),
        ("list_technicians", "request_repair", "technician_id"),
        ("register_device", "request_repair", "device_id"),
        ("find_classes", "book_class", "class_id"),
    ],
)
def test_planted_dependencies_are_found(source: str, target: str, parameter: str) -> None:
    assert fills()[source, target] == parameter


def test_what_only_shares_a_common_word_is_no_dependency() -> None:
    found = depend(
        [
            tool("list_hotels", results={"hotel_id": "string", "name": "string", "date": "string"}),
            tool("book_train", train_id="string", date="string", name="string"),
        ]
    )
    assert [e for e in found.edges if e.kind == "fills"] == []


def test_types_that_do_not_fit_make_no_edge() -> None:
    shown = tool("list_parcels", results={"parcel_weight": "boolean"})
    assert depend([shown, tool("ship_parcel", parcel_weight="number")]).edges[0].kind == "shares"


def test_a_bare_id_is_that_of_the_object() -> None:
    found = depend([tool("create_ticket", results={"id": "integer"}), tool("close_ticket", ticket_id="integer")])
    assert [(e.source, e.result, e.parameter) for e in found.edges if e.kind == "fills"] == [
        ("create_ticket", "id", "ticket_id")
    ]


def test_where_a_pool_says_nothing_of_results_they_are_inferred() -> None:
    found = depend([tool("list_tickets"), tool("close_ticket", ticket_id="string")])
    assert [(e.source, e.target) for e in found.edges if e.kind == "fills"] == [("list_tickets", "close_ticket")]


def test_weights_are_whole_and_doubtful_edges_are_kept_apart() -> None:
    assert all(isinstance(e.weight, int) for e in graph().edges)
    assert all(e.weight >= ACCEPTED for e in graph().edges if e.kind == "fills")
    assert all(BORDERLINE <= e.weight < ACCEPTED for e in graph().borderline)


def test_the_order_of_the_tools_changes_nothing() -> None:
    shuffled = list(pool().tools)
    random.Random(3).shuffle(shuffled)
    assert depend(shuffled) == graph()
