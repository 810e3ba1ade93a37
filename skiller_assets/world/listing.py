"""What a service tells its callers about its tools: names, descriptions, argument schemas.

Every listing (the tool list, MCP in both hosts, the stand-alone server) is made from these cards, so they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.compile import CompiledContract, CompiledTool
from skiller_assets.contract.wording import render, say_name
from skiller_assets.world.builtins import SCHEMAS as BUILTINS
from skiller_assets.world.builtins import TRANSFER

_CONFIRM = {
    "agent": "Changes data: get the customer's yes first.",
    "tool": "Changes data in two steps: without confirm it only returns a preview of what would change.",
    "none": "Changes data.",
}


@dataclass(frozen=True)
class ToolCard:
    """One tool as a caller sees it; ``schema`` is the closed JSON Schema that the engine applies."""

    name: str
    description: str
    schema: Mapping[str, Any]
    read_only: bool


def tool_cards(compiled: CompiledContract) -> tuple[ToolCard, ...]:
    """The tools of a service in the contract's order, the built-in ones last."""
    own = [_card(compiled, tool) for tool in compiled.tools.values()]
    return (*own, *(builtin_card(name) for name in sorted(BUILTINS)))


def builtin_card(name: str) -> ToolCard:
    """The card of a built-in tool. Raises KeyError for any other."""
    description, schema = BUILTINS[name]
    return ToolCard(name, description, schema, name != TRANSFER)


def _card(compiled: CompiledContract, tool: CompiledTool) -> ToolCard:
    person = say_name(tool.principal)
    if tool.tool.access == "authorize":
        hints = [f"Every tool that acts for the {person} needs it first."]
    else:
        hints = [f"Needs an authorized {person}."]
    if tool.tool.access == "write":
        hints.append(_CONFIRM[tool.confirm])
    words = " ".join([render(compiled.contract, tool.tool.describe), *hints]).split()
    return ToolCard(tool.name, " ".join(words), tool.schema, tool.tool.access != "write")
