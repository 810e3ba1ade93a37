"""Choices that depend on their keys alone, so that the same ask is answered alike on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A stream of choices named by its keys. Equal keys give equal streams; no floating point is involved.

    ``attempt`` counts from 0 how often the same thing was drawn before and not accepted; it is one of the keys.
    """

    def __init__(self, *keys: object, attempt: int = 0) -> None:
        self.attempt = attempt
        self._root = "\x1f".join(map(str, (*keys, attempt))).encode()
        self._count = 0

    def below(self, bound: int) -> int:
        """A number in [0, bound). Raises ValueError for a bound below 1."""
        if bound < 1:
            raise ValueError("nothing to choose from")
        self._count += 1
        digest = hashlib.blake2b(self._root + b"\x1e%d" % self._count, digest_size=8).digest()
        return int.from_bytes(digest, "big") % bound

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely as the others."""
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a drawn order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(len(rest))]
