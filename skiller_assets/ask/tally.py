"""What the asks of one artifact came to."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from skiller_assets.ask.errors import Turn
from skiller_assets.ask.ledger import Entry, Payment
from skiller_assets.ask.provider import Prompt


@dataclass(frozen=True)
class Failed:
    """A conversation that led nowhere: what was asked, every reply, and what was wrong with each."""

    prompt: Prompt
    model: str
    transcript: tuple[Turn, ...]


@dataclass
class Tally:
    """Asks, payments and failed conversations, in the order in which they ended. Shared by threads."""

    entries: list[Entry] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    _adding: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: Entry, payments: Iterable[Payment], failed: Sequence[Failed] = ()) -> None:
        """Notes one ask."""
        with self._adding:
            self.entries.append(entry)
            self.payments += payments
            self.failed += failed
