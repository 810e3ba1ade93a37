"""The user's domain files as Dagster sees them: an external asset whose data version is each file's content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from skiller_assets.artifact import ABSENT, domain_file_name, hash_of_file

DOMAIN_FILE = "domain_file"


def domain_file_asset(root: Path, domains: Sequence[str]) -> dg.AssetsDefinition | dg.SourceAsset:
    """``domain_file``: one partition a domain, of which ``absent`` is a version like any other."""

    @dg.observable_source_asset(
        name=DOMAIN_FILE,
        partitions_def=dg.StaticPartitionsDefinition(domains),
        group_name="user",
        description="What the user wrote in domains/<domain>.yaml: a complete contract, taken verbatim.",
    )
    def domain_file() -> dg.DataVersionsByPartition:
        return dg.DataVersionsByPartition(versions(root, domains))

    return domain_file


def versions(root: Path, domains: Sequence[str]) -> dict[str, str]:
    """The content hash of each domain's file."""
    return {name: hash_of_file(root / domain_file_name(name)) for name in domains}


def changed_since(cursor: str | None, now: Mapping[str, str]) -> list[str]:
    """The domains whose file is not what the cursor remembers, sorted; at first, those that have a file."""
    then: dict[str, str] = json.loads(cursor) if cursor else {}
    return sorted(name for name, version in now.items() if version != then.get(name, ABSENT))


def observation(domain: str, version: str) -> dg.AssetObservation:
    """The event that tells Dagster which content a domain's file has now."""
    return dg.AssetObservation(DOMAIN_FILE, partition=domain, tags={"dagster/data_version": version})


def domain_file_sensor(root: Path, domains: Sequence[str], seconds: int) -> dg.SensorDefinition:
    """Notices that a domain file was written, changed or removed. What follows is up to the automation sensor."""

    @dg.sensor(
        name="domain_files",
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=seconds,
        description="Observes domains/*.yaml: a changed file makes what was built from it stale.",
    )
    def domain_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = versions(root, domains)
        events = [observation(name, now[name]) for name in changed_since(context.cursor, now)]
        return dg.SensorResult(asset_events=events, cursor=json.dumps(now, sort_keys=True))

    return domain_files
