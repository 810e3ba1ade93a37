"""Names that exist, beside one that does not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest_first(name: str, known: Iterable[str]) -> list[str]:
    """The known names, those most like ``name`` first; what is alike to the same degree keeps its order."""
    return sorted(known, key=lambda other: -likeness(name, other))


def likeness(name: str, other: str) -> float:
    """How alike two names are, 0 to 1."""
    return SequenceMatcher(None, name, other).ratio()
