"""Which author answers: the only place that knows."""

from __future__ import annotations

from pathlib import Path

from resources.offline import OfflineAuthor
from skiller_assets.ask import Door
from skiller_assets.ask.cache import ReplyCache
from skiller_assets.ask.ledger import Ledger
from skiller_assets.ask.provider import Provider
from skiller_assets.settings import Settings


def make_door(settings: Settings) -> Door:
    """The door that the settings ask for; replies and ledger lie under ``<home>/asks``."""
    folder = Path(settings.home) / "asks"
    return Door(_provider(settings), ReplyCache(folder / "replies"), Ledger(folder / "ledger.jsonl"))


def _provider(settings: Settings) -> Provider:
    return OfflineAuthor(settings.seed)
