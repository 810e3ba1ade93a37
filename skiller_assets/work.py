"""Which artifacts there are, in chains, and everything that a worker process must know to build some of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from skiller_assets.artifact import PLAN, Artifact, Scope, hash_of_plan
from skiller_assets.enclosure import no_enclosure
from skiller_assets.registry import Registry
from skiller_assets.settings import Settings
from skiller_assets.user_files import hash_of_user_file

if TYPE_CHECKING:
    from skiller_assets.ask.door import Door
    from skiller_assets.enclosure import Enclosure

MakeDoor: TypeAlias = "Callable[[Settings], Door]"

_READABLE: dict[Scope, tuple[Scope, ...]] = {
    "corpus": ("corpus", "domain", "pair"),
    "domain": ("corpus", "domain"),
    "pair": ("corpus", "domain", "pair"),
}


@dataclass(frozen=True)
class Chain:
    """Artifacts with the same kind of key that a run takes key by key, in this order.

    ``after``: what is to be done when all of a run of the chain went well, outside of any builder (it may change the
    registry); it says in a text what it did.
    """

    name: str
    artifacts: tuple[Artifact, ...]
    after: Callable[[Work], str] | None = None

    @property
    def per(self) -> Scope:
        """What the key of its artifacts is."""
        return self.artifacts[0].per


@dataclass(frozen=True)
class Work:
    """All that a worker must know: the artifacts of every chain in order, and which of them are wanted.

    ``shared_doors`` makes the doors of several worker processes, for as long as they live; None: ``make_door`` serves.
    """

    artifacts: tuple[Artifact, ...]
    wanted: frozenset[str]
    settings: Settings
    registry: Registry
    codes: Mapping[str, str]
    make_door: MakeDoor
    clock: Callable[[], datetime]
    force: bool = False
    shared_doors: Callable[[Settings], AbstractContextManager[MakeDoor]] | None = None
    make_enclosure: Callable[[Settings], Enclosure] = no_enclosure

    def find(self, folder: str, key: str | None) -> Artifact | None:
        """The artifact of which a folder and a key on disk are an instance, if it still exists."""
        per = "corpus" if key is None else "pair" if key in self.registry.pairs else "domain"
        return next((a for a in self.artifacts if a.folder == folder and a.per == per), None)

    def needs(self, artifact: Artifact) -> list[Artifact]:
        """The declarations of what an artifact needs, in its order."""
        return [need for name in artifact.needs for need in self.artifacts if need.name == name]

    def version_of(self, name: str) -> str:
        """The hash that something which users or planning decide has now; the name is as manifests record it."""
        return hash_of_plan(self.registry.decided()) if name == PLAN else hash_of_user_file(self.settings.root, name)

    def sources(self, artifact: Artifact, key: str | None) -> list[tuple[Artifact, str | None]]:
        """The artifacts and keys that one artifact of one key reads."""
        return [(need, k) for need in self.needs(artifact) for k in source_keys(need, key, self.registry)]

    def gathers(self, artifact: Artifact) -> bool:
        """Whether an artifact is made once from what there is of every domain or pair."""
        return artifact.per == "corpus" and any(need.per != "corpus" for need in self.needs(artifact))


def source_keys(need: Artifact, key: str | None, registry: Registry) -> tuple[str | None, ...]:
    """Under which keys an artifact of ``key`` reads a needed one: none, its own, the members of the pair, or all."""
    if need.per == "corpus":
        return (None,)
    if key is None:
        return registry.keys(need.per)
    return registry.members(key) if need.per == "domain" and key in registry.pairs else (key,)


def validate_chains(chains: Sequence[Chain], settings: Settings) -> None:
    """Raises ValueError when chains do not fit together: a fault of the code, found when it is loaded."""
    earlier: dict[str, Artifact] = {}
    for chain in chains:
        for artifact in chain.artifacts:
            _validate(artifact, chain, earlier, settings)
            earlier[artifact.name] = artifact


def _validate(artifact: Artifact, chain: Chain, earlier: Mapping[str, Artifact], settings: Settings) -> None:
    if artifact.name in earlier:
        raise ValueError(f"there are two artifacts called {artifact.name}")
    if artifact.per != chain.per:
        raise ValueError(f"{artifact.name} is per {artifact.per}, its chain {chain.name} is per {chain.per}")
    for name in artifact.needs:
        if name not in earlier:
            raise ValueError(f"{artifact.name} needs {name}, which is not declared before it")
        if earlier[name].per not in _READABLE[artifact.per]:
            raise ValueError(f"{artifact.name} is per {artifact.per} and cannot need {name}, per {earlier[name].per}")
    try:
        pickle.dumps(artifact)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        advice = "use module-level functions, or partial of them"
        raise ValueError(f"{artifact.name} cannot be sent to a worker process ({error}): {advice}") from error
    for key in artifact.settings:
        try:
            settings.value(key)
        except KeyError as error:
            raise ValueError(f"{artifact.name} declares the setting {key}, which does not exist") from error
