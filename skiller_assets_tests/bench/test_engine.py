"""The engine beside SQLite alone, as ratios of one run."""

from __future__ import annotations

import pytest

from skiller_assets_tests.bench.bench_engine import Line as Figures
from skiller_assets_tests.bench.bench_engine import main
from skiller_assets_tests.bench.table import Line


@pytest.mark.bench
def test_schema_checks_and_change_tracking_cost_less_than_a_few_times_the_bare_sql(table: list[Line]) -> None:
    for figures in main():
        table.extend(_lines(figures))
        assert figures.plain_calls / figures.calls < 4
        assert figures.fresh / figures.plain_fresh < 3


def _lines(figures: Figures) -> list[Line]:
    return [
        Line(
            f"tool calls in a session of {figures.name}, one core",
            "≥ 10,000 /s",
            f"{figures.calls:,.0f} /s",
            f"its statements alone {figures.plain_calls:,.0f} /s",
            figures.calls / figures.plain_calls,
        ),
        Line(
            f"fresh session of {figures.name}, {figures.kilobytes} KB",
            "≤ 200 µs up to 1 MB",
            f"{figures.fresh:.0f} µs",
            f"plain copy {figures.plain_fresh:.0f} µs",
            figures.fresh / figures.plain_fresh,
        ),
    ]
