"""The artifact store: plain folders ``<home>/<artifact>/<key>/…``, each with a ``manifest.json`` written last.

A folder is written beside its place (``.new-<key>``) and renamed in; the one before it steps aside (``.old-<key>``)
for that moment. Whoever takes the lock of a key first finishes what a killed process left: the old folder goes back to
its place when the new one did not arrive. Nothing is flushed to the platter: a killed process loses nothing, and what a
power cut tears is found by its hash. Knows nothing of Dagster, of what an artifact means, or of how it is built.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

MANIFEST = "manifest.json"
NO_KEY = "_"
_LOCK_WAIT_SECONDS = 3600.0
_LOCK_POLL_SECONDS = 0.05


class StoreError(Exception):
    """The disk does not let an artifact be read or written; names the place and what to do."""


class Busy(StoreError):
    """Another run is writing this, and did not finish in the time that was given."""


class BrokenArtifact(Exception):
    """An artifact whose files are not those that its manifest names: edited by hand, truncated, or not from here."""


@dataclass(frozen=True)
class CheckResult:
    """What one check found when the artifact was made."""

    name: str
    passed: bool
    reason: str = ""
    severity: Literal["error", "warn"] = "error"
    blocking: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What is known about one artifact of one key.

    ``hash`` is over the content alone (names and hashes of ``files``), so that equal content is equal whenever,
    wherever and from whatever it was made. ``inputs`` maps ``artifact/key`` and ``file:<path of a user's file>`` to
    their hashes.
    """

    artifact: str
    key: str | None
    hash: str
    files: Mapping[str, str]
    inputs: Mapping[str, str]
    code: str
    settings: str
    verdict: Literal["good", "rejected"]
    reason: str
    counts: Mapping[str, int]
    checks: tuple[CheckResult, ...]
    seconds: float
    made_at: str


def label(artifact: str, key: str | None) -> str:
    """How an artifact of a key is called in messages: ``blueprint[airline]``, ``entities``."""
    return f"{artifact}[{key}]" if key else artifact


def reference(artifact: str, key: str | None) -> str:
    """How an input is called in manifests: ``blueprint/airline``, ``entities/_``."""
    return f"{artifact}/{key or NO_KEY}"


def content_hash(files: Mapping[str, str]) -> str:
    """The hash of an artifact's content: SHA-256 over its sorted file names and their hashes."""
    lines = "".join(f"{name}\0{files[name]}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


class Draft:
    """An artifact being made, in a folder of its own that nobody reads until :meth:`keep`."""

    def __init__(self, store: Store, artifact: str, key: str | None, files: Mapping[str, bytes | str]) -> None:
        self.folder = store.place(artifact, key, ".new-")
        self._store, self._artifact, self._key = store, artifact, key
        self.files: dict[str, str] = {}
        with _naming(self.folder):
            self.folder.mkdir(parents=True)
        for name in sorted(files):
            content = files[name]
            data = content.encode() if isinstance(content, str) else content
            path = self.folder / name
            with _naming(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            self.files[name] = hashlib.sha256(data).hexdigest()
        self.hash = content_hash(self.files)

    def keep(self, manifest: Manifest) -> None:
        """Writes the manifest and puts the folder in its place, whole or not at all. Raises StoreError."""
        final = self._store.folder(self._artifact, self._key)
        old = self._store.place(self._artifact, self._key, ".old-")
        with _naming(final):
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1, sort_keys=True)
            (self.folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
            if final.exists():
                final.rename(old)
            self.folder.rename(final)
            shutil.rmtree(old, ignore_errors=True)  # what stays is swept by the next writer


class Store:
    """Artifacts on disk under one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def folder(self, artifact: str, key: str | None) -> Path:
        """Where the files of an artifact are or will be."""
        return self.place(artifact, key, "")

    def place(self, artifact: str, key: str | None, prefix: str) -> Path:
        """The folder of a key, or with a prefix the one in which it waits (``.new-``, ``.old-``)."""
        return self.home / artifact / f"{prefix}{key or NO_KEY}"

    def manifest(self, artifact: str, key: str | None) -> Manifest | None:
        """What is known about an artifact, or None when there is none. Raises BrokenArtifact, StoreError."""
        path = self.folder(artifact, key) / MANIFEST
        if not path.exists() and self.place(artifact, key, ".old-").exists():
            with self.lock(artifact, key):  # a writer is between two renames, or was killed there
                pass
        if not self.folder(artifact, key).exists():
            return None
        advice = "rebuild it"
        try:
            found = _parse(json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError, KeyError) as error:
            raise BrokenArtifact(f"{label(artifact, key)}: {path} is missing or not a manifest: {advice}") from error
        except OSError as error:
            raise StoreError(_explain(error, path)) from error
        if (found.artifact, found.key) != (artifact, key) or found.hash != content_hash(found.files):
            raise BrokenArtifact(f"{label(artifact, key)}: {path} does not belong to this folder: {advice}")
        return found

    def verify(self, artifact: str, key: str | None) -> Manifest | None:
        """Like :meth:`manifest`, with every file hashed again. Raises BrokenArtifact naming the file, StoreError."""
        found = self.manifest(artifact, key)
        for name, expected in sorted((found.files if found else {}).items()):
            path = self.folder(artifact, key) / name
            try:
                with path.open("rb") as stream:
                    actual = hashlib.file_digest(stream, "sha256").hexdigest()
            except FileNotFoundError:
                actual = ""
            except OSError as error:
                raise StoreError(_explain(error, path)) from error
            if actual != expected:
                what = "was changed after it was made" if actual else "is missing"
                raise BrokenArtifact(f"{label(artifact, key)}: {path} {what}: rebuild it")
        return found

    def draft(self, artifact: str, key: str | None, files: Mapping[str, bytes | str]) -> Draft:
        """Begins a new content for an artifact whose lock is held. Raises StoreError."""
        return Draft(self, artifact, key, files)

    @contextmanager
    def lock(self, artifact: str, key: str | None, wait: float = _LOCK_WAIT_SECONDS) -> Iterator[None]:
        """The right to write one artifact of one key; waits for another holder, which a dead process never is.

        Raises Busy when ``wait`` seconds did not suffice, StoreError.
        """
        with _locked(self.home / ".locks" / artifact / f"{key or NO_KEY}.lock", wait, label(artifact, key)):
            self._recover(artifact, key)
            yield

    def sweep(self) -> None:
        """Finishes or removes what killed writers left, where nobody is writing now. Raises StoreError."""
        for leftover in sorted((*self.home.glob("*/.new-*"), *self.home.glob("*/.old-*"))):
            name = leftover.name.partition("-")[2]
            with suppress(Busy), self.lock(leftover.parent.name, None if name == NO_KEY else name, wait=0):
                pass

    def write_file(self, name: str, text: str) -> Path:
        """Replaces one small file of the home folder, whole or not at all; its path. Raises StoreError."""
        path = self.home / name
        beside = self.home / f".{name}.new"
        with _locked(self.home / ".locks" / f"{name}.lock", _LOCK_WAIT_SECONDS, name), _naming(path):
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        return path

    def keys(self, artifact: str) -> list[str]:
        """The keys of which there is something on disk, sorted; ``_`` for the artifact without a key."""
        folder = self.home / artifact
        return sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name[0] != ".") if folder.is_dir() else []

    def trash(self, artifacts: Iterable[str], keys: Iterable[str], at: datetime) -> Path | None:
        """Moves every artifact of some keys to ``<home>/.trash/<time>/``; the folder, or None when there was nothing.

        Raises StoreError.
        """
        target = self.home / ".trash" / at.strftime("%Y%m%dT%H%M%S.%f")
        moved = False
        for artifact in sorted(set(artifacts)):
            for key in sorted(set(keys) & set(self.keys(artifact))):
                place = target / artifact / key
                with self.lock(artifact, key), _naming(place):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    self.folder(artifact, key).rename(place)
                    moved = True
        return target if moved else None

    def _recover(self, artifact: str, key: str | None) -> None:
        final, old, new = (self.place(artifact, key, prefix) for prefix in ("", ".old-", ".new-"))
        with _naming(final):
            if old.exists() and not final.exists():
                old.rename(final)
            for leftover in (old, new):
                if leftover.exists():
                    shutil.rmtree(leftover)


def _parse(data: dict[str, Any]) -> Manifest:
    return Manifest(**data | {"checks": tuple(CheckResult(**check) for check in data["checks"])})


@contextmanager
def _locked(path: Path, wait: float, what: str) -> Iterator[None]:
    """An exclusive lock that ends with this block or with this process, whichever is first."""
    with _naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                raise Busy(f"{what} is being written by another run (lock {path}): try again later")
            time.sleep(_LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turns the operating system's refusals into a StoreError that names the place."""
    try:
        yield
    except OSError as error:
        raise StoreError(_explain(error, path)) from error


_ADVICE = {
    errno.ENOSPC: "free some space there, or set SKILLER_HOME to another disk",
    errno.EDQUOT: "free some space there, or set SKILLER_HOME to another disk",
    errno.EFBIG: "the file is larger than this process may write",
    errno.EROFS: "make it writable, or set SKILLER_HOME to a folder that is",
    errno.EACCES: "make it writable, or set SKILLER_HOME to a folder that is",
    errno.EPERM: "make it writable, or set SKILLER_HOME to a folder that is",
}


def _explain(error: OSError, path: Path) -> str:
    advice = _ADVICE.get(error.errno or 0, "look at the folder, or set SKILLER_HOME to another one")
    return f"{error.filename or path}: {error.strerror or error}: {advice}"
