"""Pictures of graphs, as PNG."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import FancyBboxPatch

_DPI = 110
_WIDEST = 11.0
"""Inches: what Dagster's dialog shows without scrolling."""
_LABEL_WIDTH = 17
"""Letters in a line of a box's label."""
_LABEL_AT = 0.8
"""Labels stand near the target: that is where arrows from one box have drawn apart."""


@dataclass(frozen=True)
class Node:
    """A box: its name, its fill colour, and the column and row it stands in (rows count downwards)."""

    name: str
    fill: str
    column: float
    row: float


@dataclass(frozen=True)
class Arrow:
    """An arrow between two boxes, in a colour and line style, with an optional label."""

    source: str
    target: str
    colour: str
    style: str = "-"
    label: str = ""


def draw(nodes: Sequence[Node], arrows: Sequence[Arrow], legend: Mapping[str, tuple[str, str]], title: str) -> bytes:
    """A PNG of boxes and arrows; ``legend`` maps a word to (colour, line style)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # seconds to import: only who draws pays
    from matplotlib.figure import Figure

    columns = max((n.column for n in nodes), default=0) + 1
    rows = max((n.row for n in nodes), default=0) + 1
    figure = Figure(figsize=(min(max(2.9 * columns, 6), _WIDEST), max(0.72 * rows, 3) + 0.9), dpi=_DPI)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlim(-0.55, columns - 0.45)
    axes.set_ylim(rows - 0.4, -0.8)
    axes.axis("off")
    places = {node.name: (node, _box(axes, node)) for node in nodes}
    for i, arrow in enumerate(arrows):
        bend = 0 if arrow.label else 0.06 + 0.05 * (i % 4)  # a label stands on its arrow only if that is straight
        _arrow(axes, places[arrow.source], places[arrow.target], arrow, bend)
    handles = [axes.plot([], [], color=c, linestyle=s, label=word)[0] for word, (c, s) in legend.items()]
    axes.legend(handles=handles, loc="lower left", fontsize=8, ncol=max(len(handles), 1), frameon=False)
    figure.tight_layout()
    canvas: Any = FigureCanvasAgg(figure)
    for text in axes.texts:
        text.update_bbox_position_size(canvas.get_renderer())  # boxes get their places, where arrows end
    out = io.BytesIO()
    # No date and no version in the file: the same picture has the same bytes. (savefig would draw everything twice.)
    canvas.print_png(out, metadata={"Software": None})
    return out.getvalue()


def _box(axes: Axes, node: Node) -> FancyBboxPatch | None:
    style = {"boxstyle": "round,pad=0.35", "facecolor": node.fill, "edgecolor": "#3b4252", "linewidth": 0.8}
    label = "\n".join(textwrap.wrap(node.name.replace("__", ": ").replace("_", " "), _LABEL_WIDTH))
    text = axes.text(node.column, node.row, label, ha="center", va="center", fontsize=8.5, bbox=style, zorder=3)
    box: FancyBboxPatch | None = text.get_bbox_patch()
    return box


_Placed: TypeAlias = "tuple[Node, FancyBboxPatch | None]"


def _arrow(axes: Axes, leaves: _Placed, enters: _Placed, arrow: Arrow, bend: float) -> None:
    (source, patch_a), (target, patch_b) = leaves, enters
    properties: dict[str, Any] = {
        "arrowstyle": "-|>",
        "color": arrow.colour,
        "linestyle": arrow.style,
        "linewidth": 1.0,
        "alpha": 0.75,
        "patchA": patch_a,
        "patchB": patch_b,
        "shrinkA": 1,
        "shrinkB": 2,
        "connectionstyle": f"arc3,rad={bend}",
    }
    axes.annotate(
        "", xy=(target.column, target.row), xytext=(source.column, source.row), arrowprops=properties, zorder=1
    )
    if arrow.label:
        x = source.column + _LABEL_AT * (target.column - source.column)
        y = source.row + _LABEL_AT * (target.row - source.row)
        background = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
        axes.text(x, y, arrow.label, fontsize=7, color="#3b4252", ha="center", va="center", zorder=2, bbox=background)
