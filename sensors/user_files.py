"""What users and planning decide, as Dagster sees it: external assets whose data versions are hashes of the content."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import dagster as dg

from skiller_assets.artifact import PLAN, Artifact, hash_of_plan
from skiller_assets.registry import FILE as REGISTRY_FILE
from skiller_assets.registry import read_registry
from skiller_assets.user_files import CATALOGUE_FOLDER, domain_file_name
from skiller_assets.work import Work

DOMAIN_FILE = "domain_file"
CATALOGUE = "catalogue"
ASSETS = (DOMAIN_FILE, CATALOGUE, PLAN)
"""The external assets; ``domain_file`` has a partition for each domain, the others have none."""

DAEMON_LAG_SECONDS = 75
"""How long after everybody else the daemon may learn which keys there are: it reloads code locations every minute.

What it is told earlier it applies to the old keys. Runs for those that are gone fail with all that is in them.
"""

_DESCRIBE = {
    DOMAIN_FILE: "What the user wrote in domains/<domain>.yaml: a complete contract, taken verbatim.",
    CATALOGUE: "What the user wrote in catalogue/: people, things and services that the offline author knows, too.",
    PLAN: "What skiller plan decided: which domains there are, and what led to those that are authored.",
}


class Source(NamedTuple):
    """One thing that is observed: an external asset, or one partition of it."""

    asset: str
    partition: str | None = None

    @property
    def name(self) -> str:
        """What the manifests of artifacts call it."""
        if self.asset == DOMAIN_FILE:
            return domain_file_name(self.partition)
        return CATALOGUE_FOLDER if self.asset == CATALOGUE else PLAN

    def __str__(self) -> str:
        return f"{self.asset}/{self.partition or ''}"


def sources_of(asset: str, work: Work) -> list[Source]:
    """Everything of an external asset that is observed."""
    return [Source(asset, name) for name in work.registry.domains] if asset == DOMAIN_FILE else [Source(asset)]


def read_by(artifact: Artifact) -> list[str]:
    """The external assets that an artifact is made from."""
    read = (artifact.reads_domain_file, artifact.reads_catalogue, artifact.reads_plan)
    return [asset for asset, reads in zip(ASSETS, read, strict=True) if reads]


def user_assets(work: Work) -> list[dg.AssetsDefinition | dg.SourceAsset]:
    """The external assets; ``absent`` is a version like any other."""
    return [_domain_file_asset(work), *(_asset(asset, work) for asset in (CATALOGUE, PLAN))]


def _domain_file_asset(work: Work) -> dg.AssetsDefinition | dg.SourceAsset:
    @dg.observable_source_asset(
        name=DOMAIN_FILE,
        partitions_def=dg.StaticPartitionsDefinition(work.registry.domains),
        group_name="user",
        description=_DESCRIBE[DOMAIN_FILE],
    )
    def domain_file() -> dg.DataVersionsByPartition:
        sources = sources_of(DOMAIN_FILE, work)
        return dg.DataVersionsByPartition({source.partition or "": work.version_of(source.name) for source in sources})

    return domain_file


def _asset(name: str, work: Work) -> dg.AssetsDefinition | dg.SourceAsset:
    @dg.observable_source_asset(name=name, group_name="user", description=_DESCRIBE[name])
    def observed() -> dg.DataVersion:
        return dg.DataVersion(work.version_of(Source(name).name))

    return observed


class Seen(NamedTuple):
    """What the sensor remembers: the versions that it has told, and since when it waits with the rest."""

    versions: Mapping[str, str]
    waiting_since: float | None = None

    @staticmethod
    def read(cursor: str | None) -> Seen:
        """From a cursor; nothing was seen when there is none, or one of an earlier version of this sensor."""
        data = json.loads(cursor) if cursor else {}
        return Seen(**data) if set(data) == set(Seen._fields) else Seen({})

    def changed(self, now: Mapping[str, str]) -> list[str]:
        """What is new or not as it was, sorted. That something is absent is news, too: who needs it waits for that."""
        return sorted(name for name, version in now.items() if version != self.versions.get(name))

    def cursor(self) -> str:
        """As ``read`` takes it."""
        return json.dumps(self._asdict(), sort_keys=True)


def observation(source: Source, version: str) -> dg.AssetObservation:
    """The event that tells Dagster which content something has now."""
    return dg.AssetObservation(source.asset, partition=source.partition, tags={"dagster/data_version": version})


def user_file_sensor(work: Work, seconds: int, clock: Callable[[], float] = time.time) -> dg.SensorDefinition:
    """Notices that something was written, changed or removed. What follows is up to the automation sensor."""

    @dg.sensor(
        name="user_files",
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=seconds,
        description="Observes domains/, catalogue/ and the plan: a change makes what was built from it stale.",
    )
    def user_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        if _plan_on_disk(work) != work.version_of(PLAN):
            return dg.SensorResult(skip_reason="The plan changed: reload the code location.", cursor=context.cursor)
        seen = Seen.read(context.cursor)
        sources = {str(source): source for asset in ASSETS for source in sources_of(asset, work)}
        now = {name: work.version_of(source.name) for name, source in sources.items()}
        changed = seen.changed(now)
        if seen.versions and str(Source(PLAN)) in changed:
            since = clock() if seen.waiting_since is None else seen.waiting_since
            if clock() - since < DAEMON_LAG_SECONDS:
                reason = "The plan changed: waiting until the daemon knows which domains there are."
                return dg.SensorResult(skip_reason=reason, cursor=Seen(seen.versions, since).cursor())
        # The daemon may look between two of them: the plan is told first, since what follows from it comes first.
        events = [observation(sources[name], now[name]) for name in reversed(changed)]
        return dg.SensorResult(asset_events=events, cursor=Seen(now).cursor())

    return user_files


def _plan_on_disk(work: Work) -> str:
    """The version of the plan that runs started now would follow. Raises RegistryError."""
    registry = read_registry(work.settings.home / REGISTRY_FILE)
    return work.version_of(PLAN) if registry is None else hash_of_plan(registry.decided())
