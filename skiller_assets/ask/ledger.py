"""The account of what was asked: one JSON line an ask."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skiller_assets.ask.errors import CacheFailed
from skiller_assets.ask.request import canonical


@dataclass(frozen=True)
class Entry:
    """One ask: what came of it, after how many attempts (``cached`` of them for nothing), and what it cost.

    ``key`` is the cache key of the first attempt; ``seconds`` are wall-clock, validation included.
    """

    name: str
    key: str
    model: str
    accepted: bool
    attempts: int
    cached: int
    complaints: tuple[str, ...]
    seconds: float
    input_tokens: int
    output_tokens: int


class Ledger:
    """A file that only grows; each line is one write, so that writers in several processes do not mix."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, entry: Entry) -> None:
        """Appends one line. Raises :class:`CacheFailed` when the disk does not take it."""
        line = (canonical(vars(entry)) + "\n").encode()
        try:
            handle = self._open()
            try:
                os.write(handle, line)
            finally:
                os.close(handle)
        except OSError as error:
            raise CacheFailed(f"the ledger {self._path} cannot be written: {error.strerror}") from error

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            return os.open(self._path, flags, 0o644)
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self._path, flags, 0o644)

    def entries(self) -> Iterator[Entry]:
        """Every whole line, oldest first. A line that a crash cut short is passed over: its ask was not accounted."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    fields = json.loads(line)
                except ValueError:
                    continue
                yield Entry(**{**fields, "complaints": tuple(fields["complaints"])})
