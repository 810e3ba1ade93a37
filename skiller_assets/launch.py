"""Composing a project into Dagster definitions, and running its chains from a program instead of the UI.

A run started here goes through a real Dagster instance, so the UI shows it like any other.
"""

from __future__ import annotations

import os
import re
import sqlite3
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, islice
from pathlib import Path

import dagster as dg
from dagster import DagsterExecutionInterruptedError, DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster_shared.error import SerializableErrorInfo
from sqlalchemy.exc import SQLAlchemyError

from resources.store import Store, StoreError
from sensors.automation import automation_sensor
from sensors.planner import planning_sensor
from sensors.user_files import user_assets, user_file_sensor
from skiller_assets.artifact import Artifact
from skiller_assets.build import Step
from skiller_assets.chain import AFTERWARDS, FORCE_TAG, Listener, chain_asset
from skiller_assets.nearest import advise
from skiller_assets.project import Project, plan_if_asked, reread
from skiller_assets.work import Chain

_DAGSTER_YAML = "telemetry:\n  enabled: false\nnux:\n  enabled: false\n"
SENSOR_SECONDS = 30
_RUNS_LOOKED_BACK = 20
_FAILED = re.compile(r"^- `(?P<label>[^`]+)` failed: (?P<reason>.*)$", re.MULTILINE)
"""A line of the message with which a chain ends when not all is good."""
_IN_A_TERMINAL = {
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
}
"""What a run prints belongs to the terminal it was started from; Dagster would start two processes to copy it."""
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class SelectionError(Exception):
    """Something was asked for by a name that does not exist; names the nearest one."""


@dataclass(frozen=True)
class Selection:
    """What to bring up to date: some artifacts or all, of some keys or all; ``force`` makes even unchanged ones anew.

    A domain's name stands for its pairs too. What is gathered from all domains is then left alone unless it is named:
    it decides which pairs there are, and a rebuild never chooses again.
    """

    artifacts: frozenset[str] | None = None
    keys: tuple[str, ...] | None = None
    force: bool = False


@dataclass(frozen=True)
class Progress:
    """One step is over: what became of it, and how many of all are."""

    step: Step
    done: int
    total: int


@dataclass(frozen=True)
class Outcome:
    """What became of a whole selection. ``problems`` are what kept runs from going on at all.

    ``notes`` are what was done when all of a chain had gone well.
    """

    steps: tuple[Step, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything that was asked for is there now and good."""
        return not self.problems and all(step.status in ("built", "reused") for step in self.steps)


def compose(
    project: Project, listen: Listener = lambda step: None, sensor_seconds: int = SENSOR_SECONDS
) -> dg.Definitions:
    """A project as Dagster definitions: its chains, a job for each, and sensors, which are stopped at first.

    ``sensor_seconds``: how long a running sensor waits before it looks again.
    """
    with warnings.catch_warnings():
        # Partitioned checks, code references and observed assets are not final in the version to which we are pinned.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return _compose(project, listen, sensor_seconds)


def _compose(project: Project, listen: Listener, sensor_seconds: int) -> dg.Definitions:
    chains = [chain for chain in project.chains if chain.artifacts]
    jobs = [
        dg.define_asset_job(f"build_{chain.name}", dg.AssetSelection.assets(*(a.name for a in chain.artifacts)))
        for chain in chains
    ]
    return dg.Definitions(
        assets=[
            *user_assets(project.work),
            *(chain_asset(chain, project.work, listen, project.problem) for chain in chains),
        ],
        jobs=jobs,
        sensors=[
            automation_sensor(sensor_seconds),
            user_file_sensor(project.work, sensor_seconds),
            planning_sensor(partial(plan_if_asked, project), sensor_seconds),
        ],
        executor=dg.in_process_executor,
    )


@dataclass
class _Tally:
    """Counts steps for progress, and keeps them for the outcome."""

    total: int
    tell: Callable[[Progress], None]
    steps: list[Step] = field(default_factory=list)

    def __call__(self, step: Step) -> None:
        self.steps.append(step)
        self.tell(Progress(step, len(self.steps), self.total))


def run_chains(
    project: Project, selection: Selection = Selection(), on_event: Callable[[Progress], None] = lambda progress: None
) -> Outcome:
    """Brings a selection up to date, chain by chain, and says what became of each artifact and key.

    A chain may change which pairs there are; the chains after it then take the registry as it is. Raises SelectionError
    for a name that does not exist, StoreError when Dagster's own records cannot be written, RegistryError, and
    KeyboardInterrupt after Ctrl-C, when the workers are gone and what was finished is recorded.
    """
    _expect_known(project, selection)
    if project.problem:
        return Outcome(problems=(project.problem,))
    tally = _Tally(_size(project, project.chains, selection), on_event)
    definitions = compose(project, tally)
    outcome = Outcome()
    with open_instance(project.settings.home) as instance, _records_of(project.settings.home):
        for position, chain in enumerate(project.chains, 1):
            launches = list(_launches(project, chain, selection))
            for launch in launches:
                one = _launched(launch, definitions, instance, tally)
                outcome = Outcome((), (*outcome.problems, *one.problems), (*outcome.notes, *one.notes))
            now = reread(project) if chain.after and launches else project
            if now.registry != project.registry:
                project, definitions = now, compose(now, tally)
                tally.total = len(tally.steps) + _size(project, project.chains[position:], selection)
    return replace(outcome, steps=tuple(tally.steps))


def _launched(launch: _Launch, definitions: dg.Definitions, instance: DagsterInstance, tally: _Tally) -> Outcome:
    """Runs a part of a chain; what is to be told beside its steps. Raises KeyboardInterrupt after Ctrl-C."""
    before = len(tally.steps)
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(name) for name in launch.artifacts],
        tags=launch.tags,
        run_config=_QUIET,
        raise_on_error=False,
    )
    if _interrupted(result):
        raise KeyboardInterrupt
    told = tally.steps[before:]
    explained = len(told) == launch.size and not Outcome(tuple(told)).good
    return Outcome((), () if result.success or explained else tuple(_causes(result)), tuple(_notes(result)))


def _notes(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """What was done when all of a chain had gone well."""
    for event in result.all_events:
        if event.event_type_value == dg.DagsterEventType.ASSET_OBSERVATION.value:
            metadata = event.asset_observation_data.asset_observation.metadata
            if AFTERWARDS in metadata:
                yield str(metadata[AFTERWARDS].value)


@dataclass(frozen=True)
class _Launch:
    """One Dagster run: artifacts of one chain, for neighbouring keys."""

    artifacts: tuple[str, ...]
    keys: tuple[str | None, ...]
    force: bool

    @property
    def size(self) -> int:
        """How many steps it has."""
        return len(self.artifacts) * len(self.keys)

    @property
    def tags(self) -> dict[str, str]:
        tags = {FORCE_TAG: "true"} if self.force else {}
        first, last = self.keys[0], self.keys[-1]
        if first is not None and last is not None:
            tags |= {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
        return tags


def _launches(project: Project, chain: Chain, selection: Selection) -> Iterator[_Launch]:
    named = selection.artifacts
    artifacts = tuple(a.name for a in chain.artifacts if _wanted(project, a, selection))
    if not artifacts:
        return
    # Asking for some domains anew does not mean what all domains share, unless that is named.
    force = selection.force and (chain.per != "corpus" or selection.keys is None or named is not None)
    for keys in _neighbours(project, chain, selection.keys):
        yield _Launch(artifacts, keys, force)


def _size(project: Project, chains: Iterable[Chain], selection: Selection) -> int:
    """How many steps a selection has in some chains."""
    return sum(launch.size for chain in chains for launch in _launches(project, chain, selection))


def _wanted(project: Project, artifact: Artifact, selection: Selection) -> bool:
    if selection.artifacts is not None:
        return artifact.name in selection.artifacts
    return selection.keys is None or not project.work.gathers(artifact)


def _neighbours(project: Project, chain: Chain, wanted: Sequence[str] | None) -> Iterator[tuple[str | None, ...]]:
    """The wanted keys of a chain, as ranges of neighbours no longer than the settings allow."""
    every = project.keys(chain)
    chosen = [i for i, key in enumerate(every) if key is None or wanted is None or _concerns(project, key, wanted)]
    for _, run in groupby(enumerate(chosen), lambda pair: pair[1] - pair[0]):
        keys = iter([every[index] for _, index in run])
        while part := tuple(islice(keys, project.settings.run.keys_per_run)):
            yield part


def _concerns(project: Project, key: str, wanted: Sequence[str]) -> bool:
    return key in wanted or any(member in wanted for member in project.registry.members(key))


def _expect_known(project: Project, selection: Selection) -> None:
    for what, names, known in (
        ("artifact", selection.artifacts or (), [a.name for a in project.work.artifacts]),
        ("domain or pair", selection.keys or (), [*project.registry.domains, *project.registry.pairs]),
    ):
        for name in sorted(set(names) - set(known)):
            raise SelectionError(f"there is no {what} called {name}: {advise(name, known)}")


def _interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether Ctrl-C ended a run: Dagster keeps the signal to itself, and ends the run in order."""
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    return any(f.error and f.error.cls_name == DagsterExecutionInterruptedError.__name__ for f in failures)


def _causes(result: dg.ExecuteInProcessResult) -> list[str]:
    """Why a run ended before its keys were done."""
    failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    ours = [f.user_failure_data.description for f in failures if f.user_failure_data]
    theirs = [_in_one_line(f.error, result.run_id) for f in failures if f.error and not f.user_failure_data]
    return [reason for reason in (*ours, *theirs) if reason] or [f"run {result.run_id} ended before its keys were done"]


def open_instance(home: Path) -> DagsterInstance:
    """Dagster's own records: under ``DAGSTER_HOME``, or in ``<home>/dagster`` with telemetry off.

    Raises StoreError when they cannot be written.
    """
    folder = _records_folder(home)
    if not (folder / "dagster.yaml").exists():
        Store(folder).write_file("dagster.yaml", _DAGSTER_YAML)
    with _records_of(home):
        return DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=_IN_A_TERMINAL))


def _in_one_line(error: SerializableErrorInfo, run_id: str) -> str:
    """The innermost cause of an error that is not ours; its trace is in the records of the run."""
    while error.cause:
        error = error.cause
    return f"{error.message.strip().splitlines()[0]} (the trace is in run {run_id})"


def _records_folder(home: Path) -> Path:
    return Path(os.environ.get("DAGSTER_HOME") or home / "dagster")


@contextmanager
def _records_of(home: Path) -> Iterator[None]:
    """Turns a failure to read or write Dagster's records into a StoreError that says where."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"{_records_folder(home)}: Dagster's records cannot be written: {cause}") from error


def last_failures(home: Path) -> dict[str, str]:
    """Why artifacts failed when they last did, by their labels: of that only the records of runs tell, not the disk.

    Raises StoreError when they cannot be opened.
    """
    found: dict[str, str] = {}
    with open_instance(home) as instance:
        for message in _messages(instance):
            for line in _FAILED.finditer(message):
                found.setdefault(line["label"], line["reason"])
    return found


def _messages(instance: DagsterInstance) -> Iterator[str]:
    """How the newest failed runs ended, newest first."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
    for run in instance.get_runs(filters=failed, limit=_RUNS_LOOKED_BACK):
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            data = entry.dagster_event.step_failure_data if entry.dagster_event else None
            if data and data.user_failure_data and data.user_failure_data.description:
                yield data.user_failure_data.description
