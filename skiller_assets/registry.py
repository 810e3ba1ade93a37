"""The registry: the lock file that says which domains and pairs exist, and what led to those that are authored.

``skiller plan`` writes it, everything else reads it. Domains keep their place once they are in it and new ones are
appended, because a run takes a range of neighbouring keys.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.store import Store
from skiller_assets.contract.model import is_domain
from skiller_assets.ontology.topics import Dropped, Topic

if TYPE_CHECKING:
    from skiller_assets.artifact import Scope

FILE = "registry.json"
VERSION = 3
_FIELDS = {
    1: {"version", "domains", "pairs"},
    2: {"version", "domains", "pairs", "target", "told", "topics", "dropped"},
    3: {"version", "domains", "pairs", "pair_target", "target", "told", "topics", "dropped"},
}
"""Of each version: the first knew domains of files only, the second nothing of how many pairs were asked for."""
PAIR_SEPARATOR = "__"
MEMBERS = (2, 3)


class RegistryError(Exception):
    """The registry cannot be used; one line for each thing that is wrong with it."""


@dataclass(frozen=True)
class Registry:
    """Which domains and pairs exist, in the order of their partitions.

    ``topics`` are what authored domains are about, parents before their children; one whose domain the user has taken
    over into a file stays, since others descend from it. ``dropped`` were proposed and are near-duplicates. ``target``
    is how many authored domains were planned for; ``told`` whether the command said so, and not the settings.
    ``pair_target`` is how many pairs the command asked for; None: the settings say.
    """

    domains: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    target: int = 0
    told: bool = False
    pair_target: int | None = None

    def __post_init__(self) -> None:
        """Raises RegistryError with every fault."""
        faults = [*domain_faults(self.domains), *_pair_faults(self.domains, self.pairs)]
        if faults := [*faults, *_topic_faults(self.domains, self.topics)]:
            raise RegistryError("\n".join(faults))

    def decided(self) -> dict[str, Any]:
        """What planning decided about domains, as JSON values: ``domains``, ``target``, ``topics``, ``dropped``."""
        return {
            "domains": list(self.domains),
            "target": self.target,
            "topics": [topic.as_json() for topic in self.topics],
            "dropped": [asdict(dropped) | {"topic": dropped.topic.as_json()} for dropped in self.dropped],
        }

    def members(self, pair: str) -> tuple[str, ...]:
        """The domains of a pair."""
        return tuple(pair.split(PAIR_SEPARATOR))

    def keys(self, per: Scope) -> tuple[str | None, ...]:
        """Every key of a kind, in the order of its partitions; ``(None,)`` for artifacts without a key."""
        return {"corpus": (None,), "domain": self.domains, "pair": self.pairs}[per]

    def pairs_of(self, domain: str) -> tuple[str, ...]:
        """The pairs to which a domain belongs."""
        return tuple(pair for pair in self.pairs if domain in self.members(pair))


def read_registry(path: Path) -> Registry | None:
    """The registry in a file, or None when there is no file. Raises RegistryError naming the file."""
    advice = "correct it, or remove it and run: skiller plan"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RegistryError(f"{path}: cannot be read ({error}): {advice}") from error
    if not isinstance(data, dict) or (data.get("version"), set(data)) not in list(_FIELDS.items()):
        named = ", ".join(f'"{name}"' for name in sorted(_FIELDS[VERSION] - {"version"}))
        raise RegistryError(f'{path}: needs exactly "version": {VERSION}, {named}: {advice}')
    try:
        return _registry(data)
    except RegistryError as error:
        raise RegistryError("\n".join(f"{path}: {line}: {advice}" for line in str(error).splitlines())) from error


def write_registry(store: Store, registry: Registry) -> Path:
    """Writes the lock file, whole or not at all; its path. Raises StoreError."""
    pairs = {"pairs": list(registry.pairs), "pair_target": registry.pair_target}
    data = {"version": VERSION, **pairs, "told": registry.told, **registry.decided()}
    return store.write_file(FILE, json.dumps(data, indent=1) + "\n")


def _registry(data: Mapping[str, Any]) -> Registry:
    """The registry that the data of a file say. Raises RegistryError."""
    domains, pairs = _names(data, "domains"), _names(data, "pairs")
    if data["version"] == 1:
        return Registry(domains, pairs)
    try:
        read = _Lock.model_validate({name: data[name] for name in data if name in _Lock.model_fields})
    except ValidationError as error:
        raise RegistryError("\n".join(f'"{_place(e["loc"])}": {e["msg"]}' for e in error.errors())) from error
    return Registry(domains, pairs, read.topics, read.dropped, read.target, read.told, read.pair_target)


class _Lock(BaseModel):
    """The part of the file that is about authored domains, and how many of what was asked for."""

    model_config = ConfigDict(extra="forbid")

    pair_target: int | None = Field(default=None, ge=0)
    target: int = Field(ge=0)
    told: bool
    topics: tuple[Topic, ...]
    dropped: tuple[Dropped, ...]


def _place(location: Sequence[int | str]) -> str:
    return ".".join(map(str, location))


NAMING = "{name!r} cannot be the name of a domain (one to three lower-case words joined by _, at most 24 characters)"


def _names(data: Mapping[str, Any], field: str) -> tuple[str, ...]:
    values = data[field]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RegistryError(f'"{field}" must be a list of names')
    return tuple(values)


def domain_faults(domains: Sequence[str]) -> list[str]:
    """What is wrong with a list of domains: names that cannot be one, names twice."""
    faults = [NAMING.format(name=name) for name in domains if not is_domain(name)]
    return faults + [f"domain {name!r} is there {count} times" for name, count in Counter(domains).items() if count > 1]


def _topic_faults(domains: Sequence[str], topics: Sequence[Topic]) -> list[str]:
    names = [topic.domain for topic in topics]
    faults = [f"topic {name!r} is there {count} times" for name, count in Counter(names).items() if count > 1]
    faults += [f"topic {name!r} is of no domain here" for name in names if name not in domains]
    orphans = [t for i, t in enumerate(topics) if t.parent is not None and t.parent not in names[:i]]
    return faults + [f"topic {t.domain!r} must stand after its parent {t.parent!r}" for t in orphans]


def _pair_faults(domains: Sequence[str], pairs: Sequence[str]) -> list[str]:
    faults = [f"pair {pair!r} is there {count} times" for pair, count in Counter(pairs).items() if count > 1]
    for pair in pairs:
        members = pair.split(PAIR_SEPARATOR)
        if not MEMBERS[0] <= len(members) <= MEMBERS[1] or len(set(members)) != len(members):
            faults.append(f"pair {pair!r} must join two or three different domains with __")
        elif members != sorted(members):
            faults.append(f"pair {pair!r} must name its domains in order: {PAIR_SEPARATOR.join(sorted(members))}")
        unknown = [name for name in members if name not in domains]
        faults += [f"pair {pair!r} names {name!r}, {_no_domain(name, domains)}" for name in unknown]
    return faults


def _no_domain(name: str, domains: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, domains, n=1)
    return f"not a domain here{f' (did you mean {near[0]}?)' if near else ''}"
