"""The one table of ``make bench``: what was measured, beside what is to be reached and a baseline of the same run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEAD = ("work", "target", "measured", "baseline of the same run", "ratio")


@dataclass(frozen=True)
class Line:
    """One row of the table. ``ratio``: measured to baseline, so that machines can be compared; None without one."""

    work: str
    target: str
    measured: str
    baseline: str = "–"
    ratio: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns."""
        return self.work, self.target, self.measured, self.baseline, "–" if self.ratio is None else f"{self.ratio:.2f}"


def rendered(lines: Iterable[Line]) -> str:
    """The table as markdown, its columns aligned."""
    rows: list[Sequence[str]] = [_HEAD, *(line.cells for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(_row(row, widths) for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
