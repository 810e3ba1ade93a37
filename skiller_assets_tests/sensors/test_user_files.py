"""The sensor notices what was written, changed or removed, once."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from sensors.domain_files import changed_since, domain_file_sensor


def test_what_was_written_changed_or_removed_is_noticed_and_nothing_else() -> None:
    cursor = '{"a": "1", "b": "1", "c": "1"}'
    assert changed_since(cursor, {"a": "1", "b": "2", "c": "absent", "d": "1", "e": "absent"}) == ["b", "c", "d"]
    assert changed_since(None, {"a": "1", "b": "absent"}) == ["a"]


def test_a_change_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    sensor = domain_file_sensor(tmp_path, ["a", "b"], 30)
    seen: list[list[str | None]] = []
    cursor = None
    for content in ("one", "one", "two"):
        (tmp_path / "domains" / "a.yaml").write_text(content)
        result = sensor(dg.build_sensor_context(cursor=cursor))
        assert isinstance(result, dg.SensorResult)
        seen.append([event.partition for event in result.asset_events])
        cursor = result.cursor
    assert seen == [["a"], [], ["a"]]
