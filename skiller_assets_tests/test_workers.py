"""Workers take many keys at once, and the death of one costs its key and nothing more."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from skiller_assets.build import Step
from skiller_assets.work import Work
from skiller_assets.workers import WorkersFailed, advance
from skiller_assets_tests import toys


@pytest.fixture
def work(tmp_path: Path) -> Work:
    toys.lay_out(tmp_path)
    work = replace(toys.project(tmp_path).work, wanted=frozenset({"e"}))
    assert [step.status for steps in advance(work, "corpus", [None], 3) for step in steps] == ["built"]
    return replace(work, wanted=frozenset({"x1", "x2", "x3", "x4"}))


def run(work: Work, processes: int = 2) -> dict[tuple[str, str | None], Step]:
    return {(s.artifact, s.key): s for steps in advance(work, "domain", toys.DOMAINS, processes) for s in steps}


def test_every_key_is_advanced_whatever_the_number_of_workers(work: Work) -> None:
    first = run(work, 1)
    assert {step.status for step in first.values()} == {"built"}
    assert len(first) == 16
    again = run(replace(work, force=True), 4)
    assert {k: s.manifest.hash for k, s in again.items() if s.manifest} == {
        k: s.manifest.hash for k, s in first.items() if s.manifest
    }


def test_a_worker_that_is_killed_costs_its_key_and_the_others_go_on(work: Work) -> None:
    toys.order(work.settings.root, die={"x2": ["b", "d"]})
    steps = run(work)
    assert {key for (_, key), step in steps.items() if step.status != "built"} == {"b", "d"}
    assert steps["x1", "b"].status == "built"
    assert steps["x2", "b"].status == "failed"
    assert "was killed (SIGKILL), perhaps for want of memory" in steps["x2", "b"].reason
    assert steps["x3", "b"].status == "skipped"
    toys.order(work.settings.root)
    assert {step.status for step in run(work).values()} == {"built", "reused"}


def test_once_nothing_is_answered_any_more_no_worker_builds_on_and_what_is_good_is_reused(work: Work) -> None:
    assert {step.status for steps in advance(work, "domain", ["c"], 1) for step in steps} == {"built"}
    toys.built_since(work.settings.root)
    toys.order(work.settings.root, end={"x2": ["a"]})
    steps = run(work, 1)
    assert toys.built_since(work.settings.root) == ["x1 a", "x2 a"]
    assert (steps["x2", "a"].status, steps["x2", "a"].ended) == ("failed", "the account is empty")
    assert {steps[name, "c"].status for name in ("x1", "x2", "x3", "x4")} == {"reused"}
    others = [step for (name, key), step in steps.items() if key in ("b", "d") or (key == "a" and name in ("x3", "x4"))]
    assert {(step.status, step.reason) for step in others} == {("skipped", "the account is empty")}
    toys.order(work.settings.root)
    assert {step.status for step in run(work).values()} == {"built", "reused"}


def test_what_fails_otherwise_stops_no_other_key(work: Work) -> None:
    toys.order(work.settings.root, fail={"x2": ["a"]})
    steps = run(work, 1)
    assert {steps["x4", key].status for key in toys.DOMAINS} == {"built"}


def test_who_stops_reading_ends_the_workers(work: Work) -> None:
    toys.order(work.settings.root, hang={"x2": ["a"]})
    steps = advance(work, "domain", ["a"], 1)
    assert [step.artifact for step in next(steps)] == ["x1"]
    pid = work.settings.root / "hanging.pid"
    while not (pid.exists() and pid.read_text()):
        time.sleep(0.01)
    steps.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_workers_that_cannot_start_say_why(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skiller_assets.workers._SERVE", "raise SystemExit(3)")
    with pytest.raises(WorkersFailed, match="cannot be started: its worker process ended by itself with exit code 3"):
        list(advance(work, "domain", ["a"], 1))
