"""Collects the lines of all benchmarks and prints them as one table at the end."""

from __future__ import annotations

import pytest

from skiller_assets_tests.bench.table import Line, rendered

_LINES = pytest.StashKey[list[Line]]()


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[Line]:
    """Where a benchmark puts its lines."""
    return request.config.stash.setdefault(_LINES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints the table when there is something in it."""
    if lines := config.stash.get(_LINES, []):
        terminalreporter.write_line(f"\n{rendered(lines)}\n")
