"""The sensor notices what was written, changed or removed, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg

from sensors.user_files import changed_since, user_file_sensor
from skiller_assets.ontology.topics import Topic
from skiller_assets.registry import Registry
from skiller_assets.work import Work
from skiller_assets_tests import toys


def work(root: Path) -> Work:
    (root / "domains").mkdir(exist_ok=True)
    return replace(toys.project(root).work, registry=Registry(("a", "b")))


def seen(root: Path, cursor: str | None, now: Work) -> tuple[list[tuple[str, str | None]], str | None]:
    result = user_file_sensor(now, 30)(dg.build_sensor_context(cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return [(event.asset_key.to_user_string(), event.partition) for event in result.asset_events], result.cursor


def test_what_was_written_changed_or_removed_is_noticed_and_nothing_else() -> None:
    cursor = '{"a": "1", "b": "1", "c": "1"}'
    assert changed_since(cursor, {"a": "1", "b": "2", "c": "absent", "d": "1", "e": "absent"}) == ["b", "c", "d"]
    assert changed_since(None, {"a": "1", "b": "absent"}) == ["a"]


def test_a_change_of_a_domain_file_is_told_once(tmp_path: Path) -> None:
    told = []
    _, cursor = seen(tmp_path, None, work(tmp_path))
    for content in ("one", "one", "two"):
        (tmp_path / "domains" / "a.yaml").write_text(content)
        events, cursor = seen(tmp_path, cursor, work(tmp_path))
        told.append(events)
    assert told == [[("domain_file", "a")], [], [("domain_file", "a")]]


def test_a_change_in_the_catalogue_or_of_the_plan_is_told_once(tmp_path: Path) -> None:
    _, cursor = seen(tmp_path, None, work(tmp_path))
    (tmp_path / "catalogue").mkdir()
    assert seen(tmp_path, cursor, work(tmp_path))[0] == []
    (tmp_path / "catalogue" / "mine.yaml").write_text("things: {}")
    events, cursor = seen(tmp_path, cursor, work(tmp_path))
    assert events == [("catalogue", None)]
    topic = Topic("b", "Bees", "Somebody who looks after bees.", "agriculture")
    planned = replace(work(tmp_path), registry=Registry(("a", "b"), topics=(topic,), target=1))
    events, cursor = seen(tmp_path, cursor, planned)
    assert events == [("plan", None)]
    assert seen(tmp_path, cursor, planned)[0] == []
