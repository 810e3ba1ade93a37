"""The offline author: a provider that needs no network."""

from resources.offline.author import OfflineAuthor

__all__ = ["OfflineAuthor"]
