"""Edges in doubt are put to an author; what it confirms stands, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skiller_assets.ask import AskFailed
from skiller_assets.ontology.tool_pool.dependencies import Dependencies, Edge, depend
from skiller_assets.ontology.tool_pool.refine import refine
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.ontology.tool_pool.pools import tool


def doubtful() -> Dependencies:
    """Two edges in doubt: one between tools on one object, one that only shares a word."""
    tools = [
        tool("list_rooms", results={"room_no": "string"}),
        tool("clean_room", room_number="string"),
        tool("delete_room", room_code="string"),
        tool("paint_hall", hall_no="string"),
    ]
    graph = depend(tools)
    edges = (
        Edge("list_rooms", "delete_room", "fills", 500, "room_no", "room_code"),
        Edge("list_rooms", "paint_hall", "fills", 480, "room_no", "hall_no"),
    )
    return Dependencies(graph.tools, graph.readings, (), edges)


def reply(*verdicts: tuple[int, bool]) -> str:
    return json.dumps({"verdicts": [{"number": n, "holds": holds} for n, holds in verdicts]})


def test_confirmed_edges_stand_and_none_is_in_doubt_any_more(tmp_path: Path) -> None:
    provider = Scripted([reply((1, False), (2, True))])
    found = refine(doubtful(), door_to(provider, tmp_path))
    assert [(e.target, e.parameter) for e in found.edges] == [("paint_hall", "hall_no")]
    assert found.borderline == ()
    assert "`list_rooms`" in provider.prompts[0].text
    assert "takes `hall_no`" in provider.prompts[0].text
    assert "each of the edges 1 to 2 exactly once" in provider.prompts[0].text


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (reply((1, True)), "edge 2 is not judged"),
        (reply((1, True), (2, True), (3, True)), "there is no edge 3; they are 1 to 2"),
        (reply((1, True), (2, True)).replace("true", '"yes"'), "verdicts.0.holds: Input should be a valid boolean"),
        (reply((1, True), (2, True)).replace("true", "1"), "verdicts.0.holds: Input should be a valid boolean"),
        ('{"verdicts": [{"number": 1}, {"number": 2}]}', "verdicts.0.holds: Field required"),
        ("Both hold.", "Invalid JSON"),
        (reply((1, True), (1, False), (2, True)), "edge 1 is judged more than once"),
    ],
)
def test_an_incomplete_judgement_is_refused(tmp_path: Path, given: str, complaint: str) -> None:
    with pytest.raises(AskFailed, match=complaint):
        refine(doubtful(), door_to(Scripted([given] * 5), tmp_path))


def test_offline_what_is_about_one_object_is_confirmed_and_the_rest_stays_in_doubt(tmp_path: Path) -> None:
    found = refine(doubtful(), offline_door(tmp_path))
    assert [(e.source, e.target) for e in found.edges] == [("list_rooms", "delete_room")]


def test_without_doubts_nobody_is_asked(tmp_path: Path) -> None:
    graph = depend([tool("list_rooms")])
    assert refine(graph, door_to(Scripted([]), tmp_path)) == graph
