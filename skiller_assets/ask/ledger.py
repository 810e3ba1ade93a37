"""The account of what was asked and what was paid for it: two files of JSON lines that only grow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skiller_assets.ask.errors import CacheFailed
from skiller_assets.ask.files import add_line
from skiller_assets.ask.request import canonical


@dataclass(frozen=True)
class Entry:
    """One ask: for which artifact, what came of it, after how many attempts, ``kept`` of them for nothing.

    ``key`` is the cache key of the first attempt; ``seconds`` are wall-clock, waiting and validation included.
    """

    name: str
    at: str
    key: str
    model: str
    accepted: bool
    attempts: int
    kept: int
    complaints: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Payment:
    """One reply that an endpoint gave: for which artifact, its tokens, and how long it took with how many tries.

    ``cached_tokens`` are those of ``input_tokens`` that the endpoint had kept from before; ``estimated``: the endpoint
    did not count them. ``key`` is where the reply is kept.
    """

    name: str
    at: str
    key: str
    model: str
    finish: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    estimated: bool
    tries: int
    seconds: float


class Ledger:
    """A folder with ``ledger.jsonl`` (asks) and ``payments.jsonl`` (replies). Each line is one write, so that writers
    in several processes do not mix; one that a crash cut short is passed over: it was not accounted.
    """

    def __init__(self, folder: Path) -> None:
        self._asks = folder / "ledger.jsonl"
        self._payments = folder / "payments.jsonl"

    def add(self, entry: Entry) -> None:
        """Notes an ask. Raises :class:`CacheFailed` when the disk does not take it."""
        _append(self._asks, vars(entry))

    def pay(self, payment: Payment) -> None:
        """Notes a reply. Raises :class:`CacheFailed` when the disk does not take it."""
        _append(self._payments, vars(payment))

    def entries(self) -> Iterator[Entry]:
        """Every ask, oldest first."""
        for fields in _lines(self._asks, 0)[1]:
            yield Entry(**{**fields, "complaints": tuple(fields["complaints"])})

    def payments(self) -> Iterator[Payment]:
        """Every reply, oldest first."""
        yield from self.payments_since(0)[1]

    def payments_since(self, offset: int) -> tuple[int, list[Payment]]:
        """The replies noted beyond a place in the file (0: the beginning), and the place to go on from."""
        end, lines = _lines(self._payments, offset)
        return end, [Payment(**fields) for fields in lines]


def _append(path: Path, fields: dict[str, Any]) -> None:
    try:
        add_line(path, (canonical(fields) + "\n").encode())
    except OSError as error:
        raise CacheFailed(f"the ledger {path} cannot be written: {error.strerror}") from error


def _lines(path: Path, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """The records of the whole lines from a place on, and where they end."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return offset, []
    whole = data[: data.rfind(b"\n") + 1]
    return offset + len(whole), [record for line in whole.splitlines() if (record := _record(line)) is not None]


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
