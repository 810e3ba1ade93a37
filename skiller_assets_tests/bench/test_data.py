"""Worlds of growing size, as ratios to the smallest."""

from __future__ import annotations

import pytest

from skiller_assets_tests.bench.bench_data import LARGEST, SIZES, data_lines
from skiller_assets_tests.bench.table import Line


@pytest.mark.bench
def test_a_world_takes_time_in_proportion_to_its_rows(table: list[Line]) -> None:
    lines = data_lines()
    table.extend(lines)
    assert all(line.ratio is None or line.ratio < 2 for line in lines)


@pytest.mark.soak
def test_the_largest_world_takes_time_in_proportion_too(table: list[Line]) -> None:
    lines = data_lines((SIZES[1], LARGEST))
    table.extend(lines)
    assert all(line.ratio is None or line.ratio < 2 for line in lines)
