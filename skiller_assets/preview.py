"""A few tasks of one domain, made in a home of their own with the replies and the account of the real one.

What is asked for them is what is asked for the whole later, so that nothing is paid for twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from pydantic import ValidationError

from resources.store import Store
from skiller_assets.build import Step
from skiller_assets.interrupts import interrupts_noted
from skiller_assets.planning import Plan, plan
from skiller_assets.project import Project
from skiller_assets.registry import FILE, NAMING, Registry, read_registry, write_registry
from skiller_assets.seed_names import SeedName
from skiller_assets.workers import advance

FOLDER = "preview"
"""Below the home: a home for each domain that was looked at before it was made."""


class NoSuchDomain(Exception):
    """Nobody knows a domain or a topic of this name; says what is known that is near."""


def preview_of(project: Project, key: str, tasks: int) -> Project:
    """The project narrowed to a domain with so many tasks. ``key``: of the registry, of a file, or a topic.

    Nobody is asked, but about a topic that is not planned yet and of which only the name is known. Raises NoSuchDomain,
    RegistryError.
    """
    settings = project.settings
    registry = _narrowed(_planned(project, key), key)
    own = settings.model_copy(
        update={
            "home": settings.home / FOLDER / key,
            "asks_at": settings.asks,
            "tasks": settings.tasks.model_copy(update={"per_domain": tasks}),
        }
    )
    work = replace(project.work, settings=own, registry=registry)
    return replace(project, work=work, warnings=())


def _planned(project: Project, key: str) -> Plan:
    """The plan as it would be with the domain in it; a seed is asked about with the others, as planning does."""
    settings = project.settings
    current = read_registry(settings.home / FILE)
    planned = plan(settings, current, project.seeds)
    topics = settings.topics.model_copy(update={"strategies": ()})  # nothing else is to be found now
    count = len(planned.authored)
    if key not in planned.registry.domains:
        try:
            topics = topics.model_copy(update={"seeds": (SeedName(name=key),)})
        except ValidationError as error:
            raise NoSuchDomain(NAMING.format(name=key)) from error
        count, current = count - len(planned.unasked) + 1, planned.registry
    elif key not in planned.unasked:
        return planned
    wanted = settings.model_copy(update={"topics": topics})
    found = plan(wanted, current, project.seeds, project.work.make_door, told=count)
    if key not in found.registry.domains:
        raise NoSuchDomain("\n".join(found.problems) or f"{key} says the same as a domain that is planned already")
    return found


def _narrowed(planned: Plan, key: str) -> Registry:
    """The domain with all that may bear on it: files, and what was planned before it, whose entities it may share."""
    registry = planned.registry
    parents = {topic.domain: topic.parent for topic in registry.topics}
    authored = {topic.domain for topic in planned.authored}
    place = registry.domains.index(key)
    kept = {name for at, name in enumerate(registry.domains) if at <= place or name not in authored}
    for name in list(kept):
        parent = parents.get(name)
        while parent is not None:
            kept.add(parent)
            parent = parents.get(parent)
    return Registry(
        tuple(name for name in registry.domains if name in kept),
        (),
        tuple(topic for topic in registry.topics if topic.domain in kept),
        tuple(dropped for dropped in registry.dropped if dropped.near in kept),
        registry.target,
        registry.told,
        0,
    )


def make_preview(project: Project, key: str) -> Iterator[Step]:
    """Makes everything of the domain in the narrowed project; the steps as they come.

    Raises StoreError, WorkersFailed, and KeyboardInterrupt after Ctrl-C, when the workers are gone.
    """
    work = project.work
    store = Store(work.settings.home)
    write_registry(store, work.registry)
    store.sweep()
    for per, one in (("corpus", None), ("domain", key)):
        wanted = frozenset(a.name for a in work.artifacts if a.per == per and not work.gathers(a))
        with (
            interrupts_noted() as stopped,
            closing(advance(replace(work, wanted=wanted), per, [one], 1, stopped)) as chunks,
        ):
            for chunk in chunks:
                yield from chunk
        if stopped.is_set():
            raise KeyboardInterrupt
