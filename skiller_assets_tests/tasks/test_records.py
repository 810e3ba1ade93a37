"""A task's id stands for its content: whatever changes, the id does."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from skiller_assets.tasks.records import Forbidden, Task, task_from_json
from skiller_assets_tests.tasks.grounded import task_of_kind

OTHER: dict[str, Any] = {
    "calls": (),
    "diff": ({"op": "delete", "table": "x", "key": ["1"], "before": {}, "after": None},),
    "answer": ("nothing",),
    "human": 99,
    "forbidden": Forbidden("x", {}, {}, "tool"),
    "hashes": {"world": "another"},
    "free": ("a.b",),
    "bridges": ("x",),
}


def task() -> Task:
    return task_of_kind("lending", "fulfil", "renew_loan")


@pytest.mark.parametrize("name", sorted(f.name for f in fields(Task) if f.name not in ("lineage", "scenario")))
def test_the_id_changes_with_every_input(name: str) -> None:
    changed = replace(task(), **{name: OTHER.get(name, "another")})
    assert changed.id != task().id


@pytest.mark.parametrize("name", ["reason", "knows", "criteria", "withholds", "goals", "choices"])
def test_the_id_changes_with_the_scenario(name: str) -> None:
    other: Any = {"reason": "x", "criteria": "x", "knows": {}, "withholds": ("x",)}.get(name, ())
    scenario = replace(task().scenario, **{name: other})
    assert scenario != task().scenario or not getattr(task().scenario, name)
    assert replace(task(), scenario=replace(scenario, reason=scenario.reason + "!")).id != task().id


def test_where_a_task_comes_from_does_not_change_its_id() -> None:
    assert replace(task(), lineage={"run": 7}).id == task().id


def test_a_record_is_plain_json_and_reads_back_the_same() -> None:
    record = json.loads(json.dumps(task().as_json()))
    assert task_from_json(record).as_json() == record
