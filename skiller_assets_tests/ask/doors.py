"""Doors for tests: a provider that says what it is told to, and one with the offline author behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resources.offline import OfflineAuthor
from skiller_assets.ask import Completion, Door, Prompt, ProviderFailed, Role
from skiller_assets.ask.cache import ReplyCache
from skiller_assets.ask.journal import Journal
from skiller_assets.ask.ledger import Ledger
from skiller_assets.ask.money import Price, Prices, Purse
from skiller_assets.ask.provider import Provider
from skiller_assets.ask.replies import KeptReplies, Till

NO_PRICES: Mapping[str, Price] = {}


class Scripted:
    """A provider that gives its replies in order and remembers what it was asked; it has none left at the end."""

    def __init__(self, replies: Sequence[str], version: str = "1") -> None:
        self._replies = list(replies)
        self._version = version
        self.prompts: list[Prompt] = []

    @property
    def version(self) -> str:
        return self._version

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"temperature": 0}

    def model(self, name: str, role: Role) -> str:
        return f"scripted-{role}"

    def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        if not self._replies:
            raise ProviderFailed("the script has ended")
        return Completion(self._replies.pop(0), input_tokens=10, output_tokens=3)


def door_to(provider: Provider, home: Path) -> Door:
    """A door with its cache and ledger in a folder; replies cost nothing."""
    return Door(KeptReplies(provider, ReplyCache(home / "replies")), Ledger(home))


def paid_door(provider: Provider, home: Path, prices: Prices = NO_PRICES, limit: float | None = None) -> Door:
    """A door whose replies are paid for, within a limit, one at a time."""
    ledger = Ledger(home)
    till = Till(Purse(ledger, prices, limit), ledger, Journal(home / "prompts"))
    return Door(KeptReplies(provider, ReplyCache(home / "replies"), till), ledger)


def offline_door(home: Path, seed: int = 1) -> Door:
    """The door as it is without configuration."""
    return door_to(OfflineAuthor(seed), home)
