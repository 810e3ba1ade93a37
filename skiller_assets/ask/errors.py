"""What can go wrong when something is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AskError(Exception):
    """Base of everything that the door raises."""


@dataclass(frozen=True)
class Turn:
    """One reply and what was wrong with it; no complaints when it was accepted."""

    reply: str
    complaints: tuple[str, ...]


class AskFailed(AskError):
    """No acceptable reply within the bound; ``transcript`` holds every reply with its complaints."""

    def __init__(self, name: str, model: str, transcript: Sequence[Turn]) -> None:
        self.name = name
        self.model = model
        self.transcript = tuple(transcript)
        last = "; ".join(self.transcript[-1].complaints) if self.transcript else "nothing was asked"
        super().__init__(f"ask {name!r}: {model} gave no acceptable reply in {len(self.transcript)} attempts: {last}")


class ProviderFailed(AskError):
    """The provider could not answer at all: it does not know the ask, or its endpoint is out of reach."""


class CannotAnswer(ProviderFailed):
    """The provider does not know what it was asked about. Asked again, it will say so again, until it learns of it."""


class AskingEnded(ProviderFailed):
    """Nothing will be answered until somebody changes something: the key, the account, what may be spent."""


class CacheFailed(AskError):
    """Replies or the ledger cannot be kept on disk; names the place."""
