"""The door beside the bare provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets_tests.bench.bench_asks import ask_lines, measure
from skiller_assets_tests.bench.table import Line


@pytest.mark.bench
def test_the_door_keeps_up_with_the_bare_provider(tmp_path: Path, table: list[Line]) -> None:
    rates = measure(tmp_path)
    table.extend(ask_lines(rates))
    assert rates.door > 0.5 * rates.bare
    assert rates.cached > 0.5 * rates.door
