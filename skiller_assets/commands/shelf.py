"""What was built, for commands that only read: found by artifact and key, verified by its hashes before it is shown."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.store import Manifest, Store, label
from skiller_assets.commands.faults import Fault, Misuse, expect_known
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.planning import plan
from skiller_assets.registry import FILE, Registry, read_registry
from skiller_assets.settings import Settings, load_settings
from skiller_assets.world.image import World, make_world

_NAMED = 5
"""So many tasks are named when a part of an id fits more than one."""


@dataclass(frozen=True)
class Shelf:
    """The artifacts of a project as they lie on disk."""

    settings: Settings
    registry: Registry

    @property
    def store(self) -> Store:
        """Where they lie."""
        return Store(self.settings.home)

    def expect_key(self, key: str) -> None:
        """Raises Misuse for a key that is neither a domain nor a pair."""
        expect_known("domain or pair", key, [*self.registry.domains, *self.registry.pairs])

    def artifacts(self) -> list[str]:
        """The artifacts of which something was built, sorted."""
        folders = self.settings.home.glob("*/*/manifest.json")
        return sorted({path.parents[1].name for path in folders if path.parents[1].name[0] != "."})

    def task(self, name: str) -> tuple[str, str]:
        """(key, id) of the task of this id, or of the one whose id begins so.

        Raises Misuse for an unknown key, for what no id or more than one begins with; Fault, BrokenArtifact.
        """
        key = name.rpartition("-")[0]
        self.expect_key(key)
        ids = sorted(str(record["id"]) for record in self.jsonl("validated_tasks", key, "tasks.jsonl"))
        found = [name] if name in ids else [task_id for task_id in ids if task_id.startswith(name)]
        if len(found) == 1:
            return key, found[0]
        if found:
            some = f"{', '.join(found[:_NAMED])}{', …' if len(found) > _NAMED else ''}"
            raise Misuse(f"{len(found)} tasks of {key} begin with {name}: {some}")
        near = difflib.get_close_matches(name, ids, n=1, cutoff=0)
        advice = f"did you mean {near[0]}?" if near else "it has no tasks"
        raise Misuse(f"there is no task of {key} called {name}: {advice}")

    def manifest(self, artifact: str, key: str | None) -> Manifest:
        """The manifest of an artifact whose files are whole. Raises Fault when it is not built, BrokenArtifact."""
        found = self.store.verify(artifact, key)
        if found is None:
            advice = f"skiller run --domain {key}" if key else "skiller run"
            raise Fault(f"{label(artifact, key)} is not built: run {advice}")
        return found

    def file(self, artifact: str, key: str | None, name: str) -> Path:
        """A file of an artifact that was built. Raises Fault, BrokenArtifact."""
        if name not in self.manifest(artifact, key).files:
            raise Fault(f"{label(artifact, key)} has no file {name}")
        return self.store.folder(artifact, key) / name

    def json(self, artifact: str, key: str | None, name: str) -> Any:
        """The value in a JSON file. Raises Fault, BrokenArtifact."""
        return json.loads(self.file(artifact, key, name).read_text(encoding="utf-8"))

    def jsonl(self, artifact: str, key: str | None, name: str) -> list[dict[str, Any]]:
        """The records of a JSON-lines file. Raises Fault, BrokenArtifact."""
        lines = self.file(artifact, key, name).read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines if line]

    def contract(self, key: str) -> CompiledContract:
        """The contract of a key. Raises Fault, BrokenArtifact, ContractError."""
        return compile_contract(contract_from(self.json("blueprint", key, "contract.json"), f"{key}/contract.json"))

    def world(self, key: str) -> World:
        """The world of a key. Raises Fault, BrokenArtifact, ContractError."""
        image = self.file("database", key, "world.sqlite").read_bytes()
        return make_world(self.contract(key), image, self.settings.now)


def open_shelf() -> Shelf:
    """The shelf of the project around the working directory. Raises SettingsError, RegistryError."""
    settings = load_settings()
    registry = read_registry(settings.home / FILE)
    if registry is None:
        from resources.providers import seed_topics  # only where nothing was planned yet: it reads the catalogue

        registry = plan(settings, None, seed_topics).registry
    return Shelf(settings, registry)
