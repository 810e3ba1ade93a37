"""One entry of a pool in the form of this package, whichever of the published forms it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from skiller_assets.ontology.tool_pool.model import Field, PoolTool
from skiller_assets.ontology.tool_pool.words import snake

_TYPES = {
    "string": "string", "str": "string", "text": "string", "char": "string", "any": "string", "date": "string",
    "integer": "integer", "int": "integer", "long": "integer", "number": "number", "float": "number",
    "double": "number", "boolean": "boolean", "bool": "boolean", "array": "array", "list": "array", "tuple": "array",
    "arraylist": "array", "object": "object", "dict": "object", "hashmap": "object", "null": "null",
}  # fmt: skip
_PARAMETERS = ("parameters", "inputSchema", "input_schema", "args")
_RESULTS = ("returns", "response", "output", "outputSchema", "output_schema", "results")


class NotATool(Exception):
    """An entry that cannot be used, with the name it gives itself (if any) and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(f"{name or 'an entry without a name'}: {reason}")


def as_tool(entry: Any, source: str) -> PoolTool:
    """A tool from its entry. Raises NotATool with the reason why it is none."""
    if not isinstance(entry, Mapping):
        raise NotATool("", f"unknown shape: an object is expected and not {type(entry).__name__}")
    body = entry["function"] if isinstance(entry.get("function"), Mapping) else entry
    public = body.get("name")
    if not isinstance(public, str) or not snake(public):
        raise NotATool(str(public or ""), "unknown shape: there is no `name` that is an identifier")
    given: Any = next((body[key] for key in _PARAMETERS if body.get(key) is not None), {})
    described = next((body[key] for key in _RESULTS if body.get(key)), None)
    return PoolTool(
        name=snake(public),
        public=public,
        describe=" ".join(str(body.get("description") or "").split()),
        parameters=tuple(_unique(public, _fields(public, given, "parameters"))),
        results=tuple(_results(public, described)),
        source=source,
    )


def _fields(tool: str, schema: Any, where: str) -> Iterator[Field]:
    """The fields of a JSON Schema object, or of a plain map from names to descriptions or schemas.

    The fields of an object inside count as its own: the contract language has no parameters with parts.
    """
    if not isinstance(schema, Mapping):
        raise NotATool(tool, f"unusable schema: {where} is {type(schema).__name__} and not an object")
    if "properties" in schema or schema.get("type") in ("object", "dict"):
        properties = schema.get("properties") or {}
        required = schema.get("required") or []
    else:
        properties = schema
        required = [name for name, value in schema.items() if isinstance(value, Mapping) and value.get("required")]
    if not isinstance(properties, Mapping) or not isinstance(required, list | tuple):
        raise NotATool(tool, f"unusable schema: the properties of {where} are no object, or `required` is no list")
    for name, value in properties.items():
        inner = value.get("properties") if isinstance(value, Mapping) else None
        if inner and isinstance(inner, Mapping):
            for field in _fields(tool, value, str(name)):
                yield replace(field, required=field.required and name in required)
        else:
            yield _field(tool, str(name), value, name in required)


def _field(tool: str, name: str, value: Any, required: bool) -> Field:
    if isinstance(value, str):
        return Field(_named(tool, name), name, "string", value, required)
    if not isinstance(value, Mapping):
        raise NotATool(tool, f"unusable schema: {name} is described by {type(value).__name__}")
    items = value.get("items")
    enum = value.get("enum")
    if enum is not None and not isinstance(enum, list | tuple):
        raise NotATool(tool, f"unusable schema: the enum of {name} is no list")
    return Field(
        name=_named(tool, name),
        path=name,
        type=_type(tool, name, value),
        describe=" ".join(str(value.get("description") or "").split()),
        required=required,
        enum=tuple(str(word) for word in enum or ()),
        minimum=_number(value.get("minimum")),
        maximum=_number(value.get("maximum")),
        items=_type(tool, name, items) if isinstance(items, Mapping) else None,
    )


def _named(tool: str, name: str) -> str:
    if not snake(name):
        raise NotATool(tool, f"unusable schema: {name!r} cannot be the name of a parameter")
    return snake(name)


def _type(tool: str, name: str, schema: Mapping[str, Any]) -> str:
    word = schema.get("type")
    if isinstance(word, list):
        word = next((w for w in word if w != "null"), "string")
    if word is None:
        word = "object" if "properties" in schema else "string"
    if not isinstance(word, str) or word.lower() not in _TYPES:
        raise NotATool(tool, f"unusable schema: {name} has the unknown type {word!r}")
    return _TYPES[word.lower()]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _results(tool: str, described: Any) -> Iterator[Field]:
    """The fields of a result; those of the rows of a list, or of an object one level down, count as its own."""
    if isinstance(described, list):
        described = described[0] if described else {}
    if not isinstance(described, Mapping):
        return
    if described.get("type") in ("array", "list", "tuple") and isinstance(described.get("items"), Mapping):
        described = described["items"]
    nested: list[Any] = []
    try:
        for field in _unique(tool, _fields(tool, described, "the result")):
            if field.type not in ("object", "array"):
                yield field
        nested = list((described.get("properties") or {}).values())
    except NotATool:
        return
    for value in nested:
        inner = value.get("items", value) if isinstance(value, Mapping) else {}
        if isinstance(inner, Mapping) and inner is not value and isinstance(inner.get("properties"), Mapping):
            yield from _results(tool, {"properties": inner["properties"]})


def _unique(tool: str, fields: Iterator[Field]) -> Iterator[Field]:
    seen: dict[str, str] = {}
    for field in fields:
        if seen.setdefault(field.name, field.path) != field.path:
            raise NotATool(tool, f"unusable schema: {seen[field.name]} and {field.path} are one name here")
        yield field
