"""Arguments that do not fit a tool's schema, each wrong in one way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skiller_assets.contract.values import JsonValue

_LONE_SURROGATE = "\ud83d"
_HUGE = 10**30
_OTHER_TYPE: Mapping[str, tuple[JsonValue, ...]] = {
    "string": (7, True, ["a"]),
    "integer": ("1", 1.5, 1.0, True),
    "number": ("1.00", True, [1]),
    "boolean": ("true", 0, 1),
    "array": ("a", {}),
    "object": ("a", []),
}


def spoiled(schema: Mapping[str, Any], good: Mapping[str, JsonValue]) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    """What is wrong, in a word, and the arguments; ``good`` fits the schema but for this one thing."""
    yield "unknown", {**good, "no_such_argument": 1}
    for name in schema["required"]:
        yield f"missing {name}", {n: v for n, v in good.items() if n != name}
    for name, inner in schema["properties"].items():
        for what, value in _spoiled_values(inner, good.get(name)):
            yield f"{what} {name}", {**good, name: value}


def _spoiled_values(schema: Mapping[str, Any], good: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    kind = schema["type"]
    yield "empty", None
    for other in _OTHER_TYPE[kind]:
        yield "mistyped", other
    if kind == "string":
        yield from _spoiled_text(schema)
    elif kind in ("integer", "number"):
        yield "huge", _HUGE
        yield "tiny", -_HUGE
        for bound, beyond in (("minimum", -1), ("maximum", 1)):
            if bound in schema:
                yield f"beyond the {bound}", schema[bound] + beyond
        if kind == "number":
            yield "too exact", 12.345
    elif kind == "array":
        yield from _spoiled_list(schema, good)


def _spoiled_text(schema: Mapping[str, Any]) -> Iterator[tuple[str, JsonValue]]:
    yield "blank", ""
    yield "surrogate", _LONE_SURROGATE
    yield "nul", "a\0b"
    if "enum" in schema:
        yield "unlisted", "something else"
        yield "wrong case", str(schema["enum"][0]).swapcase()
    if "maxLength" in schema:
        yield "too long", "x" * (schema["maxLength"] + 1)
    if "T(" in schema.get("pattern", ""):
        yield from (("impossible", "2025-02-30T10:00:00"), ("shapeless", "2025-03-12 10:00"))
    elif "pattern" in schema:
        yield from (("impossible", "2025-02-30"), ("shapeless", "12/03/2025"), ("line break", "2025-03-12\n"))


def _spoiled_list(schema: Mapping[str, Any], good: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    items = list(good) if isinstance(good, list) else []
    yield "too few", items[: schema["minItems"] - 1] if schema["minItems"] else [None]
    if items:
        yield "too many", items[:1] * (schema["maxItems"] + 1)
        inner = schema["items"]
        bad = spoiled(inner, items[0]) if inner["type"] == "object" else _spoiled_values(inner, items[0])
        yield from ((f"item {what} in", [value, *items[1:]]) for what, value in bad)
