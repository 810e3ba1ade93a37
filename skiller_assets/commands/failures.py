"""Why artifacts failed when they were last tried: nothing of that is on disk, only in Dagster's records of its runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance

from skiller_assets.launch import open_instance

_RUNS = 20
_LINE = re.compile(r"^- `(?P<label>[^`]+)` failed: (?P<reason>.*)$", re.MULTILINE)
"""A line of the message with which a chain ends that is not all good."""


def last_failures(home: Path) -> dict[str, str]:
    """From the label of an artifact of a key to the reason why its newest failed attempt failed."""
    found: dict[str, str] = {}
    with open_instance(home) as instance:
        for message in _messages(instance):
            for line in _LINE.finditer(message):
                found.setdefault(line["label"], line["reason"])
    return found


def _messages(instance: DagsterInstance) -> Iterator[str]:
    """How the newest failed runs ended, newest first."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    for run in instance.get_runs(filters=failed, limit=_RUNS):
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            data = entry.dagster_event.step_failure_data if entry.dagster_event else None
            if data and data.user_failure_data and data.user_failure_data.description:
                yield data.user_failure_data.description
