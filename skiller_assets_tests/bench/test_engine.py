"""The engine beside SQLite alone, as ratios of one run."""

from __future__ import annotations

import pytest

from skiller_assets_tests.bench.bench_engine import main


@pytest.mark.bench
def test_schema_checks_and_change_tracking_cost_less_than_a_few_times_the_bare_sql() -> None:
    for line in main():
        assert line.plain_calls / line.calls < 4
        assert line.fresh / line.plain_fresh < 3
