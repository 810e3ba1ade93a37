"""Grounding and validating tasks beside plain replays of their calls."""

from __future__ import annotations

import pytest

from skiller_assets_tests.bench.bench_tasks import Line as Figures
from skiller_assets_tests.bench.bench_tasks import measure
from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.domains import DOMAINS


@pytest.mark.bench
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_task_is_made_and_believed_in_the_time_of_some_dozens_of_replays(domain: str, table: list[Line]) -> None:
    figures = measure(domain)
    table.append(_line(figures))
    assert figures.ground + figures.validate < 100 * figures.plain


def _line(figures: Figures) -> Line:
    both = figures.ground + figures.validate
    return Line(
        f"ground and validate {figures.name}, {figures.calls:.1f} calls a task, one core",
        "≥ 300 /s",
        f"{figures.tasks / both:,.0f} /s (ground {figures.tasks / figures.ground:,.0f}, "
        f"validate {figures.tasks / figures.validate:,.0f})",
        f"plain replay {figures.tasks / figures.plain:,.0f} /s",
        figures.plain / both,
    )
