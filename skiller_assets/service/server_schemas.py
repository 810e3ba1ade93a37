"""Argument schemas that read well: what all values of a type share has a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skiller_assets.contract.model import Parameter
from skiller_assets.contract.values import schema_of
from skiller_assets.service.python_layout import SPREAD, literal


def _plain(type_: str) -> dict[str, Any]:
    schema = schema_of(Parameter.model_validate({"type": type_, "describe": "any"}), "USD")
    return {key: value for key, value in schema.items() if key != "description"}


NAMED: Mapping[str, dict[str, Any]] = {
    "ID": _plain("id"),
    "TEXT": _plain("text"),
    "DATE": _plain("date"),
    "DATETIME": _plain("datetime"),
    "TIME": _plain("time"),
    "WHOLE_NUMBER": _plain("integer"),
}


def shortened(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its common part as ``**NAME``, in objects and lists as well."""
    found = dict(schema)
    if "items" in found:
        found["items"] = shortened(found["items"])
    if "properties" in found:
        found["properties"] = {name: shortened(inner) for name, inner in found["properties"].items()}
    for name, common in NAMED.items():
        if all(found.get(key) == value for key, value in common.items()):
            return {SPREAD: name, **{key: value for key, value in found.items() if key not in common}}
    return found


def definitions(code: str) -> list[str]:
    """The named parts that the code uses, as assignments."""
    return [f"{name} = {literal(common)}" for name, common in NAMED.items() if f"**{name}" in code]
