"""Every listing of a service's tools is the same: contract, OpenAI form, MCP host, stand-alone server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from mcp import Client

from skiller_assets.service.conformance_runner import load
from skiller_assets.service.tool_list import openai_tools
from skiller_assets.world.builtins import SCHEMAS
from skiller_assets.world.image import World
from skiller_assets.world.listing import tool_cards
from skiller_assets.world.mcp_host import SessionRegistry, make_server
from skiller_assets_tests.service.servers import laid_out, server_source
from skiller_assets_tests.worlds import library, library_world

Listing = dict[str, tuple[str, Any]]


def openai_listing(world: World) -> Listing:
    functions = [tool["function"] for tool in openai_tools(world.program.compiled)]
    return {f["name"]: (f["description"], f["parameters"]) for f in functions}


def mcp_listing(world: World) -> Listing:
    async def ask() -> Listing:
        async with Client(make_server(world, SessionRegistry(world)), mode="legacy") as client:
            return {t.name: (t.description or "", t.input_schema) for t in (await client.list_tools()).tools}

    return asyncio.run(ask())


def server_listing(world: World, folder: Path) -> Listing:
    server, _ = laid_out(folder, server_source(world), world)
    return {t["name"]: (t["description"], t["input_schema"]) for t in load(server).list_tools()}


def test_all_listings_agree_to_the_parameter(generated_world: World, tmp_path: Path) -> None:
    listing = openai_listing(generated_world)
    assert mcp_listing(generated_world) == listing
    assert server_listing(generated_world, tmp_path) == listing


def test_the_listed_schema_is_the_one_that_the_engine_applies(generated_world: World) -> None:
    listing = openai_listing(generated_world)
    for name, tool in generated_world.program.compiled.tools.items():
        assert listing[name][1] == tool.schema
    assert {name: listing[name][1] for name in SCHEMAS} == {name: schema for name, (_, schema) in SCHEMAS.items()}


def test_a_description_tells_an_agent_what_it_needs_before_and_what_to_ask() -> None:
    cards = {card.name: card for card in tool_cards(library())}
    assert cards["authorize_member"].description.endswith("Every tool that acts for the member needs it first.")
    assert "Needs an authorized member." in cards["list_my_loans"].description
    assert "get the customer's yes first" in cards["borrow_book"].description
    assert "only returns a preview" in cards["return_book"].description


def test_only_tools_that_change_nothing_are_marked_as_read_only() -> None:
    read_only = {card.name for card in tool_cards(library()) if card.read_only}
    assert read_only == {"authorize_member", "list_my_loans", "find_books", "calculate"}


def test_the_tools_of_a_service_come_in_the_contracts_order_and_the_built_in_ones_last() -> None:
    names = [tool["function"]["name"] for tool in openai_tools(library_world().program.compiled)]
    assert names == [*library().tools, "calculate", "transfer_to_human"]
