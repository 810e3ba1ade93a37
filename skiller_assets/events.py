"""What the chain tells Dagster: materializations with their provenance, and the evaluations of their checks."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

# Without this pointer the UI shows no status of a check per key; it has no public name in this version of Dagster.
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from resources.store import CheckResult, Manifest, reference
from sensors.user_files import DOMAIN_FILE, Source, observation, read_by, sources_of
from skiller_assets.artifact import (
    Artifact,
    ColumnLineage,
    ColumnSchema,
    Markdown,
    Picture,
    Shown,
    TableOf,
)
from skiller_assets.build import Step
from skiller_assets.freshness import USER_FILE
from skiller_assets.user_files import ABSENT, DOMAINS_FOLDER
from skiller_assets.work import Work, source_keys

_MATERIALIZATION = dg.DagsterEventType.ASSET_MATERIALIZATION
_DAGSTERS_OWN = {
    "row_count": "dagster/row_count",
    "columns": "dagster/column_schema",
    "column_lineage": "dagster/column_lineage",
}


class Recorder:
    """Logs what became of many keys at a time. Only for the main thread: Dagster's storage has one writer.

    ``DAGSTER_EVENT_BATCH_SIZE`` must stay unset, because pointers need the events of a chunk in storage at once.
    """

    def __init__(self, context: dg.AssetExecutionContext, work: Work) -> None:
        self._context = context
        self._work = work
        self._ids: dict[str, dict[str | None, int]] = {}
        self._observations: dict[Source, tuple[str, int]] = {}

    def record(self, artifact: Artifact, steps: Iterable[Step]) -> None:
        """Logs one materialization for each key of an artifact, then its checks. Its inputs were recorded before."""
        made = {step.key: (step, step.manifest) for step in steps if step.manifest}
        needs = self._work.needs(artifact)
        for need in needs:  # one query an input for the whole chunk
            self._load(need.name, {k for key in made for k in source_keys(need, key, self._work.registry)})
        for key, (step, manifest) in made.items():
            tags = {
                "dagster/data_version": manifest.hash,
                "dagster/data_version_is_user_provided": "true",
                "dagster/code_version": manifest.code,
            }
            for asset in read_by(artifact):
                tags |= self._observed(asset, manifest)
            for need in needs:
                tags |= self._provenance(need, manifest, source_keys(need, key, self._work.registry))
            self._context.log_event(
                dg.AssetMaterialization(
                    artifact.name, partition=key, tags=tags, metadata=self._metadata(artifact, step, manifest)
                )
            )
        newest = self._newest(artifact.name, set(made))
        self._ids.setdefault(artifact.name, {}).update(newest)
        for key, (_, manifest) in made.items():
            for check in manifest.checks:
                self._context.log_event(self._evaluation(artifact, key, check, newest[key]))

    def _provenance(self, need: Artifact, manifest: Manifest, keys: tuple[str | None, ...]) -> dict[str, str]:
        """The tags that point to an input. What was gathered was looked at under every key, and used under some."""
        names = [reference(need.folder, key) for key in keys]
        digests = [manifest.inputs[name] for name in names if name in manifest.inputs]
        known = self._ids[need.name]
        pointer = max((known.get(key, 0) for key in keys), default=0)
        return {
            f"dagster/input_data_version/{need.name}": _joined(digests),
            f"dagster/input_event_pointer/{need.name}": str(pointer or "NULL"),
        }

    def _observed(self, asset: str, manifest: Manifest) -> dict[str, str]:
        """The tags that point to an external asset as the builder read it; logs each content that is news.

        What has no partitions counts as read even where it did not matter: Dagster takes an input without a version
        for one that was added since. Who listed the domain files has read of the others that they are absent.
        """
        sources = {source: USER_FILE + source.name for source in sources_of(asset, self._work)}
        known = manifest.inputs
        if asset == DOMAIN_FILE and USER_FILE + DOMAINS_FOLDER in known:
            known = {**dict.fromkeys(sources.values(), ABSENT), **known}
        read = {source: known[name] for source, name in sources.items() if name in known}
        if not read and Source(asset) in sources:
            read = {Source(asset): self._work.version_of(Source(asset).name)}
        if not read:
            return {}
        for source, version in read.items():
            self._observe(source, version)
        return {
            f"dagster/input_data_version/{asset}": _joined(list(read.values())),
            f"dagster/input_event_pointer/{asset}": str(max(self._observations[source][1] for source in read)),
        }

    def _observe(self, source: Source, version: str) -> None:
        """Sees to it that the newest observation of a source is this version."""
        if source not in self._observations:
            self._observations[source] = self._newest_observation(source)
        if self._observations[source][0] != version:
            self._context.log_event(observation(source, version))
            self._observations[source] = self._newest_observation(source)

    def _newest_observation(self, source: Source) -> tuple[str, int]:
        partitions = [source.partition] if source.partition else None
        chosen = dg.AssetRecordsFilter(asset_key=dg.AssetKey(source.asset), asset_partitions=partitions)
        records = self._context.instance.fetch_observations(chosen, limit=1).records
        event = records[0].asset_observation if records else None
        return (event.tags["dagster/data_version"], records[0].storage_id) if event else ("", 0)

    def _load(self, name: str, keys: set[str | None]) -> None:
        known = self._ids.setdefault(name, {})
        if lacking := keys - known.keys():
            known.update(self._newest(name, lacking))

    def _newest(self, name: str, keys: set[str | None]) -> dict[str | None, int]:
        """The storage id of the newest materialization of each key, 0 where there is none."""
        if None in keys:
            records = self._context.instance.fetch_materializations(dg.AssetKey(name), limit=1).records
            return {None: records[0].storage_id if records else 0}
        partitions = {key for key in keys if key}
        found = self._context.instance.get_latest_storage_id_by_partition(
            dg.AssetKey(name), _MATERIALIZATION, partitions
        )
        return {key: found.get(key, 0) for key in partitions}

    def _evaluation(
        self, artifact: Artifact, key: str | None, check: CheckResult, storage_id: int
    ) -> dg.AssetCheckEvaluation:
        severity = dg.AssetCheckSeverity.ERROR if check.severity == "error" else dg.AssetCheckSeverity.WARN
        return dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(artifact.name),
            check_name=check.name,
            passed=check.passed,
            partition=key,
            blocking=check.blocking,
            severity=severity,
            description=check.reason or None,
            metadata={name: metadata_value(value) for name, value in check.details.items()},
            target_materialization_data=AssetCheckEvaluationTargetMaterializationData(
                storage_id=storage_id, run_id=self._context.run.run_id, timestamp=time.time()
            ),
        )

    def _metadata(self, artifact: Artifact, step: Step, manifest: Manifest) -> dict[str, Any]:
        folder = self._work.settings.home / artifact.folder / (step.key or "_")
        told = {  # the UI keeps this order: what is wrong, what it is, how it came about
            "rejected_because": step.reason,
            "domains": ", ".join(self._work.registry.members(step.key)) if artifact.per == "pair" and step.key else "",
            **{f"counts/{name}": count for name, count in manifest.counts.items()},
            **{_DAGSTERS_OWN.get(name, name): value for name, value in step.shown.items()},
            "status": step.status,
            "made_because": step.why,
            "made_at": manifest.made_at,
            "seconds_to_make": manifest.seconds,
            "path": folder,
        }
        return {name: metadata_value(value) for name, value in told.items() if value != ""}


def _joined(digests: list[str]) -> str:
    """The version of several inputs under one name."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def metadata_value(shown: Shown) -> dg.MetadataValue[Any]:
    """The Dagster form of something to show."""
    match shown:
        case Markdown(text):
            return dg.MetadataValue.md(text)
        case Picture(png, alt):
            return dg.MetadataValue.md(f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})")
        case TableOf(columns, rows):
            return _table(columns, rows)
        case ColumnSchema(columns):
            named = [dg.TableColumn(name, type=kind, description=meaning) for name, kind, meaning in columns]
            return dg.MetadataValue.table_schema(dg.TableSchema(columns=named))
        case ColumnLineage(columns):
            lineage = {name: [dg.TableColumnDep(a, column) for a, column in deps] for name, deps in columns.items()}
            return dg.MetadataValue.column_lineage(dg.TableColumnLineage(lineage))
        case Path():
            return dg.MetadataValue.path(shown)
        case bool():
            return dg.MetadataValue.bool(shown)
        case int():
            return dg.MetadataValue.int(shown)
        case float():
            return dg.MetadataValue.float(shown)
        case str():
            return dg.MetadataValue.text(shown)
        case None:
            return dg.MetadataValue.null()
        case Mapping():
            return dg.MetadataValue.json(dict(shown))
        case _:
            return dg.MetadataValue.json(list(shown))


def _table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> dg.MetadataValue[Any]:
    names = list(columns)
    records = [dg.TableRecord({n: "" if v is None else v for n, v in zip(names, row, strict=True)}) for row in rows]
    schema = dg.TableSchema(columns=[dg.TableColumn(name, type="string") for name in names])
    return dg.MetadataValue.table(records=records, schema=schema)
