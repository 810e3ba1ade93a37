"""Identifiers in a declared format: the k-th id of a table, without repetition and without a counter's look."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and O: they are read as 1 and 0


class IdSpaceExhausted(Exception):
    """A table needs more ids than its format can spell."""


@dataclass(frozen=True)
class IdFormat:
    """``format`` with ``#`` for a digit and ``@`` for a letter; ``salt`` (the table's name) shuffles the order.

    The order is an affine permutation of the format's whole space, so ids never repeat and the k-th id
    depends on nothing but format, salt and k.
    """

    format: str
    salt: str

    @cached_property
    def size(self) -> int:
        """How many ids the format can spell."""
        return int(10 ** self.format.count("#") * len(LETTERS) ** self.format.count("@"))

    @cached_property
    def _affine(self) -> tuple[int, int]:
        digest = hashlib.sha256(f"{self.salt}|{self.format}".encode()).digest()
        factor = int.from_bytes(digest[:8], "big") % self.size | 1
        while math.gcd(factor, self.size) != 1:
            factor += 2
        return factor, int.from_bytes(digest[8:16], "big") % self.size

    def at(self, k: int) -> str:
        """The k-th id, k from 0. Raises IdSpaceExhausted."""
        if k >= self.size:
            raise IdSpaceExhausted(
                f"{self.salt}: format {self.format!r} spells {self.size} ids and id number {k + 1} was asked for; "
                "use a longer format"
            )
        factor, offset = self._affine
        rest = (factor * k + offset) % self.size
        out: list[str] = []
        for mark in reversed(self.format):
            alphabet = {"#": DIGITS, "@": LETTERS}.get(mark)
            if alphabet is None:
                out.append(mark)
            else:
                rest, place = divmod(rest, len(alphabet))
                out.append(alphabet[place])
        return "".join(reversed(out))


def format_of(table: str, declared: str | None) -> IdFormat:
    """The id format of a table: the declared one, or the initials of its name and six digits.

    A namespace (``airline__flight``) does not change the ids: a fused table keeps those of its domain.
    """
    plain = table.rsplit("__", 1)[-1]
    initials = "".join(word[0] for word in plain.split("_")).upper()
    return IdFormat(declared or f"{initials}-######", plain)
