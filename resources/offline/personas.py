"""Manners of writing to a service desk, as varied as their number allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"manners": […]}``: each trait is spread evenly over them, then what does not go together is repaired."""
    traits: dict[str, list[str]] = words("personas")["traits"]
    count = int(variables["count"])
    columns = {trait: _spread(values, count, draws) for trait, values in traits.items()}
    manners = [{trait: columns[trait][k] for trait in traits} for k in range(count)]
    return {"manners": [_consistent(manner) for manner in manners]}


def _spread(values: list[str], count: int, draws: Draws) -> list[str]:
    rounds = -(-count // len(values))
    return draws.shuffled([value for _ in range(rounds) for value in draws.shuffled(values)][:count])


def _consistent(manner: dict[str, str]) -> dict[str, str]:
    for repair in words("personas")["repairs"]:
        if all(manner[trait] in values for trait, values in repair["when"].items()):
            manner = {**manner, **repair["then"]}
    return manner
