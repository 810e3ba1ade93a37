"""Pools are read in the forms in which they are published; what cannot be used is set aside with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ontology.tool_pool.model import PoolTool
from skiller_assets.ontology.tool_pool.normalise import NotATool, as_tool
from skiller_assets.ontology.tool_pool.read import PoolError, read_pool
from skiller_assets_tests.ontology.tool_pool.pools import pool, write

BARE = {"name": "findRooms", "description": "Find rooms.", "parameters": {"city": "The city."}}


def by_name(name: str) -> PoolTool:
    return next(tool for tool in pool().tools if tool.name == name)


def test_every_tool_of_every_form_is_read() -> None:
    assert (pool().read, len(pool().tools), pool().unusable) == (39, 39, ())
    booked, listed, registered = by_name("book_class"), by_name("list_parcels"), by_name("register_device")
    assert (booked.public, [f.name for f in booked.parameters]) == (
        "bookClass",
        ["class_id", "class_date", "guest_count"],
    )
    assert [f.required for f in booked.parameters] == [True, True, False]
    assert {"parcel_id", "declared_value"} <= {f.name for f in listed.results}, "rows of a list are results"
    assert [f.name for f in registered.results] == ["device_id"]


def test_plain_maps_of_names_are_schemas_too() -> None:
    tool = as_tool({**BARE, "returns": {"room_id": "The room.", "price": {"type": "float"}}}, "x.json:1")
    assert (tool.name, tool.parameters[0].describe) == ("find_rooms", "The city.")
    assert [(f.name, f.type) for f in tool.results] == [("room_id", "string"), ("price", "number")]


def test_the_parts_of_an_object_are_parameters_of_their_own() -> None:
    updates = {"type": "dict", "properties": {"title": {"type": "string"}, "priority": {"type": "integer"}}}
    tool = as_tool({"name": "edit", "parameters": {"type": "dict", "properties": {"updates": updates}}}, "x.json:1")
    assert [(f.name, f.type) for f in tool.parameters] == [("title", "string"), ("priority", "integer")]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (["find_rooms"], "unknown shape: an object is expected and not list"),
        ({"description": "No name."}, "unknown shape: there is no `name`"),
        ({"name": "¡¿", "parameters": {}}, "unknown shape"),
        ({"name": "a", "parameters": ["city"]}, "unusable schema: parameters is list"),
        ({"name": "a", "parameters": {"city": 3}}, "unusable schema: city is described by int"),
        ({"name": "a", "parameters": {"city": {"type": "quaternion"}}}, "city has the unknown type 'quaternion'"),
        ({"name": "a", "parameters": {"city": {"type": "string", "enum": "x"}}}, "the enum of city is no list"),
        ({"name": "a", "parameters": {"myCity": "x", "my_city": "y"}}, "myCity and my_city are one name here"),
    ],
)
def test_what_is_no_tool_is_named_with_the_reason(entry: Any, reason: str) -> None:
    with pytest.raises(NotATool, match=reason.replace("`", ".")):
        as_tool(entry, "x.json:1")


def test_bad_entries_are_set_aside_and_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [BARE, {"name": "b", "parameters": 3}, BARE])
    write(tmp_path / "b.json", [{**BARE, "name": "find_rooms", "description": "Another."}])
    found = read_pool([tmp_path])
    assert [tool.name for tool in found.tools] == ["find_rooms"]
    assert [(u.source, u.reason) for u in found.unusable] == [
        ("a.json:2", "unusable schema: parameters is int and not an object"),
        ("a.json:3", "its name stands in a.json:1 already"),
        ("b.json:1", "its name stands in a.json:1 already"),
    ]
    assert found.read == 4


def test_what_all_descriptions_of_a_file_begin_with_is_taken_off(tmp_path: Path) -> None:
    about = "This tool belongs to the room service of the house. "
    write(
        tmp_path / "a.json", [{"name": n, "description": f"{about}Do {n}."} for n in ("book_room", "free_room", "see")]
    )
    assert [tool.describe for tool in read_pool([tmp_path]).tools] == ["book_room.", "free_room.", "see."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{nonsense", "neither JSON nor JSON lines"),
        ('{"rooms": 3}', "is no list of tools"),
        ("3", "is no list of tools"),
    ],
)
def test_a_file_that_is_no_pool_is_named(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(PoolError, match=rf"a\.json.*{told}"):
        read_pool([tmp_path])


def test_a_place_that_does_not_exist_or_is_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="does not exist"):
        read_pool([tmp_path / "none.json"])
    with pytest.raises(PoolError, match=r"holds no \*\.json"):
        read_pool([tmp_path])
