"""Builds, checks and keeps the artifacts of one key, in a worker process and without Dagster.

An artifact is reused when it is whole on disk, good, and made from the same inputs, user's files, code and settings.
It is not built while an input is missing, broken, rejected or out of date.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from resources.store import BrokenArtifact, CheckResult, Manifest, Store, label, reference
from skiller_assets.artifact import Artifact, BuildFailed, Check, Inputs, Markdown, Shown, as_jsonl, hash_of_file
from skiller_assets.provenance import FIRST_PARTY
from skiller_assets.registry import Registry
from skiller_assets.settings import Settings

if TYPE_CHECKING:
    from skiller_assets.ask.door import Door

Status = Literal["built", "reused", "rejected", "failed", "skipped"]
_USER_FILE = "file:"
_QUARANTINE = "quarantine.jsonl"


@dataclass(frozen=True)
class Work:
    """All that a worker must know: the artifacts of every chain in order, and which of them are wanted."""

    artifacts: tuple[Artifact, ...]
    wanted: frozenset[str]
    settings: Settings
    registry: Registry
    codes: Mapping[str, str]
    make_door: Callable[[Settings], Door]
    clock: Callable[[], datetime]
    force: bool = False

    def find(self, folder: str, key: str | None) -> Artifact | None:
        """The artifact of which a folder and a key on disk are an instance, if it still exists."""
        per = "corpus" if key is None else "pair" if key in self.registry.pairs else "domain"
        return next((a for a in self.artifacts if a.folder == folder and a.per == per), None)

    def sources(self, artifact: Artifact, key: str | None) -> list[tuple[Artifact, str | None]]:
        """The artifacts and keys that one artifact of one key reads."""
        needed = [next(a for a in self.artifacts if a.name == name) for name in artifact.needs]
        return [(need, k) for need in needed for k in source_keys(need, key, self.registry)]


@dataclass(frozen=True)
class Step:
    """What became of one artifact of one key. ``why`` says why it was made, ``reason`` why it is not good."""

    artifact: str
    key: str | None
    status: Status
    reason: str = ""
    why: str = ""
    seconds: float = 0.0
    manifest: Manifest | None = None
    shown: Mapping[str, Shown] = field(default_factory=dict)


def source_keys(need: Artifact, key: str | None, registry: Registry) -> tuple[str | None, ...]:
    """Under which keys an artifact of ``key`` reads a needed one: none, its own, or the members of the pair."""
    if need.per == "corpus" or key is None:
        return (None,)
    return registry.members(key) if need.per == "domain" else (key,)


def abandoned(work: Work, per: str, key: str | None, finished: frozenset[str], reason: str) -> Iterator[Step]:
    """The steps of a key whose worker did not live to report them: the first one failed, the rest never began."""
    status: Status = "failed"
    for artifact in work.artifacts:
        if artifact.per == per and artifact.name in work.wanted - finished:
            yield Step(artifact.name, key, status, reason)
            status, reason = "skipped", f"its worker stopped at an earlier artifact: {reason}"


class _Unusable(Exception):
    """An input that may not be used now."""


class Builder:
    """Advances keys one after another; one lives in each worker process."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._store = Store(work.settings.home)
        self._door: Door | None = None

    def steps(self, per: str, key: str | None) -> Iterator[Step]:
        """Advances every wanted artifact of a key, in order; what needs a bad one is skipped, the rest goes on."""
        fresh = _Freshness(self._work, self._store)
        for artifact in self._work.artifacts:
            if artifact.per == per and artifact.name in self._work.wanted:
                yield self._advance(artifact, key, fresh)

    def _advance(self, artifact: Artifact, key: str | None, fresh: _Freshness) -> Step:
        began = time.perf_counter()
        try:
            sources = fresh.sources(artifact, key)
            with self._store.lock(artifact.folder, key):
                why = self._work.force and "forced" or fresh.why_made(artifact, key, sources)
                manifest = self._make(artifact, key, sources, began) if why else fresh.kept(artifact, key)
        except _Unusable as error:
            return Step(artifact.name, key, "skipped", str(error), seconds=time.perf_counter() - began)
        except Exception as error:  # noqa: BLE001  whatever one key raises must not stop the others
            shown = {} if _is_ours(error) else {"traceback": Markdown(f"```\n{traceback.format_exc()}\n```")}
            return Step(artifact.name, key, "failed", _told(error), "", time.perf_counter() - began, None, shown)
        finally:
            fresh.forget(artifact.folder, key)
        status: Status = "rejected" if manifest.verdict == "rejected" else "built" if why else "reused"
        shown = self._summary(artifact, key, sources)
        return Step(artifact.name, key, status, manifest.reason, why, time.perf_counter() - began, manifest, shown)

    def _make(self, artifact: Artifact, key: str | None, sources: _Sources, began: float) -> Manifest:
        work = self._work
        inputs = self._inputs(artifact, key, sources)
        built = artifact.build(inputs)
        quarantine = {_QUARANTINE: as_jsonl(built.quarantine)} if built.quarantine else {}
        draft = self._store.draft(artifact.folder, key, {**built.files, **quarantine})
        seen = self._inputs(artifact, key, sources, draft.folder)
        results = tuple(_run(check, seen) for check in artifact.checks)
        faults = [f"{r.name}: {r.reason}" for r in results if r.blocking and r.severity == "error" and not r.passed]
        _Freshness(work, self._store).expect(sources)
        files = {f"{_USER_FILE}{name}": found for name, found in {**seen.user_files, **inputs.user_files}.items()}
        manifest = Manifest(
            artifact.folder, key, draft.hash, draft.files, {**sources, **files}, work.codes[artifact.name],
            work.settings.hash(artifact.settings), "rejected" if faults else "good", "; ".join(faults),
            {**built.counts, **({"quarantined": len(built.quarantine)} if built.quarantine else {})}, results,
            round(time.perf_counter() - began, 3), work.clock().isoformat(timespec="seconds"),
        )  # fmt: skip
        draft.keep(manifest)
        return manifest

    def _summary(self, artifact: Artifact, key: str | None, sources: _Sources) -> Mapping[str, Shown]:
        if artifact.summarize is None:
            return {}
        try:
            return artifact.summarize(self._inputs(artifact, key, sources, self._store.folder(artifact.folder, key)))
        except Exception as error:  # noqa: BLE001  a picture that cannot be drawn does not make the artifact bad
            return {"summary_failed": f"{_told(error)}"}

    def _inputs(self, artifact: Artifact, key: str | None, sources: _Sources, own: Path | None = None) -> Inputs:
        folders = {
            (need.folder, k): self._store.folder(need.folder, k) for need, k in self._work.sources(artifact, key)
        }
        if own is not None:
            folders[artifact.folder, key] = own
        return Inputs(artifact.name, key, self._work.settings, folders, self._open_door)

    def _open_door(self, settings: Settings) -> Door:
        if self._door is None:
            self._door = self._work.make_door(settings)
        return self._door
