"""What became of every attempt: counted by stage, kind and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Funnel:
    """Counts of outcomes; every attempt is counted once, as kept or under the reason why not."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, stage: str, kind: str, reason: str, times: int = 1) -> None:
        """Count an outcome: ``kept``, or why not."""
        self.counts[(stage, kind, reason)] += times

    def total(self, stage: str) -> int:
        """Everything that entered a stage."""
        return sum(n for (s, _, _), n in self.counts.items() if s == stage)

    def kept(self, stage: str) -> int:
        """What a stage let through."""
        return sum(n for (s, _, reason), n in self.counts.items() if s == stage and reason == KEPT)

    def records(self) -> list[dict[str, Any]]:
        """The funnel as records, in a fixed order."""
        return [
            {"stage": stage, "kind": kind, "reason": reason, "count": count}
            for (stage, kind, reason), count in sorted(self.counts.items())
        ]


KEPT = "kept"
STAGES = ("grounded", "validated", "chosen")
"""In the order in which a task passes them."""


def funnel_from(records: Iterable[Mapping[str, Any]]) -> Funnel:
    """A funnel from its records."""
    funnel = Funnel()
    for record in records:
        funnel.add(record["stage"], record["kind"], record["reason"], record["count"])
    return funnel
