"""Builds, checks and keeps the artifacts of one key, in a worker process and without Dagster.

An artifact is reused when it is whole on disk, good, and made from the same inputs, user's files, code and settings.
It is not built while an input is missing, broken, rejected or out of date.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from resources.store import CheckResult, Manifest, Store, label, reference
from skiller_assets.artifact import (
    QUARANTINE,
    Artifact,
    BuildFailed,
    Check,
    Inputs,
    Markdown,
    MissingInput,
    Shown,
    as_jsonl,
)
from skiller_assets.ask.errors import AskingEnded
from skiller_assets.asked import shown_tally, write_transcripts
from skiller_assets.freshness import USER_FILE, Freshness, Sources, Unusable
from skiller_assets.provenance import FIRST_PARTY
from skiller_assets.work import Work

if TYPE_CHECKING:
    from skiller_assets.ask.door import Door
    from skiller_assets.settings import Settings

Status = Literal["built", "reused", "rejected", "failed", "skipped"]


@dataclass(frozen=True)
class Step:
    """What became of one artifact of one key. ``why`` says why it was made, ``reason`` what is wrong with it.

    ``ended`` says why nothing will be answered any more, where that was found out here.
    """

    artifact: str
    key: str | None
    status: Status
    reason: str = ""
    why: str = ""
    seconds: float = 0.0
    manifest: Manifest | None = None
    shown: Mapping[str, Shown] = field(default_factory=dict)
    ended: str = ""


@dataclass(frozen=True)
class _Job:
    """One artifact of one key, with what it is made from, when that began, and the doors that were opened for it."""

    artifact: Artifact
    key: str | None
    sources: Sources
    began: float
    left_out: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    doors: list[Door] = field(default_factory=list)

    @property
    def name(self) -> str:
        """``artifact[key]``, or the artifact alone where it has no key."""
        return label(self.artifact.name, self.key)

    @property
    def seconds(self) -> float:
        return round(time.perf_counter() - self.began, 3)


class Builder:
    """Advances keys one after another; one lives in each worker process."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._store = Store(work.settings.home)
        self._door: Door | None = None

    def steps(self, per: str, key: str | None, ended: str = "") -> Iterator[Step]:
        """Advances every wanted artifact of a key, in order; what needs a bad one is skipped, the rest goes on.

        ``ended``: why nothing is answered any more; then nothing is made, and what is good is still reused.
        """
        fresh = Freshness(self._work, self._store)
        for artifact in self._work.artifacts:
            if artifact.per == per and artifact.name in self._work.wanted:
                step = self._advance(artifact, key, fresh, ended)
                yield step
                ended = ended or step.ended
                fresh.forget(artifact.folder, key)

    def _advance(self, artifact: Artifact, key: str | None, fresh: Freshness, ended: str) -> Step:
        began = time.perf_counter()
        doors: list[Door] = []
        try:
            if ended and (self._work.force or fresh.standing(artifact, key).state != "good"):
                return Step(artifact.name, key, "skipped", ended)
            job = _Job(artifact, key, fresh.sources(artifact, key), began, fresh.left_out(artifact), doors)
            return self._bring_up_to_date(job, fresh)
        except Unusable as error:
            return Step(artifact.name, key, "skipped", str(error))
        except Exception as error:  # noqa: BLE001  whatever one key raises must not stop the others
            trace = {} if _is_ours(error) else {"traceback": Markdown(f"```\n{traceback.format_exc()}\n```")}
            seconds = round(time.perf_counter() - began, 3)
            shown, written = self._asked(label(artifact.name, key), doors)
            told = f"{_told(error)}{f' (the conversation is in {written[-1]})' if written else ''}"
            ends = str(error) if isinstance(error, AskingEnded) else ""
            return Step(artifact.name, key, "failed", told, seconds=seconds, shown={**trace, **shown}, ended=ends)

    def _bring_up_to_date(self, job: _Job, fresh: Freshness) -> Step:
        artifact, key = job.artifact, job.key
        with self._store.lock(artifact.folder, key):
            standing = fresh.standing(artifact, key)
            if standing.state == "good" and standing.manifest and not self._work.force:
                return Step(artifact.name, key, "reused", "", "", job.seconds, standing.manifest, self._summary(job))
            why = "forced" if self._work.force else f"it was {standing.state}: {standing.reason}".removesuffix(": ")
            manifest = self._make(job)
            shown = {**self._summary(job), **self._asked(job.name, job.doors)[0]}
        status: Status = "built" if manifest.verdict == "good" else "rejected"
        return Step(artifact.name, key, status, manifest.reason, why, job.seconds, manifest, shown)

    def _make(self, job: _Job) -> Manifest:
        artifact, key = job.artifact, job.key
        inputs = self._inputs(job)
        built = artifact.build(inputs)
        _expect_declared(job)
        quarantine = {QUARANTINE: as_jsonl(built.quarantine)} if built.quarantine else {}
        draft = self._store.draft(artifact.folder, key, {**built.files, **quarantine})
        seen = self._inputs(job, draft.folder)
        checks = tuple(_run(check, seen) for check in artifact.checks)
        faults = [f"{c.name}: {c.reason}" for c in checks if c.blocking and c.severity == "error" and not c.passed]
        self._expect_unchanged(job)
        manifest = Manifest(
            artifact=artifact.folder,
            key=key,
            hash=draft.hash,
            files=draft.files,
            inputs={
                **{reference(*source): digest for source, digest in job.sources.items()},
                **{USER_FILE + name: digest for name, digest in {**seen.user_files, **inputs.user_files}.items()},
            },
            code=self._work.codes[artifact.name],
            settings=self._work.settings.hash(artifact.settings, artifact.asks),
            verdict="rejected" if faults else "good",
            reason="; ".join(faults),
            counts={**built.counts, **({"quarantined": len(built.quarantine)} if built.quarantine else {})},
            checks=checks,
            seconds=job.seconds,
            made_at=self._work.clock().isoformat(timespec="seconds"),
        )
        draft.keep(manifest)
        return manifest

    def _expect_unchanged(self, job: _Job) -> None:
        """Another run may have replaced an input while this was made from it. Raises BuildFailed."""
        now = Freshness(self._work, self._store).sources(job.artifact, job.key)
        every = now.keys() | job.sources.keys()
        if changed := sorted(reference(*source) for source in every if now.get(source) != job.sources.get(source)):
            raise BuildFailed(f"{', '.join(changed)} was replaced while this was made from it: run again")

    def _summary(self, job: _Job) -> Mapping[str, Shown]:
        if job.artifact.summarize is None:
            return {}
        try:
            return job.artifact.summarize(self._inputs(job, self._store.folder(job.artifact.folder, job.key)))
        except Exception as error:  # noqa: BLE001  a picture that cannot be drawn does not make an artifact bad
            return {"summary_failed": _told(error)}

    def _inputs(self, job: _Job, own: Path | None = None) -> Inputs:
        folders = {source: self._store.folder(*source) for source in job.sources}
        if own is not None:
            folders[job.artifact.folder, job.key] = own
        plan = self._work.registry.decided() if job.artifact.reads_plan else None
        return Inputs(
            job.artifact,
            job.key,
            self._work.settings,
            folders,
            partial(self._open_door, job),
            plan,
            job.left_out,
            self._work.make_enclosure,
        )

    def _open_door(self, job: _Job, settings: Settings) -> Door:
        if self._door is None:
            self._door = self._work.make_door(settings)
        if not job.doors:
            job.doors.append(self._door.at(job.name))
        return job.doors[0]

    def _asked(self, where: str, doors: Sequence[Door]) -> tuple[Mapping[str, Shown], list[Path]]:
        """What was asked for an artifact, and the files of conversations that led nowhere."""
        if not doors:
            return {}, []
        tally = doors[0].tally
        written = write_transcripts(tally, self._work.settings.asks, where)
        return shown_tally(tally, self._work.settings), written


def abandoned(work: Work, per: str, key: str | None, finished: frozenset[str], reason: str) -> Iterator[Step]:
    """The steps of a key whose worker did not live to report them: the first one failed, the rest never began."""
    names = [a.name for a in work.artifacts if a.per == per and a.name in work.wanted - finished]
    for name in names:
        first = name == names[0]
        yield Step(name, key, "failed" if first else "skipped", reason if first else f"{names[0]} failed: {reason}")


def _expect_declared(job: _Job) -> None:
    """Another model would otherwise answer, and the artifact would pass for its work. Raises MissingInput."""
    asked = {entry.name for door in job.doors for entry in door.tally.entries}
    if undeclared := sorted(asked.difference(job.artifact.asks)):
        raise MissingInput(f"{job.name} asks {', '.join(undeclared)}: declare it in asks")


def _run(check: Check, inputs: Inputs) -> CheckResult:
    """The result of a check; one that raises did not pass, and a blocking one fails closed."""
    try:
        found = check.run(inputs)
    except Exception as error:  # noqa: BLE001  a fault of the check must not pass for a fault of the machinery
        return CheckResult(check.name, False, f"the check could not be run: {_told(error)}", "error", check.blocking)
    return CheckResult(check.name, found.passed, found.reason, found.severity, check.blocking, dict(found.details))


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in FIRST_PARTY


def _told(error: Exception) -> str:
    return str(error) if _is_ours(error) and str(error) else f"{type(error).__name__}: {error}"
