"""Asking for JSON of a schema, in the strictest way that an endpoint understands."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Literal

Way = Literal["schema", "object", "plain"]
WAYS: tuple[Way, ...] = ("schema", "object", "plain")
"""From the strictest: JSON of the schema, any JSON object, whatever the model writes."""


class Ways:
    """The way that each model of an endpoint understands, learnt from its refusals; shared by threads."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._changing = threading.Lock()

    def of(self, model: str) -> Way:
        """The strictest way that the model has not refused."""
        return WAYS[self._known.get(model, 0)]

    def refused(self, model: str, way: Way) -> bool:
        """Notes that a model does not understand a way; False when there is none below it."""
        below = WAYS.index(way) + 1
        if below == len(WAYS):
            return False
        with self._changing:
            self._known[model] = max(below, self._known.get(model, 0))
        return True


def response_format(way: Way, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a request that ask for a reply in a way; none for plain text."""
    if way == "schema":
        wanted = {"name": name, "schema": dict(schema), "strict": is_strict(schema)}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}
    return {"response_format": {"type": "json_object"}} if way == "object" else {}


def is_strict(schema: Any) -> bool:
    """Whether strict mode takes a schema: each object closed, with all of its properties required
    (https://platform.openai.com/docs/guides/structured-outputs, as of 2025).
    """
    if isinstance(schema, list):
        return all(is_strict(item) for item in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
        return all(is_strict(value) for value in properties.values()) and is_strict(schema.get("$defs"))
    return all(is_strict(value) for value in schema.values())
