"""The entities and the outline of a service, taken from its composed contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline import blueprint
from resources.offline.catalogue import Catalogue
from skiller_assets.ask import Prompt

_HEAD = ("title", "describe", "context", "currency", "principals")
_HOW_ROWS_ARISE = ("population",)


def write_entities(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """``{"entities": {name: entity}}``, the person first. Raises CannotAnswer for an unknown topic."""
    return {"entities": blueprint.whole(prompt, catalogue, seed)["entities"]}


def write_outline(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """What a service is, and its tables without how their rows arise. Raises CannotAnswer for an unknown topic.

    Entities are those that were agreed upon before.
    """
    contract = blueprint.whole(prompt, catalogue, seed)
    relationships = {name: _declared(table) for name, table in contract.get("relationships", {}).items()}
    entities = prompt.variables["entities"]
    return {**{key: contract[key] for key in _HEAD}, "entities": entities, "relationships": relationships}


def _declared(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table as it is declared; which rows it has is up to the blueprint."""
    declared = {key: value for key, value in table.items() if key not in (*_HOW_ROWS_ARISE, "children")}
    if "children" in table:
        declared["children"] = {name: _declared(child) for name, child in table["children"].items()}
    return declared
