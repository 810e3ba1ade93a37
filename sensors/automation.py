"""Rebuilding by itself whatever a change reaches. Stopped until somebody starts it: it may cost money."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from sensors.user_files import ASSETS

_AC = dg.AutomationCondition


def follow_changes(shared: Sequence[str]) -> dg.AutomationCondition[dg.AssetKey]:
    """When an artifact is made by itself: what it is made from changed, its code changed, or its key is new.

    Follows data versions and not materializations: an input that was rebuilt with the same content asks for nothing.
    ``will_be_requested`` takes the whole tail of a chain in one run; without it each artifact would be its own run.
    Not so below ``shared`` artifacts, which every domain needs and which no run has together with a domain's: there one
    waits until the content is known to differ. A new key waits until they know its domain, which changes their content.
    """
    changed = _AC.any_deps_match(_AC.data_version_changed())
    # A file may change while its artifact is being made: that it was made does not settle this, only a request does.
    files = changed.allow(dg.AssetSelection.assets(*ASSETS)) & ~_AC.missing()
    if shared:
        begin = changed.allow(dg.AssetSelection.assets(*shared)) | (_AC.code_version_changed() & ~_AC.missing())
    else:
        tail = _AC.any_deps_match(_AC.will_be_requested())
        begin = changed | tail | _AC.code_version_changed() | _AC.newly_missing()
    return (
        (files.since(_AC.newly_requested()) | begin.since(_AC.newly_requested() | _AC.newly_updated()))
        & ~_AC.any_deps_missing()
        & ~_AC.any_deps_in_progress()
        & ~_AC.in_progress()
    ).with_label("what it is made from changed")


def automation_sensor(seconds: int) -> dg.AutomationConditionSensorDefinition:
    """The sensor that evaluates the condition of every artifact."""
    return dg.AutomationConditionSensorDefinition(
        "rebuild_what_changed",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=seconds,
        description="Starts a run for every artifact whose inputs or code changed, and for new domains and pairs.",
    )
