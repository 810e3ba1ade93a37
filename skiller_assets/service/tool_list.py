"""The tools of a service in the form in which language models take them."""

from __future__ import annotations

from typing import Any

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.world.listing import tool_cards


def openai_tools(compiled: CompiledContract) -> list[dict[str, Any]]:
    """OpenAI function tools: exactly what the engine accepts, built-in tools included."""
    return [
        {
            "type": "function",
            "function": {"name": card.name, "description": card.description, "parameters": dict(card.schema)},
        }
        for card in tool_cards(compiled)
    ]
