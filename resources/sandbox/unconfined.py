"""No sandbox: the program runs as we do. Only where the user says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resources.sandbox.limits import DEFAULT, Limits
from resources.sandbox.sandbox import guarded


@dataclass(frozen=True)
class Unconfined:
    """A clean environment and the guard's limits (time, memory, processes, output); no more than that.

    It sees and can change what we can, network included.
    """

    limits: Limits = DEFAULT

    def command(
        self,
        words: Sequence[str],
        readable: Sequence[Path] = (),
        report: Path | None = None,
        handed: Sequence[int] = (),
    ) -> list[str]:
        """What to start in place of ``words``; as in a sandbox, but everything is readable."""
        return guarded(words, self.limits, report, handed, None)
