"""The tool graph: edges that follow from the contract, edges that execution confirms, and no cycle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from skiller_assets.contract.model import Storyline
from skiller_assets.service.edges import confirm_edges, shown_again, sight_edges
from skiller_assets.service.picture import tool_graph_picture
from skiller_assets.service.tool_graph import Edge, assemble, graph_faults, information_edges, state_candidates
from skiller_assets_tests.tasks.grounded import world_of
from skiller_assets_tests.worlds import library

STORY = Storyline(goals=["return_book", "borrow_book"], says="One book for another.")
BACK = Storyline(goals=["borrow_book", "return_book"], says="Read and bring back.")


def graph_of(*stories: Storyline) -> dict[str, Any]:
    return assemble(library(), [], stories).as_json()


def test_a_read_informs_the_tools_that_take_what_it_reveals() -> None:
    edges = {(e.source, e.target, e.why) for e in information_edges(library())}
    assert ("find_books", "borrow_book", "book.book_id") in edges
    assert ("list_my_loans", "renew_loan", "loan.loan_id") in edges
    assert not any(source == target for source, target, _ in edges)


def test_what_a_write_touches_makes_it_a_candidate() -> None:
    assert ("return_book", "borrow_book") in state_candidates(library())
    assert all(target != "list_my_loans" for _, target in state_candidates(library()))


def test_execution_confirms_that_a_returned_book_cannot_be_renewed_and_makes_room_for_another() -> None:
    found = {(e.source, e.target, e.type): e for e in confirm_edges(world_of("lending"))}
    assert found["return_book", "renew_loan", "conflict"].why == "is_open"
    assert found["return_book", "borrow_book", "state"].why in ("below_limit", "on_the_shelf")
    assert all(e.evidence for e in found.values())


def test_what_was_seen_once_counts_only_if_it_is_seen_again() -> None:
    world = world_of("lending")
    sighted = sight_edges(world)
    assert shown_again(world, sighted) == [seen.edge for seen in sighted]
    others = {seen.edge.type: seen for seen in sighted}
    turned = [
        replace(seen, edge=replace(seen.edge, type={"state": "conflict", "conflict": "state"}[seen.edge.type]))
        for seen in others.values()
    ]
    idle = [replace(seen, first={}) for seen in sighted]
    assert shown_again(world, [*turned, *idle]) == []


def test_confirming_twice_gives_the_same_edges() -> None:
    assert confirm_edges(world_of("lending")) == confirm_edges(world_of("lending"))


def test_an_edge_that_would_close_a_cycle_is_left_out_and_said_so() -> None:
    graph = graph_of(STORY, BACK)
    assert graph_faults(graph) == []
    assert [(e["source"], e["target"]) for e in graph["left_out"]] == [("borrow_book", "return_book")]


def test_conflicts_do_not_count_as_cycles() -> None:
    conflict = Edge("borrow_book", "return_book", "conflict", "x", "seen")
    graph = assemble(library(), [conflict], [STORY]).as_json()
    assert graph_faults(graph) == []
    assert tool_graph_picture(graph, "library").startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda g: g["edges"].clear(), "is a root and authorizes nobody"),
        (lambda g: g["nodes"].append({"tool": "lonely", "access": "read"}), "lonely is not reached"),
        (
            lambda g: g["edges"].append({"source": "borrow_book", "target": "find_books", "type": "state"}),
            "has a cycle",
        ),
    ],
)
def test_a_spoiled_graph_is_described(spoil: Any, fault: str) -> None:
    graph = graph_of(STORY)
    spoil(graph)
    assert any(fault in found for found in graph_faults(graph))
