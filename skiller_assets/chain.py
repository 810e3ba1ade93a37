"""A declared chain as one Dagster asset definition, and the one loop that takes its artifacts key by key.

All keys of a run are one step: many are in flight in worker processes, every event is logged from here. A key that
fails is listed; the step raises at the end, so that exactly what was planned and not made shows as failed.
"""

# No "from __future__ import annotations" here: Dagster reads the annotation of ``context``, and must see the class.

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterExecutionInterruptedError

from resources.store import BrokenArtifact, Store, StoreError, label
from sensors.automation import follow_changes
from sensors.user_files import read_by
from skiller_assets.artifact import Artifact
from skiller_assets.build import Step
from skiller_assets.events import Recorder, metadata_value
from skiller_assets.interrupts import interrupts_noted
from skiller_assets.partitions import Partitions
from skiller_assets.registry import RegistryError
from skiller_assets.work import Chain, Work
from skiller_assets.workers import WorkersFailed, advance

FORCE_TAG = "skiller/force"
"""A run with this tag set to ``true`` makes everything anew that it takes, changed or not."""

AFTERWARDS = "afterwards"
"""The name under which the UI shows what was done when all of a run of a chain had gone well."""

Listener = Callable[[Step], None]
"""Told of every step after it was recorded."""


def chain_asset(chain: Chain, work: Work, listen: Listener, problem: str = "") -> dg.AssetsDefinition:
    """The asset definition of a chain. A run of it fails at once with ``problem``, when there is one."""
    partitions = Partitions(work.registry)
    keys = partitions.definition(chain.per)
    checks = [
        dg.AssetCheckSpec(c.name, asset=a.name, description=c.describe, blocking=c.blocking, partitions_def=keys)
        for a in chain.artifacts
        for c in a.checks
    ]

    @dg.multi_asset(
        name=chain.name,
        specs=[_spec(artifact, work, partitions) for artifact in chain.artifacts],
        check_specs=checks,
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run() if keys else None,
    )
    def run_chain(context: dg.AssetExecutionContext) -> Iterator[Any]:
        _run(context, chain, work, listen, problem)
        return
        yield  # a generator: a plain function's None would mark every key as made

    return run_chain


def _spec(artifact: Artifact, work: Work, partitions: Partitions) -> dg.AssetSpec:
    needs = work.needs(artifact)
    deps = [dg.AssetDep(n.name, partition_mapping=partitions.mapping(n.per, artifact.per)) for n in needs]
    return dg.AssetSpec(
        artifact.name,
        deps=[*deps, *(dg.AssetDep(asset) for asset in read_by(artifact))],
        description=artifact.describe,
        partitions_def=partitions.definition(artifact.per),
        skippable=True,
        code_version=work.codes[artifact.name],
        automation_condition=follow_changes(artifact, work.artifacts),
        group_name=artifact.group,
        kinds=set(artifact.kinds),
        owners=list(artifact.owners),
        metadata={"dagster/code_references": _code_reference(artifact)},
    )


def _code_reference(artifact: Artifact) -> dg.CodeReferencesMetadataValue:
    builder = artifact.build
    while isinstance(builder, partial):
        builder = builder.func
    source = Path(inspect.getsourcefile(builder) or __file__)
    line = inspect.getsourcelines(builder)[1]
    return dg.CodeReferencesMetadataValue(
        code_references=[dg.LocalFileCodeReference(file_path=str(source), line_number=line, label=builder.__name__)]
    )


def _run(context: dg.AssetExecutionContext, chain: Chain, work: Work, listen: Listener, problem: str) -> None:
    if problem:
        raise dg.Failure(problem, allow_retries=False)
    wanted = frozenset(key.to_user_string() for key in context.selected_asset_keys)
    if not wanted:
        raise dg.Failure("checks are made with their artifact: materialize it instead", allow_retries=False)
    work = replace(work, wanted=wanted, force=context.run.tags.get(FORCE_TAG) == "true")
    keys: list[str | None] = [None] if chain.per == "corpus" else list(context.partition_keys)
    recorder = Recorder(context, work)
    bad: list[Step] = []
    try:
        Store(work.settings.home).sweep()
        with interrupts_noted() as stopped:
            _record_all(advance(work, chain.per, keys, work.settings.processes, stopped), chain, recorder, bad, listen)
    except (StoreError, WorkersFailed) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    if stopped.is_set():
        raise DagsterExecutionInterruptedError
    if bad:
        raise _failure(bad, len(keys))
    if chain.after is not None:
        _finish(context, chain, chain.after, work)


def _finish(context: dg.AssetExecutionContext, chain: Chain, after: Callable[[Work], str], work: Work) -> None:
    """What is to be done when all went well; it is told in the log and with the chain's last artifact."""
    try:
        text = after(work)
    except (StoreError, BrokenArtifact, RegistryError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.log.info(text)
    told = {AFTERWARDS: dg.MetadataValue.text(text)}
    context.log_event(dg.AssetObservation(chain.artifacts[-1].name, metadata=told))


def _record_all(
    chunks: Iterator[list[Step]], chain: Chain, recorder: Recorder, bad: list[Step], listen: Listener
) -> None:
    """Log what became of the keys, chunk by chunk; what is not good is added to ``bad``."""
    for steps in chunks:
        for artifact in chain.artifacts:
            recorder.record(artifact, [step for step in steps if step.artifact == artifact.name])
        bad += [step for step in steps if step.status not in ("built", "reused")]
        for step in steps:
            listen(step)


def _failure(bad: list[Step], total: int) -> dg.Failure:
    """The end of a run in which something is not good: every artifact and key with its reason."""
    count = len({step.key for step in bad})
    lines = [f"- `{label(step.artifact, step.key)}` {step.status}: {step.reason}" for step in bad]
    traces = {
        f"traceback of {label(step.artifact, step.key)}": metadata_value(step.shown["traceback"])
        for step in bad
        if "traceback" in step.shown
    }
    return dg.Failure(
        f"{count} of {total} keys are incomplete:\n" + "\n".join(lines),
        metadata={"incomplete": dg.MetadataValue.md("\n".join(lines)), **traces},
        allow_retries=False,
    )
