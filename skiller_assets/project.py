"""A project as it lies on disk: its settings and registry, and the artifacts that can be built in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from resources.store import Store
from skiller_assets.artifact import Artifact
from skiller_assets.freshness import Freshness, Standing
from skiller_assets.provenance import FIRST_PARTY, CodeGraph, modules_of
from skiller_assets.registry import FILE, Plan, Registry, RegistryError, plan, read_registry, write_registry
from skiller_assets.settings import Settings, SettingsError, load_settings
from skiller_assets.work import Chain, Work, validate_chains

if TYPE_CHECKING:
    from skiller_assets.ask.door import Door


@dataclass(frozen=True)
class Project:
    """Everything that a run starts from.

    ``problem`` says why nothing can be built (a broken ``skiller.yaml`` or registry): defaults stand in for what could
    not be read, so that the project can still be looked at. ``warnings`` are about single domains.
    """

    chains: tuple[Chain, ...]
    work: Work
    problem: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        """What ``skiller.yaml`` says."""
        return self.work.settings

    @property
    def registry(self) -> Registry:
        """Which domains and pairs exist."""
        return self.work.registry

    def keys(self, chain: Chain) -> tuple[str | None, ...]:
        """Every key of a chain, in the order of its partitions."""
        return self.registry.keys(chain.per)


def load_project(
    chains: Sequence[Chain],
    make_door: Callable[[Settings], Door],
    root: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Project:
    """The project at ``root`` (by default around the working directory), whatever the state of the user's files.

    Raises ValueError when the chains themselves do not fit together.
    """
    problems: list[str] = []
    try:
        settings = load_settings(root)
    except SettingsError as error:
        problems.append(str(error))
        settings = _defaults(root)
    validate_chains(chains, settings)
    try:
        registry = read_registry(settings.home / FILE)
    except RegistryError as error:
        registry = None
        problems.append(str(error))
    planned = plan(settings, registry)
    artifacts = tuple(artifact for chain in chains for artifact in chain.artifacts)
    warnings = planned.problems
    if registry is not None and (planned.added or planned.removed):
        names = ", ".join([*(f"{name} is new" for name in planned.added), *(f"{n} is gone" for n in planned.removed)])
        warnings += (f"the registry is behind the domain files ({names}): run skiller plan",)
    work = Work(
        artifacts=artifacts,
        wanted=frozenset(),
        settings=settings,
        registry=registry or planned.registry,
        codes=_codes(chains, make_door),
        make_door=make_door,
        clock=clock or utc_now,
    )
    return Project(tuple(chains), work, "\n".join(problems), warnings)


def apply_plan(project: Project) -> Plan:
    """Writes the registry that settings and domain files ask for; what left it is moved to the trash.

    Raises RegistryError or SettingsError when what is there cannot be read, StoreError when it cannot be written.
    """
    settings, store = load_settings(project.settings.root), Store(project.settings.home)
    current = read_registry(settings.home / FILE)
    planned = plan(settings, current)
    gone = set(planned.removed) | set(current.pairs if current else ()) - set(planned.registry.pairs)
    store.trash((artifact.folder for artifact in project.work.artifacts), gone, project.work.clock())
    write_registry(store, planned.registry)
    return planned


def standings(project: Project) -> Iterator[tuple[Artifact, str | None, Standing]]:
    """How every artifact of every key stands on disk, chain by chain and key by key."""
    store = Store(project.settings.home)
    for chain in project.chains:
        for key in project.keys(chain):
            fresh = Freshness(project.work, store)
            for artifact in chain.artifacts:
                yield artifact, key, fresh.standing(artifact, key)


def utc_now() -> datetime:
    """The clock by which manifests are dated; nothing that is generated depends on it."""
    return datetime.now(UTC)


def _defaults(root: Path | None) -> Settings:
    folder = (root or Path.cwd()).resolve()
    return Settings(root=folder, home=folder / "data")


def _codes(chains: Sequence[Chain], make_door: Callable[[Settings], Door]) -> dict[str, str]:
    functions = {a.name: (a.build, *(c.run for c in a.checks)) for chain in chains for a in chain.artifacts}
    own = {name.partition(".")[0] for made_by in functions.values() for f in made_by for name in modules_of(f)}
    graph = CodeGraph({*FIRST_PARTY, *own})
    return {name: graph.version(made_by, make_door) for name, made_by in functions.items()}
