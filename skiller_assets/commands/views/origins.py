"""What a task was made from: hashes in its record, the artifacts and files behind it, and whether they are still so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from resources.store import NO_KEY, Manifest, label
from skiller_assets.artifact import PLAN, hash_of_plan
from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.views.paper import filled, listed
from skiller_assets.freshness import USER_FILE
from skiller_assets.tasks.records import Task
from skiller_assets.user_files import hash_of_user_file

_SHORT = 12
_ALL_DOMAINS, _FILES = "(all domains)", "(files)"


@dataclass
class Origins:
    """Everything behind an artifact, by the key it belongs to, and what of it is no longer what it was."""

    named: dict[str, dict[str, None]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def add(self, key: str, name: str, then: str, now: str | None) -> bool:
        """Notes one source, and whether it changed; False where it was noted before."""
        names = self.named.setdefault(key, {})
        if name in names:
            return False
        names[name] = None
        if now != then:
            what = f"is now {now[:_SHORT]}" if now else "is no longer there"
            whole = name if key in (_FILES, _ALL_DOMAINS) else label(name, key)
            self.changed.append(f"{whole} was {then[:_SHORT]} and {what}")
        return True


def origins_told(shelf: Shelf, task: Task) -> Iterator[str]:
    """The hashes of the record, then all that lies behind it, key by key."""
    width = max(map(len, task.hashes), default=0)
    for name, then in sorted(task.hashes.items()):
        now = _now(shelf, task.key, name)
        still = "as on disk" if now == then else f"not what is on disk, which is {now[:_SHORT] if now else 'nothing'}"
        yield f"  {name:<{width}}  {then[:_SHORT]}  {still}"
    found = Origins()
    if manifest := shelf.store.manifest("validated_tasks", task.key):
        _follow(shelf, manifest, found)
    width = max(map(len, found.named), default=0)
    for key in sorted(found.named, key=lambda key: (key != task.key, key[0] == "(", key)):
        yield listed(sorted(found.named[key]), f"  {key:<{width}}  ", most=30)
    if found.named:
        yield from (filled(line, "  ✗ ") for line in found.changed)
        yield "  " + ("the rest is as it was then" if found.changed else "all of it is as it was then")


def _follow(shelf: Shelf, manifest: Manifest, found: Origins) -> None:
    """Notes the inputs of an artifact and, of those that are there, their inputs in turn."""
    for source, then in sorted(manifest.inputs.items()):
        if source.startswith(USER_FILE):
            name = source.removeprefix(USER_FILE)
            found.add(_FILES, name, then, _file_now(shelf, name))
            continue
        artifact, _, key = source.partition("/")
        above = shelf.store.manifest(artifact, None if key == NO_KEY else key)
        is_new = found.add(_ALL_DOMAINS if key == NO_KEY else key, artifact, then, above.hash if above else None)
        if above and is_new:
            _follow(shelf, above, found)


def _file_now(shelf: Shelf, name: str) -> str:
    return hash_of_plan(shelf.registry.decided()) if name == PLAN else hash_of_user_file(shelf.settings.root, name)


def _now(shelf: Shelf, key: str, name: str) -> str | None:
    """The hash that a part of a task's record would have now; None where that part is not built."""
    artifact, file = {
        "contract": ("blueprint", "contract.json"),
        "policy": ("policy", "policy.md"),
        "world": ("database", "world.sqlite"),
    }[name]
    if not shelf.store.manifest(artifact, key):
        return None
    if name == "world":
        return shelf.world(key).hash
    return hashlib.sha256(shelf.file(artifact, key, file).read_bytes()).hexdigest()
