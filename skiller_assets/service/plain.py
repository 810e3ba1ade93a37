"""Dataclasses as JSON text, without the copies that ``dataclasses.asdict`` makes of everything inside."""

from __future__ import annotations

from typing import Any


def members(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, as they are: the ``default`` of ``json.dumps``.

    Raises TypeError for anything else, as ``json.dumps`` expects.
    """
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None:
        raise TypeError(f"{type(value).__name__} is not JSON")
    return {name: getattr(value, name) for name in fields}
