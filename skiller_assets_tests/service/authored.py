"""A service far from the catalogue, as a model that has only read the prompts replied; one file for each ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from skiller_assets.ontology.outline import Outline, outline_json
from skiller_assets.service.authoring.merge import Raw, outlined, with_data, with_talk, with_tools
from skiller_assets.service.authoring.parts import DataPart, TalkPart, ToolsPart
from skiller_assets.world.generate import WorldSpec
from skiller_assets_tests.composed import NOW

FOLDER = Path(__file__).parents[1] / "data" / "court_interpreters"
ASKS = ("entities", "outline", "blueprint_data", "blueprint_tools", "blueprint_talk")
SPEC = WorldSpec(1, NOW, 300)
GONE = object()
"""Planted at a path, it takes away what is there."""


def reply(name: str) -> dict[str, Any]:
    """The reply to an ask, or the ``topic``; a fresh copy."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def planted(name: str, path: Sequence[str | int], value: Any) -> dict[str, Any]:
    """The reply with one value in it changed."""
    found = reply(name)
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return found


@cache
def _outlined() -> str:
    outline = outline_json(Outline.model_validate(reply("outline")))
    return json.dumps(outlined(reply("topic")["domain"], outline))


def tables() -> Raw:
    """The contract after its outline."""
    found: Raw = json.loads(_outlined())
    return found


def with_its_data() -> Raw:
    """The contract after its data."""
    return with_data(tables(), DataPart.model_validate(reply("blueprint_data")))


def with_its_tools() -> Raw:
    """The contract after its tools."""
    return with_tools(with_its_data(), ToolsPart.model_validate(reply("blueprint_tools")))


def whole() -> Raw:
    """The whole contract."""
    return with_talk(with_its_tools(), TalkPart.model_validate(reply("blueprint_talk")))
