"""A run that is ended in the middle, in every way in which that happens, asks for nothing again that was answered."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from skiller_assets.ask.money import Price, cost_of
from skiller_assets.commands.exits import BAD, GOOD, INTERRUPTED
from skiller_assets_tests.bench.processes import tree
from skiller_assets_tests.loopback.service import Habits
from skiller_assets_tests.whole.authored import IN_FLIGHT, Authored, Served, kill_all, served, until

SETTINGS = """seed: 1
topics: {seeds: [card_statements, courier_bikes, energy_visits, car_claims], target: 4}
pairs: {target: 0}
world: {rows: 60}
run: {workers: 4}
"""
WANTED = ("--artifact", "blueprint")
SLOW = Habits(delay=0.5)
FIRST = 6
"""Replies after which all domains are asked for at once."""


@pytest.fixture
def project(tmp_path: Path) -> Authored:
    """Where four domains are to be authored."""
    return Authored(tmp_path / "project")


def plan(project: Authored, service: Served, more: str = "") -> None:
    """Settings and registry, with nothing built."""
    project.settle(SETTINGS + more, service.url)
    done = project.run("plan")
    assert done.returncode == GOOD, done.stderr


def expect_good(project: Authored) -> None:
    """Everything that was asked for is there, and everything that was paid for."""
    assert {manifest["verdict"] for manifest in project.manifests().values()} == {"good"}
    assert len([key for artifact, key in project.manifests() if artifact == "blueprint"]) == 4
    assert project.lost() == []


def repeated(service: Served, before: int) -> list[str]:
    """The requests that were answered before a moment and came again after it."""
    return [one for one in service.requests[before:] if one in service.requests[:before]]


def workers(parent: int) -> list[int]:
    """The worker processes of a run, oldest first."""
    return [pid for pid in sorted(tree(parent)) if b"skiller_assets.workers" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_killed_with_all_its_workers_it_loses_what_was_on_the_wire_at_most(project: Authored) -> None:
    with served(project, SLOW) as service:
        plan(project, service)
        for replies in (2, FIRST, 2 * FIRST):
            before = len(service.requests)
            with project.begun(*WANTED) as process:
                until(lambda enough=replies: len(service.requests) >= enough, process)  # type: ignore[misc]
                kill_all(process.pid)
                assert process.wait() == -signal.SIGKILL
            assert len(repeated(service, before)) <= IN_FLIGHT
        before, kept = len(service.requests), len(project.kept())
        project.built(*WANTED)
    again = repeated(service, before)
    assert len(again) == len(set(again)) == len(set(service.requests[:before])) - kept <= IN_FLIGHT
    assert len(set(service.requests)) == len(project.kept())
    expect_good(project)


def test_one_killed_worker_loses_its_domain_and_no_reply(project: Authored) -> None:
    with served(project, SLOW) as service:
        plan(project, service)
        with project.begun(*WANTED) as process:
            until(lambda: len(service.requests) >= FIRST and len(workers(process.pid)) > 2, process)
            os.kill(workers(process.pid)[0], signal.SIGKILL)
            _, complaints = process.communicate()
            assert process.returncode == BAD
        killed = re.findall(r"^(\w+)\[(\w+)\] failed: its worker process was killed", complaints, re.MULTILINE)
        assert len(killed) == 1, complaints
        assert len([key for artifact, key in project.manifests() if artifact == "blueprint"]) == 3
        project.built(*WANTED)
    assert len(service.requests) == len(set(service.requests))
    expect_good(project)


def test_after_ctrl_c_the_next_run_goes_on_from_there(project: Authored) -> None:
    with served(project, SLOW) as service:
        plan(project, service)
        with project.begun(*WANTED) as process:
            until(lambda: len(service.requests) >= FIRST, process)
            process.send_signal(signal.SIGINT)
            _, complaints = process.communicate()
            assert process.returncode == INTERRUPTED
        assert "what was finished is kept" in complaints
        assert "Traceback" not in complaints
        before = len(service.requests)
        project.built(*WANTED)
    assert len(repeated(service, before)) <= IN_FLIGHT
    expect_good(project)


def test_at_the_spending_limit_a_run_stops_cleanly_and_a_higher_one_pays_the_rest(project: Authored) -> None:
    prices = {model: Price(1.0, 3.0) for model in ("large", "coder")}
    told = ", ".join(f"{model}: {{input: {price.input}, output: {price.output}}}" for model, price in prices.items())
    with served(project, Habits()) as service:
        plan(project, service, f"spend: {{limit: 0.05, prices: {{{told}}}}}\n")
        stopped = project.built(*WANTED, codes=(BAD,))
        spent = sum(cost_of(payment, prices) or 0.0 for payment in project.payments())
        assert 0.02 < spent <= 0.05
        bad = [line for line in stopped.stderr.splitlines() if re.match(r"\S+ (failed|rejected|skipped): ", line)]
        assert bad
        assert [line for line in bad if "the spending limit of 0.05 is reached" not in line] == []
        before = len(service.requests)
        project.built(*WANTED, codes=(BAD,))
        assert len(service.requests) == before
        project.settle(SETTINGS, service.url)
        project.built(*WANTED)
    assert len(service.requests) == len(set(service.requests)) > before
    expect_good(project)
