"""The sensor notices what was written, changed or removed, once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg

from resources.store import Store
from sensors.user_files import DAEMON_LAG_SECONDS, Seen, user_file_sensor
from skiller_assets.ontology.topics import Topic
from skiller_assets.registry import Registry, write_registry
from skiller_assets.work import Work
from skiller_assets_tests import toys

TOPIC = Topic("c", "Bees", "Somebody who looks after bees.", "agriculture")


def work(root: Path) -> Work:
    (root / "domains").mkdir(exist_ok=True)
    return replace(toys.project(root).work, registry=Registry(("a", "b")))


def seen(
    root: Path, cursor: str | None, now: Work, clock: float = 0.0
) -> tuple[list[tuple[str, str | None]], str | None]:
    result = user_file_sensor(now, 30, lambda: clock)(dg.build_sensor_context(cursor=cursor))
    assert isinstance(result, dg.SensorResult)
    return [(event.asset_key.to_user_string(), event.partition) for event in result.asset_events], result.cursor


def test_what_is_new_or_was_changed_or_removed_is_noticed_and_nothing_else() -> None:
    then = Seen({"a": "1", "b": "1", "c": "1"})
    assert then.changed({"a": "1", "b": "2", "c": "absent", "d": "1", "e": "absent"}) == ["b", "c", "d", "e"]
    assert Seen.read(None).changed({"a": "1", "b": "absent"}) == ["a", "b"]
    assert Seen.read(Seen({"a": "1"}, 5.0).cursor()) == Seen({"a": "1"}, 5.0)
    assert Seen.read('{"domain_file/a": "1"}') == Seen({})


def test_a_change_of_a_domain_file_is_told_once(tmp_path: Path) -> None:
    told = []
    _, cursor = seen(tmp_path, None, work(tmp_path))
    for content in ("one", "one", "two"):
        (tmp_path / "domains" / "a.yaml").write_text(content)
        events, cursor = seen(tmp_path, cursor, work(tmp_path))
        told.append(events)
    assert told == [[("domain_file", "a")], [], [("domain_file", "a")]]


def test_a_change_in_the_catalogue_is_told_once(tmp_path: Path) -> None:
    _, cursor = seen(tmp_path, None, work(tmp_path))
    (tmp_path / "catalogue").mkdir()
    assert seen(tmp_path, cursor, work(tmp_path))[0] == []
    (tmp_path / "catalogue" / "mine.yaml").write_text("things: {}")
    events, cursor = seen(tmp_path, cursor, work(tmp_path))
    assert events == [("catalogue", None)]
    assert seen(tmp_path, cursor, work(tmp_path))[0] == []


def test_a_change_of_the_plan_is_told_first_and_when_the_daemon_knows_the_new_domains(tmp_path: Path) -> None:
    _, cursor = seen(tmp_path, None, work(tmp_path))
    (tmp_path / "domains" / "a.yaml").write_text("changed too")
    planned = replace(work(tmp_path), registry=Registry(("a", "c"), topics=(TOPIC,), target=1))
    for clock in (100.0, 100.0 + DAEMON_LAG_SECONDS - 1):
        events, cursor = seen(tmp_path, cursor, planned, clock)
        assert events == []
    events, cursor = seen(tmp_path, cursor, planned, 100.0 + DAEMON_LAG_SECONDS)
    assert events == [("plan", None), ("domain_file", "c"), ("domain_file", "a")]
    assert seen(tmp_path, cursor, planned, 300.0)[0] == []


def test_nothing_is_told_while_the_location_is_behind_the_plan(tmp_path: Path) -> None:
    _, cursor = seen(tmp_path, None, work(tmp_path))
    write_registry(Store(work(tmp_path).settings.home), Registry(("a",)))
    (tmp_path / "domains" / "a.yaml").write_text("changed")
    events, after = seen(tmp_path, cursor, work(tmp_path))
    assert (events, after) == ([], cursor)
