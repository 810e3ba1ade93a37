"""What phases may expect of the place where code runs that nobody has vouched for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

if TYPE_CHECKING:
    from skiller_assets.settings import Settings


class EnclosureUnavailable(Exception):
    """Such code cannot be run here; says why, and what can be done about it."""


class Enclosure(Protocol):
    """Confines programs. Everything that may not be, or that takes too much, ends or fails inside."""

    def command(
        self,
        words: Sequence[str],
        readable: Sequence[Path] = (),
        report: Path | None = None,
        handed: Sequence[int] = (),
    ) -> list[str]:
        """What to start in place of ``words``, which begin with the path of a Python interpreter.

        Standard streams are the program's. ``readable``: files and folders that it may read, at their own paths; it may
        write nowhere but in ``/tmp``, which is its own. ``report``: a file in which the limit is told that ended it, if
        one did. ``handed``: descriptors that it has too. Raises EnclosureUnavailable.
        """
        ...


def no_enclosure(settings: Settings) -> NoReturn:
    """Of a project that never runs such code. Raises EnclosureUnavailable."""
    raise EnclosureUnavailable("a model's code is not run outside of a sandbox, and this project was given none")
