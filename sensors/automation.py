"""Rebuilding by itself whatever a change reaches. Stopped until somebody starts it: it may cost money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

import dagster as dg

from sensors.user_files import ASSETS
from skiller_assets.artifact import Artifact

_AC = dg.AutomationCondition
_Condition = dg.AutomationCondition[Any]

# A file may change while its artifact is being made: that it was made does not settle this, only a request does.
_FILE_CHANGED = (
    _AC.any_deps_match(_AC.data_version_changed())
    .allow(dg.AssetSelection.assets(*ASSETS))
    .since(_AC.newly_requested())
)  # fmt: skip


def follow_changes(artifact: Artifact, artifacts: Sequence[Artifact]) -> _Condition | None:
    """When an artifact, one of all ``artifacts``, is made by itself: it has a reason to be, and may be made now.

    Reasons follow data versions and not materializations: an input that was rebuilt with the same content asks for
    nothing. Each is remembered until the artifact is requested, so that whatever makes it wait cannot lose it.
    None, never, for what is gathered from all domains: it decides which pairs there are, and that is asked for by hand.
    """
    if artifact.per == "corpus" and any(need.per != "corpus" for need in _needs(artifact, artifacts)):
        return None
    waits = [_AC.any_deps_in_progress(), _AC.in_progress(), *_waits(artifact, artifacts)]
    return (_wanted(artifact, artifacts) & ~_any(waits)).with_label("what it is made from changed")


def _wanted(artifact: Artifact, artifacts: Sequence[Artifact]) -> _Condition:
    """Its inputs or its code changed, its key is new, or it follows in the run that is about to be requested."""
    changed = _AC.any_deps_match(_AC.data_version_changed())
    if artifact.per == "pair":  # which pairs there are, and why, is no reason to make them all anew
        changed = changed.ignore(_these(n for n in _needs(artifact, artifacts) if n.per == "corpus"))
    begin = changed | _tail(artifact, artifacts) | _AC.code_version_changed() | _AC.newly_missing()
    return _FILE_CHANGED | begin.since(_AC.newly_requested() | _AC.newly_updated())


def _tail(artifact: Artifact, artifacts: Sequence[Artifact]) -> _Condition:
    """What it needs is requested now: the whole tail of a chain is one run; else each artifact would be its own.

    What is shared by all domains asks for an artifact of each of them, and few will differ. What follows one of those
    waits until its content is known, unless it is missing or a file of the user's asks for both.
    """
    tail = _AC.any_deps_match(_AC.will_be_requested())
    needs = [need for need in _needs(artifact, artifacts) if need.per == artifact.per == "domain"]
    if unsure := [need for need in needs if any(n.per == "corpus" for n in _needs(need, artifacts))]:
        by_file = _AC.any_deps_match(_AC.will_be_requested() & _FILE_CHANGED).allow(_these(unsure))
        return tail.ignore(_these(unsure)) | by_file | (tail.allow(_these(unsure)) & _AC.missing())
    return tail


def _waits(artifact: Artifact, artifacts: Sequence[Artifact]) -> list[_Condition]:
    """Reasons not to make it now."""
    if artifact.per == "corpus":  # files may be absent
        return [_AC.any_deps_missing().ignore(dg.AssetSelection.assets(*ASSETS))]
    if artifact.per == "domain":
        shared = {n.name: n for a in artifacts if a.per == "domain" for n in _needs(a, artifacts) if n.per == "corpus"}
        busy = [_AC.asset_matches(name, _wanted(n, artifacts) | _AC.in_progress()) for name, n in shared.items()]
        return [_AC.any_deps_missing(), *busy]
    return [_AC.any_deps_missing(), *_members_are_busy(artifact, artifacts)]


def _members_are_busy(artifact: Artifact, artifacts: Sequence[Artifact]) -> Iterator[_Condition]:
    """Of a pair: something that any artifact of it reads of its domains is being made or about to be, or has failed.

    So a pair is made once, after the runs of its domains. There is no mapping from an artifact to what only others
    read; one asks about that where it is read.
    """
    if not _members(artifact, artifacts):
        return
    for reader in (a for a in artifacts if a.per == "pair"):
        for need in _members(reader, artifacts):
            busy = _wanted(need, artifacts) | _AC.in_progress() | _AC.execution_failed()
            read = _AC.any_deps_match(busy).allow(_these([need]))
            yield read if reader.name == artifact.name else _AC.asset_matches(reader.name, read)


def _members(artifact: Artifact, artifacts: Sequence[Artifact]) -> list[Artifact]:
    """What an artifact of a pair reads of its domains."""
    return [need for need in _needs(artifact, artifacts) if need.per == "domain"]


def _needs(artifact: Artifact, artifacts: Iterable[Artifact]) -> list[Artifact]:
    return [need for need in artifacts if need.name in artifact.needs]


def _these(artifacts: Iterable[Artifact]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(artifact.name for artifact in artifacts))


def _any(conditions: Sequence[_Condition]) -> _Condition:
    return reduce(or_, conditions)


def automation_sensor(seconds: int) -> dg.AutomationConditionSensorDefinition:
    """The sensor that evaluates the condition of every artifact."""
    return dg.AutomationConditionSensorDefinition(
        "rebuild_what_changed",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=seconds,
        description="Starts a run for every artifact whose inputs or code changed, and for new domains and pairs.",
    )
