"""What the account of a home tells of asks to come: how long they were, how often they were made, what is answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from skiller_assets.ask.ledger import Entry, Payment
from skiller_assets.estimate.table import PLANNING

LEAST = 3
"""So many replies of a kind are needed before they tell more than the table does."""


@dataclass
class Record:
    """Asks of one name and model for one artifact: tokens and number of replies, and attempts at asks paid anew."""

    replies: int = 0
    input: int = 0
    output: int = 0
    asks: int = 0
    attempts: int = 0
    answered: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the artifact and key for which was asked: the cache keys of asks that were accepted."""


class History:
    """Records by ask, artifact and model."""

    def __init__(self, entries: Iterable[Entry], payments: Iterable[Payment]) -> None:
        self._records: dict[tuple[str, str, str], Record] = defaultdict(Record)
        for payment in payments:
            record = self._records[payment.name, _artifact(payment.at), payment.model]
            record.replies += 1
            record.input += payment.input_tokens
            record.output += payment.output_tokens
        for entry in entries:
            record = self._records[entry.name, _artifact(entry.at), entry.model]
            if entry.kept == 0:
                record.asks += 1
                record.attempts += entry.attempts
            if entry.accepted:
                record.answered[entry.at].add(entry.key)

    def record(self, ask: str, artifact: str, model: str) -> Record:
        """What there is of an ask for an artifact; empty where there is nothing."""
        return self._records.get((ask, artifact, model)) or Record()


def _artifact(at: str) -> str:
    """The artifact of ``artifact[key]``."""
    return at.partition("[")[0] or PLANNING
