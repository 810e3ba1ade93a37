"""The registry: the lock file that says which domains and pairs exist. ``plan`` writes it, everything else reads it.

Domains keep their place once they are in it and new ones are appended, because a run takes a range of neighbouring
keys.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resources.store import Store
from skiller_assets.contract.model import is_domain
from skiller_assets.settings import Settings

if TYPE_CHECKING:
    from skiller_assets.artifact import Scope

FILE = "registry.json"
VERSION = 1
PAIR_SEPARATOR = "__"
MEMBERS = (2, 3)


class RegistryError(Exception):
    """The registry cannot be used; one line for each thing that is wrong with it."""


@dataclass(frozen=True)
class Registry:
    """Which domains and pairs exist, in the order of their partitions."""

    domains: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises RegistryError with every fault."""
        if faults := [*_domain_faults(self.domains), *_pair_faults(self.domains, self.pairs)]:
            raise RegistryError("\n".join(faults))

    def members(self, pair: str) -> tuple[str, ...]:
        """The domains of a pair."""
        return tuple(pair.split(PAIR_SEPARATOR))

    def keys(self, per: Scope) -> tuple[str | None, ...]:
        """Every key of a kind, in the order of its partitions; ``(None,)`` for artifacts without a key."""
        return {"corpus": (None,), "domain": self.domains, "pair": self.pairs}[per]

    def pairs_of(self, domain: str) -> tuple[str, ...]:
        """The pairs to which a domain belongs."""
        return tuple(pair for pair in self.pairs if domain in self.members(pair))


@dataclass(frozen=True)
class Plan:
    """What planning found: the registry to write, what it adds and drops, and what is wrong with single domains."""

    registry: Registry
    added: tuple[str, ...]
    removed: tuple[str, ...]
    problems: tuple[str, ...]


def read_registry(path: Path) -> Registry | None:
    """The registry in a file, or None when there is no file. Raises RegistryError naming the file."""
    advice = "correct it, or remove it and run: skiller plan"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RegistryError(f"{path}: cannot be read ({error}): {advice}") from error
    if not isinstance(data, dict) or set(data) != {"version", "domains", "pairs"} or data["version"] != VERSION:
        raise RegistryError(f'{path}: needs exactly "version": {VERSION}, "domains" and "pairs": {advice}')
    try:
        return Registry(_names(data, "domains"), _names(data, "pairs"))
    except RegistryError as error:
        raise RegistryError("\n".join(f"{path}: {line}: {advice}" for line in str(error).splitlines())) from error


def write_registry(store: Store, registry: Registry) -> Path:
    """Writes the lock file, whole or not at all; its path. Raises StoreError."""
    data = {"version": VERSION, "domains": list(registry.domains), "pairs": list(registry.pairs)}
    return store.write_file(FILE, json.dumps(data, indent=1) + "\n")


def plan(settings: Settings, current: Registry | None) -> Plan:
    """The registry that the settings and the user's domain files ask for.

    A domain that cannot be taken (ill-named, two files) is named in ``problems`` and stays as it was: out, or in.
    """
    before = current or Registry()
    files, faults = _domain_files(settings.root / "domains")
    if settings.domains is None:
        wanted = set(files)
    else:
        wanted = {name for name in settings.domains if is_domain(name)} - set(faults)
        faults = {name: fault for name, fault in faults.items() if name in settings.domains}
    kept = tuple(name for name in before.domains if name in wanted or name in faults)
    added = tuple(sorted(wanted - set(kept)))
    removed = tuple(sorted(set(before.domains) - set(kept)))
    pairs = tuple(pair for pair in before.pairs if set(pair.split(PAIR_SEPARATOR)) <= {*kept, *added})
    named = [f"skiller.yaml: domains: {fault}" for fault in _domain_faults(settings.domains or ())]
    return Plan(Registry(kept + added, pairs), added, removed, (*(faults[name] for name in sorted(faults)), *named))


def _domain_files(folder: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The domains of which there is one well-named file, sorted, and a complaint for each other name."""
    by_name: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix.lower() in (".yaml", ".yml"):
            by_name.setdefault(path.stem.lower().replace("-", "_"), []).append(path)
    faults: dict[str, str] = {}
    for name, paths in by_name.items():
        if len(paths) > 1:
            faults[name] = f"{folder}: {' and '.join(path.name for path in paths)} are the same domain: keep one"
        elif not is_domain(paths[0].stem):
            faults[name] = f"{paths[0]}: {_NAMING.format(name=paths[0].stem)}: rename the file"
        elif paths[0].suffix != ".yaml":
            faults[name] = f"{paths[0]}: the name of a domain file ends in .yaml: rename it to {name}.yaml"
    return tuple(sorted(set(by_name) - set(faults))), faults


_NAMING = "{name!r} cannot be the name of a domain (one to three lower-case words joined by _, at most 24 characters)"


def _names(data: dict[str, Any], field: str) -> tuple[str, ...]:
    values = data[field]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RegistryError(f'"{field}" must be a list of names')
    return tuple(values)


def _domain_faults(domains: Sequence[str]) -> list[str]:
    faults = [_NAMING.format(name=name) for name in domains if not is_domain(name)]
    return faults + [f"domain {name!r} is there {count} times" for name, count in Counter(domains).items() if count > 1]


def _pair_faults(domains: Sequence[str], pairs: Sequence[str]) -> list[str]:
    faults = [f"pair {pair!r} is there {count} times" for pair, count in Counter(pairs).items() if count > 1]
    for pair in pairs:
        members = pair.split(PAIR_SEPARATOR)
        if not MEMBERS[0] <= len(members) <= MEMBERS[1] or len(set(members)) != len(members):
            faults.append(f"pair {pair!r} must join two or three different domains with __")
        elif members != sorted(members):
            faults.append(f"pair {pair!r} must name its domains in order: {PAIR_SEPARATOR.join(sorted(members))}")
        faults += [f"pair {pair!r} names {name!r}, not a domain here" for name in members if name not in domains]
    return faults
