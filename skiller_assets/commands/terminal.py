"""Text for terminals: tables, counts, and one line that is written over while something is going on."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

_GAP, _NARROWEST, _WIDTH = 2, 30, 140
"""Columns between columns; the least for the last one; of a terminal that does not say how wide it is."""


def table(heads: Sequence[str], rows: Sequence[Sequence[str | int]], indent: str = "") -> str:
    """Rows under heads, columns aligned: numbers to the right, words to the left. A long last column is wrapped."""
    cells = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells), 0) for i, head in enumerate(heads)]
    numeric = [bool(rows) and all(isinstance(row[i], int) for row in rows) for i in range(len(heads))]
    before = len(indent) + sum(widths[:-1]) + _GAP * (len(widths) - 1)
    last = max(_NARROWEST, shutil.get_terminal_size((_WIDTH, 0)).columns - before)
    lines = []
    for line in [list(heads), *cells]:
        words = zip(line[:-1], widths, numeric, strict=False)
        fixed = "".join((w.rjust(width) if right else w.ljust(width)) + " " * _GAP for w, width, right in words)
        tail = line[-1].rjust(widths[-1]) if numeric[-1] else line[-1]
        parts = textwrap.wrap(tail, last) if len(tail) > last else [tail]
        lines += [f"{indent}{fixed}{parts[0]}", *(" " * before + part for part in parts[1:])]
    return "\n".join(line.rstrip() for line in lines)


def wrapped(head: str, text: str) -> str:
    """A text after a head, its further lines below the first."""
    width = shutil.get_terminal_size((_WIDTH, 0)).columns
    filler = textwrap.TextWrapper(max(width, _NARROWEST + len(head)), head, " " * len(head), break_long_words=False)
    filler.break_on_hyphens = False
    return filler.fill(text)


def counted(counts: Mapping[str, int]) -> str:
    """``46 tools, 71 rules``: counts that are not zero, in their order."""
    return ", ".join(
        f"{number:,} {' '.join(filter(None, name.split('_')))}" for name, number in counts.items() if number
    )


def seconds(duration: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 20 s``."""
    if duration < 10:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def place(path: Path) -> str:
    """A path as one would type it: from the working directory where that is shorter."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


class Screen:
    """Lines that stay, and below them one that says what is going on; only lines that stay where nobody watches."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._drawn = False

    def stay(self, line: str) -> None:
        """Writes a line for good."""
        self._clear()
        print(line, file=self._stream, flush=True)

    def going_on(self, line: str) -> None:
        """Says what is going on, until the next line."""
        if self._live:
            self._clear()
            width = shutil.get_terminal_size().columns - 1
            print(line[:width], end="", file=self._stream, flush=True)
            self._drawn = True

    def close(self) -> None:
        """Leaves only the lines that stay."""
        self._clear()

    def _clear(self) -> None:
        if self._drawn:
            print("\r\033[K", end="", file=self._stream, flush=True)
            self._drawn = False
