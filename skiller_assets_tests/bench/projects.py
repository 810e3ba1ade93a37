"""A fresh project with the hand-written domains, and what lies in it after a build."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skiller_assets_tests.bench.processes import Done, watched
from skiller_assets_tests.domains import DOMAINS, FOLDER

REPOSITORY = FOLDER.parent
SETTINGS = f"seed: 1\ndomains: [{', '.join(DOMAINS)}]\ntopics: {{target: 0}}\npairs: {{target: 0}}\n"


@dataclass(frozen=True)
class Project:
    """A project folder with its artifacts under ``data``."""

    root: Path

    def python(self, *words: str, good: tuple[int, ...] = (0,)) -> Done:
        """Runs the interpreter in this project. Raises CalledProcessError for an exit code that is none of ``good``."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return watched([sys.executable, *words], self.root, {**kept, "PYTHONPATH": str(REPOSITORY)}, good)

    def skiller(self, *words: str, good: tuple[int, ...] = (0,)) -> Done:
        """Runs the ``skiller`` command in this project. Raises CalledProcessError as :meth:`python` does."""
        return self.python("-m", "skiller_assets.cli", *words, good=good)

    def seconds(self, domain: str) -> float:
        """How long the artifacts of a domain took to build and check, by their manifests."""
        own = (json.loads(path.read_text()) for path in self._manifests() if path.parent.name == domain)
        return sum(float(manifest["seconds"]) for manifest in own)

    def tasks(self) -> int:
        """How many validated tasks there are."""
        files = (self.root / "data" / "validated_tasks").glob("*/tasks.jsonl")
        return sum(path.read_bytes().count(b"\n") for path in files)

    def made(self) -> dict[str, int]:
        """When each artifact of each key was made, in nanoseconds, by its folder."""
        return {str(path.parent): path.stat().st_mtime_ns for path in self._manifests()}

    def _manifests(self) -> Iterator[Path]:
        return (self.root / "data").glob("*/**/manifest.json")


def lay_out(root: Path) -> Project:
    """A new project, planned, with nothing built in it."""
    shutil.copytree(FOLDER, root / "domains")
    (root / "skiller.yaml").write_text(SETTINGS, encoding="utf-8")
    project = Project(root)
    project.skiller("plan")
    return project
