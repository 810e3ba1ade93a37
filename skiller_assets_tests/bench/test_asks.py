"""The door beside the bare client."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets_tests.bench.bench_asks import ask_lines, measured
from skiller_assets_tests.bench.table import Line


@pytest.mark.bench
def test_the_door_keeps_up_with_the_bare_client_in_little_memory(tmp_path: Path, table: list[Line]) -> None:
    rates = measured(tmp_path)
    table.extend(ask_lines(rates))
    assert rates.door.a_second > 0.8 * rates.client.a_second
    assert rates.kept.a_second > rates.door.a_second
    assert rates.megabytes < 250
