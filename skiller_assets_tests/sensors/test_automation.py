"""What may be started by itself: nothing unasked, and never the choice of pairs."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from sensors.automation import follow_changes
from skiller_assets.launch import compose
from skiller_assets.program import CHAINS
from skiller_assets_tests import toys

ARTIFACTS = tuple(artifact for chain in CHAINS for artifact in chain.artifacts)


def test_every_sensor_is_stopped_until_somebody_starts_it(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    sensors = compose(toys.project(tmp_path)).sensors
    assert sensors
    assert {sensor.default_status for sensor in sensors} == {dg.DefaultSensorStatus.STOPPED}


def test_which_pairs_there_are_is_never_chosen_by_itself_and_all_else_follows_what_it_is_made_from() -> None:
    assert [a.name for a in ARTIFACTS if follow_changes(a, ARTIFACTS) is None] == ["domain_pairs"]
