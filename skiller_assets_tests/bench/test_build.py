"""The whole build beside the same builders alone, and a rebuild beside its imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets_tests.bench.bench_build import build, build_lines, rebuild, rebuild_line
from skiller_assets_tests.bench.table import Line


@pytest.mark.bench
def test_dagster_adds_less_than_the_work_and_a_rebuild_touches_one_domain(tmp_path: Path, table: list[Line]) -> None:
    whole = build(tmp_path)
    table.extend(build_lines(whole))
    assert whole.run.seconds < 2 * whole.pool.seconds
    rebuilt = rebuild(whole.project, "airline")
    table.append(rebuild_line(rebuilt, "airline"))
    others = [name for name in rebuilt.made if Path(name).name != "airline"]
    assert set(others) <= {"entities/_", "domain_pairs/_"}
