"""Of 40 subtly wrong rules at least 36 are caught; of 24 right contracts nothing is said, however they are put."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets_tests.bench.bench_second_reader import catch, leave_in_peace, services
from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.loopback.wrong_rules import equivalent

PLANTED, WANTED = 40, 36


@pytest.mark.bench
def test_subtly_wrong_rules_are_caught(tmp_path: Path, table: list[Line]) -> None:
    found = catch(services(46, first=7), PLANTED, tmp_path)
    caught = found.caught.total()
    table.append(
        Line(
            f"subtly wrong rules caught ({found.by_kind}; {found.earlier} more by other gates)",
            f"≥ {WANTED} of {PLANTED}",
            f"{caught} of {found.planted.total()}",
        )
    )
    assert found.planted.total() == PLANTED
    assert found.blamed == []
    assert caught >= WANTED, found.missed


@pytest.mark.bench
def test_right_contracts_are_left_in_peace(tmp_path: Path, table: list[Line]) -> None:
    contracts = services(17, first=3)
    seen = [
        leave_in_peace(contract, put, tmp_path / contract.contract.domain / put.__name__)
        for contract in contracts
        for put in (str, equivalent)
    ]
    said = sum(len(one.said) for one in seen)
    asks, characters = sum(one.asks for one in seen), sum(one.characters for one in seen)
    table.append(
        Line(
            f"complaints about {len(contracts)} right contracts, read in two ways",
            "0",
            f"{said}; {asks / len(seen):.1f} asks of {characters / asks:,.0f} characters, "
            f"{sum(one.seconds for one in seen) / len(seen):.1f} s each",
        )
    )
    assert len(contracts) >= 20
    assert [one for one in seen if one.said] == []
