"""A project as it lies on disk: its settings and registry, and the artifacts that can be built in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from resources.store import Store
from skiller_assets.artifact import Artifact
from skiller_assets.enclosure import no_enclosure
from skiller_assets.freshness import Freshness, Standing
from skiller_assets.planning import Plan, Ranking, SeedTopics, adopt_pairs, plan, planned_pairs, planned_target
from skiller_assets.provenance import FIRST_PARTY, CodeGraph, modules_of
from skiller_assets.registry import FILE as REGISTRY_FILE
from skiller_assets.registry import Registry, RegistryError, read_registry, write_registry
from skiller_assets.settings import FILE, Settings, SettingsError, load_settings
from skiller_assets.work import Chain, MakeDoor, Work, validate_chains

if TYPE_CHECKING:
    from skiller_assets.enclosure import Enclosure
    from skiller_assets.ontology.topics import Topic

RANKING, RANKING_FILE = "domain_pairs", "pairs.json"
"""The artifact and its file that say which pairs are worth having."""


def no_seeds(settings: Settings) -> Sequence[Topic]:
    """Of a project whose domains are all written by hand."""
    return ()


@dataclass(frozen=True)
class Project:
    """Everything that a run starts from.

    ``problem`` says why nothing can be built (a broken ``skiller.yaml`` or registry): defaults stand in for what could
    not be read, so that the project can still be looked at. ``warnings`` are about single domains. ``seeds`` are where
    planning begins.
    """

    chains: tuple[Chain, ...]
    work: Work
    problem: str = ""
    warnings: tuple[str, ...] = ()
    seeds: SeedTopics = no_seeds

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
    make_door: MakeDoor,
    root: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    seeds: SeedTopics = no_seeds,
    shared_doors: Callable[[Settings], AbstractContextManager[MakeDoor]] | None = None,
    make_enclosure: Callable[[Settings], Enclosure] = no_enclosure,
) -> Project:
    """The project at ``root`` (by default around the working directory), whatever the state of the user's files.

    Nobody is asked anything: where nothing was planned yet, the domains are those of the user's files and ``seeds``.
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
        registry = read_registry(settings.home / REGISTRY_FILE)
    except RegistryError as error:
        registry = None
        problems.append(str(error))
    if registry is None:
        planned = plan(settings, None, seeds if is_project(settings) and not problems else no_seeds)
    else:
        planned = plan(settings, registry, told=registry.target)
        settings = _with_pair_target(settings, registry.pair_target)
    artifacts = tuple(artifact for chain in chains for artifact in chain.artifacts)
    work = Work(
        artifacts=artifacts,
        wanted=frozenset(),
        settings=settings,
        registry=registry or planned.registry,
        codes=_codes(chains, make_door),
        make_door=make_door,
        clock=clock or utc_now,
        shared_doors=shared_doors,
        make_enclosure=make_enclosure,
    )
    return Project(tuple(chains), work, "\n".join(problems), tuple(_warnings(settings, registry, planned)), seeds)


def _with_pair_target(settings: Settings, told: int | None) -> Settings:
    """Settings in which what the command said about pairs stands: what depends on it is made anew."""
    if told is None:
        return settings
    return settings.model_copy(update={"pairs": settings.pairs.model_copy(update={"target": told})})


def reread(project: Project) -> Project:
    """The project with its registry as it is now. Raises RegistryError."""
    registry = read_registry(project.settings.home / REGISTRY_FILE) or project.registry
    return replace(project, work=replace(project.work, registry=registry))


def is_project(settings: Settings) -> bool:
    """Whether there is anything of a project in the folder: settings or domain files."""
    return (settings.root / FILE).is_file() or (settings.root / "domains").is_dir()


def _warnings(settings: Settings, registry: Registry | None, planned: Plan) -> Iterator[str]:
    """What is wrong with single domains, and where the registry is behind what the user wrote."""
    yield from planned.problems
    if registry is None:
        if planned.unasked:
            yield f"of {', '.join(planned.unasked)} only the names are known so far: run skiller plan"
        return
    if planned.added or planned.removed:
        names = ", ".join([*(f"{name} is new" for name in planned.added), *(f"{n} is gone" for n in planned.removed)])
        yield f"the registry is behind the domain files ({names}): run skiller plan"
    elif planned.unpaired:
        yield f"there are {len(registry.pairs)} pairs and {settings.pairs.target} are asked for: run skiller plan"
    target, _ = planned_target(settings, registry)
    if target != registry.target:
        yield f"{registry.target} authored domains were planned for and topics.target is {target}: run skiller plan"


def apply_plan(project: Project, target: int | None = None, pairs: int | None = None) -> Plan:
    """Writes the registry that settings and domain files ask for; what left it is moved to the trash.

    ``target``: how many domains to author, ``pairs``: how many pairs to have, where the settings are not to say so.
    Raises RegistryError or SettingsError when what is there cannot be read, StoreError when it cannot be written.
    """
    settings, store = load_settings(project.settings.root), Store(project.settings.home)
    current = read_registry(settings.home / REGISTRY_FILE)
    planned = plan(settings, current, project.seeds, project.work.make_door, target, pairs)
    gone = (*planned.removed, *planned.unpaired)
    store.trash((artifact.folder for artifact in project.work.artifacts), gone, project.work.clock())
    write_registry(store, planned.registry)
    return planned


def plan_if_asked(project: Project) -> str:
    """Plans where domain files or settings ask for other domains than the registry has; says what became of it.

    Where more topics would have to be asked of a model that is paid, that is left to the command. Raises what
    :func:`apply_plan` raises.
    """
    settings = load_settings(project.settings.root)
    current = read_registry(settings.home / REGISTRY_FILE)
    asked = plan(settings, current, project.seeds)
    if current is not None and not _differs(asked, current):
        return "The registry has the domains that are asked for."
    if not settings.ask.is_embedded and (asked.unasked or len(asked.authored) < asked.registry.target):
        return "More topics are asked for, and asking is not free: run skiller plan."
    planned = apply_plan(project)
    gone = [*planned.removed, *planned.unpaired]
    parts = [f"{', '.join(planned.added)} new"] if planned.added else []
    parts += [f"{', '.join(gone)} gone, what was built of them in the trash"] if gone else []
    said = "; ".join(parts) or "the target changed"
    return f"Planned: {said}. The daemon follows within a minute; the UI after Reload definitions."


def _differs(asked: Plan, current: Registry) -> bool:
    return bool(asked.added or asked.removed or asked.unpaired or asked.registry.target != current.target)


def adopt_ranking(work: Work) -> str:
    """Brings the pairs of the ranking that was just made into the registry; says what is new and what left, and why.

    Raises RegistryError, StoreError, BrokenArtifact.
    """
    store = Store(work.settings.home)
    store.verify(RANKING, None)
    ranking = Ranking.from_json(json.loads((store.folder(RANKING, None) / RANKING_FILE).read_text(encoding="utf-8")))
    before = read_registry(work.settings.home / REGISTRY_FILE) or work.registry
    target = planned_pairs(work.settings, before)
    after = adopt_pairs(before, ranking, target)
    if after == before:
        return f"the pairs stay as they were: {len(after.pairs)}, {target} are asked for"
    gone = [pair for pair in before.pairs if pair not in after.pairs]
    trash = store.trash((artifact.folder for artifact in work.artifacts), gone, work.clock())
    write_registry(store, after)
    return "\n".join(_adoption(before, after, ranking, f"; what was built of it is in {trash}" if trash else ""))


def _adoption(before: Registry, after: Registry, ranking: Ranking, trash: str) -> Iterator[str]:
    if new := [pair for pair in after.pairs if pair not in before.pairs]:
        yield f"new pairs: {', '.join(new)}"
    for pair in before.pairs:
        if pair not in after.pairs:
            yield f"{pair} is no pair any more: {ranking.refused.get(pair, 'a domain of it left')}{trash}"
    count = f"{len(after.pairs)} pair{'' if len(after.pairs) == 1 else 's'}"
    yield f"{count} now; a running UI sees them after Deployment > Reload definitions"


def standings(project: Project) -> Iterator[tuple[Artifact, str | None, Standing]]:
    """How every artifact of every key stands on disk, chain by chain and key by key."""
    fresh = Freshness(project.work, Store(project.settings.home))
    for chain in project.chains:
        for key in project.keys(chain):
            for artifact in chain.artifacts:
                yield artifact, key, fresh.standing(artifact, key)


def utc_now() -> datetime:
    """The clock by which manifests are dated; nothing that is generated depends on it."""
    return datetime.now(UTC)


def _defaults(root: Path | None) -> Settings:
    folder = (root or Path.cwd()).resolve()
    return Settings(root=folder, home=folder / "data")


def _codes(chains: Sequence[Chain], make_door: MakeDoor) -> dict[str, str]:
    functions = {a.name: (a.build, *(c.run for c in a.checks)) for chain in chains for a in chain.artifacts}
    own = {name.partition(".")[0] for made_by in functions.values() for f in made_by for name in modules_of(f)}
    graph = CodeGraph({*FIRST_PARTY, *own})
    return {name: graph.version(made_by, make_door) for name, made_by in functions.items()}
