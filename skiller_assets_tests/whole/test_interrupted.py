"""A run that is ended in the middle, in every way in which that happens, asks for nothing again that was answered."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from skiller_assets.ask.money import Price, cost_of
from skiller_assets.commands.exits import BAD, GOOD, INTERRUPTED
from skiller_assets_tests.bench.processes import tree
from skiller_assets_tests.loopback.service import Habits
from skiller_assets_tests.whole.authored import IN_FLIGHT, STALL, Authored, Served, kill_all, reasons, served, until

SETTINGS = """seed: 1
topics: {seeds: [card_statements, courier_bikes, energy_visits, car_claims], target: 4}
pairs: {target: 0}
world: {rows: 60}
run: {workers: 2}
"""
WHOLE = "tasks: {per_domain: 10}\n"
WANTED = ("--artifact", "blueprint")
SLOW = Habits(delay=0.5)
FIRST = 6
"""Replies after which domains are asked for side by side."""


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


@pytest.mark.soak
def test_however_a_run_is_ended_the_next_one_asks_for_nothing_that_was_answered(project: Authored) -> None:
    with served(project, SLOW) as service:
        plan(project, service)
        with project.begun(*WANTED) as process:
            until(lambda: len(service.requests) >= FIRST, process)
            kill_all(process.pid)
            assert process.wait() == -signal.SIGKILL
        killed, kept = len(service.requests), len(project.kept())

        with project.begun(*WANTED) as process:
            until(lambda: len(service.requests) > killed + 1 and len(workers(process.pid)) > 1, process)
            os.kill(workers(process.pid)[-1], signal.SIGKILL)
            until(lambda: len(service.requests) > killed + 3, process)
            process.send_signal(signal.SIGINT)
            said, complaints = process.communicate()
            assert process.returncode == INTERRUPTED, said + complaints
        assert "what was finished is kept" in complaints
        assert "its worker process was killed" in complaints
        assert "Traceback" not in complaints
        again = repeated(service, killed)
        assert len(again) <= len(set(service.requests[:killed])) - kept <= IN_FLIGHT

        stopped = len(service.requests)
        done = project.built(*WANTED)
        assert " reused" in done.stdout
    assert len(repeated(service, stopped)) <= IN_FLIGHT
    assert len(set(service.requests)) == len(project.kept())
    expect_good(project)


@pytest.mark.soak
def test_killed_again_and_again_it_comes_to_the_end_of_a_whole_project(project: Authored) -> None:
    with served(project, Habits(0.2, delay=0.2, stall=STALL)) as service:
        plan(project, service, WHOLE)
        kills = 0
        while kills < 12:
            before = len(service.requests)
            with project.begun() as process:
                until(lambda some=before + 25: len(service.requests) > some or process.poll() is not None)  # type: ignore[misc]
                if process.poll() is not None:
                    break
                kill_all(process.pid)
            kills += 1
            lost = len({one.request for one in service.service.served if one.answered}) - len(project.kept())
            assert lost <= kills * IN_FLIGHT
        project.built()
    assert kills > 4
    assert project.lost() == []


@pytest.mark.soak
def test_at_the_spending_limit_a_run_stops_cleanly_and_a_higher_one_pays_the_rest(project: Authored) -> None:
    prices = {model: Price(1.0, 3.0) for model in ("large", "coder")}
    told = ", ".join(f"{model}: {{input: {price.input}, output: {price.output}}}" for model, price in prices.items())
    with served(project, Habits()) as service:
        plan(project, service, f"spend: {{limit: 0.05, prices: {{{told}}}}}\n")
        stopped = project.built(*WANTED, codes=(BAD,))
        spent = sum(cost_of(payment, prices) or 0.0 for payment in project.payments())
        before = [cost_of(payment, prices) or 0.0 for payment in project.payments()[:-IN_FLIGHT]]
        assert sum(before) <= 0.05 <= 1.2 * spent  # how long replies are is not known before
        bad = reasons(stopped.stderr)
        assert bad
        assert [line for line in bad if "the spending limit of 0.05 is reached" not in line] == []
        paid = len(service.requests)
        assert paid == len(project.payments())
        project.settle(SETTINGS, service.url)
        project.built(*WANTED)
    assert len(service.requests) == len(set(service.requests)) > paid
    expect_good(project)
