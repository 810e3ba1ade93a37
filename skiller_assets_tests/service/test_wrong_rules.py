"""Subtly wrong rules that every other gate lets pass are found by the second reader; right ones are left in peace."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.service.search import Explorer
from skiller_assets.service.second_reader import read_again
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import make_world
from skiller_assets_tests.ask.doors import door_to
from skiller_assets_tests.composed import compiled
from skiller_assets_tests.loopback.wrong_rules import ROWS, Reader, Spoiled, equivalent, planted
from skiller_assets_tests.worlds import NOW

SERVICES = ("clinic_friends", "season_vote", "loan_statements")
PLANTED = 9


@cache
def spoiled() -> list[Spoiled]:
    kept, _ = planted([compiled(name) for name in SERVICES], PLANTED)
    return kept


def right(name: str) -> CompiledContract:
    return compiled(name)


def test_wrong_rules_of_many_kinds_are_caught_and_no_right_one_beside_them(tmp_path: Path) -> None:
    missed, blamed = [], []
    for i, one in enumerate(spoiled()):
        mistake = one.mistake
        said = read_again(one.world, one.findings, door_to(Reader(right(mistake.domain)), tmp_path / str(i)))
        own = [complaint for complaint in said if f"rule {mistake.rule}: " in complaint]
        missed += [] if own else [mistake]
        blamed += [complaint for complaint in said if complaint not in own]
    assert len(spoiled()) == PLANTED
    assert len({one.mistake.kind for one in spoiled()}) >= 7
    assert (missed, blamed) == ([], [])


@pytest.mark.parametrize("put", [str, equivalent], ids=["the same words", "other words"])
@pytest.mark.parametrize("name", SERVICES)
def test_right_rules_are_not_complained_about(name: str, put: Callable[[str], str], tmp_path: Path) -> None:
    service = right(name)
    world = make_world(service, generate(service.contract, WorldSpec(1, NOW, ROWS)).image, NOW)
    assert read_again(world, Explorer(world).explore(), door_to(Reader(service, put), tmp_path)) == []


def test_other_words_are_other_words() -> None:
    sql = "SELECT EXISTS (SELECT 1 FROM loan WHERE loan_id = :loan_id) AND :days >= 2"
    assert equivalent(sql) != sql
    assert "COUNT(*)" in equivalent(sql)
