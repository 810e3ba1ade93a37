"""Planning: from settings, domain files, topics and a ranking of pairs to the registry that is to be written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skiller_assets.ask import AskError
from skiller_assets.contract.model import is_domain
from skiller_assets.ontology.seeds import take_seeds
from skiller_assets.ontology.topics import SEED, Growth, Topic, expand
from skiller_assets.registry import NAMING, PAIR_SEPARATOR, Registry, domain_faults

if TYPE_CHECKING:
    from skiller_assets.ask.door import Door
    from skiller_assets.settings import Settings

SeedTopics = Callable[["Settings"], Sequence[Topic]]
"""The topics that planning begins with, provisional where only their names are known; asks nobody and costs nothing.

Raises AskError for names that nobody will know.
"""


@dataclass(frozen=True)
class Plan:
    """What planning found: the registry to write, what it adds and drops, and what is wrong with single domains.

    ``authored`` are the topics of domains that no file describes; ``unpaired`` the pairs that leave.
    """

    registry: Registry
    added: tuple[str, ...]
    removed: tuple[str, ...]
    authored: tuple[Topic, ...]
    problems: tuple[str, ...]
    unpaired: tuple[str, ...] = ()

    @property
    def unasked(self) -> tuple[str, ...]:
        """The domains of which only the name is known: planning without a door asks nobody about them."""
        return tuple(topic.domain for topic in self.authored if topic.is_provisional)


@dataclass(frozen=True)
class Ranking:
    """Which pairs of domains are worth having, the best choice first, and which cannot be, each with the reason."""

    chosen: tuple[str, ...]
    refused: Mapping[str, str]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Ranking:
        """The ranking in a ``pairs.json``."""
        refused = {entry["pair"]: entry["reason"] for entry in data["refused"]}
        return cls(tuple(entry["pair"] for entry in data["chosen"]), refused)


@dataclass(frozen=True)
class Files:
    """The user's domain files: ``wanted`` are to be built, ``faults`` cannot be taken, ``taken`` are all names."""

    wanted: frozenset[str]
    faults: dict[str, str]
    taken: frozenset[str]


def planned_target(settings: Settings, current: Registry | None, told: int | None = None) -> tuple[int, bool]:
    """How many domains to author, and whether the command said so now or earlier; else the settings do."""
    if told is not None:
        return told, True
    if current is not None and current.told:
        return current.target, True
    return settings.topics.target, False


def planned_pairs(settings: Settings, registry: Registry) -> int:
    """How many pairs there are to be: as the command or the settings ask, or one for every two domains."""
    asked = _pairs_asked(settings, registry.pair_target)
    return len(registry.domains) // 2 if asked is None else asked


def _pairs_asked(settings: Settings, told: int | None) -> int | None:
    return told if told is not None else settings.pairs.target


def plan(
    settings: Settings,
    current: Registry | None,
    seeds: SeedTopics = lambda settings: (),
    make_door: Callable[[Settings], Door] | None = None,
    told: int | None = None,
    pairs_told: int | None = None,
) -> Plan:
    """The registry that the settings, the user's domain files and the command (``told``, ``pairs_told``) ask for.

    A domain that cannot be taken (ill-named, two files) is named in ``problems`` and stays as it was: out, or in.
    Authored domains stay as they are; seeds are added up to the target, and, when there is a door, what comes of them.
    Pairs leave with their domains, and the last ones when fewer are asked for; :func:`adopt_pairs` adds new ones.
    """
    before = current or Registry()
    files = _files_of(settings, before)
    target, by_command = planned_target(settings, current, told)
    growth, problems = _grown(settings, before, files, target, seeds, make_door)
    kept_topics, authored = _within(growth.topics, files, target)
    domains = _domains(before, files, authored)
    pair_target = before.pair_target if pairs_told is None else pairs_told
    registry = Registry(
        domains,
        tuple(_of(before.pairs, domains))[: _pairs_asked(settings, pair_target)],
        tuple(_rooted([t for t in kept_topics if t.domain in domains], growth.topics)),
        tuple(d for d in growth.dropped if d.near in domains),
        target,
        by_command,
        pair_target,
    )
    return Plan(
        registry,
        tuple(name for name in domains if name not in before.domains),
        tuple(sorted(set(before.domains) - set(domains))),
        tuple(topic for topic in registry.topics if topic.domain not in files.taken),
        (*_file_problems(settings, files), *problems),
        tuple(pair for pair in before.pairs if pair not in registry.pairs),
    )


def adopt_pairs(registry: Registry, ranking: Ranking, target: int) -> Registry:
    """The registry with the pairs of a ranking: those that it has stay, and it is filled up to the target.

    Out go only pairs of a domain that left, and what the ranking refuses. New pairs that share a domain stand together,
    because a run takes a range of neighbouring keys. Raises RegistryError for a ranking with ill-named pairs.
    """
    possible = (pair for pair in (*registry.pairs, *ranking.chosen) if pair not in ranking.refused)
    kept: list[str] = []
    fresh: list[str] = []
    for pair in dict.fromkeys(_of(possible, registry.domains)):
        (kept if pair in registry.pairs else fresh).append(pair)
    return replace(registry, pairs=tuple(_joined(kept, fresh[: max(target - len(kept), 0)])))


def _of(pairs: Iterable[str], domains: Sequence[str]) -> Iterator[str]:
    """The pairs whose domains are all there."""
    there = set(domains)
    return (pair for pair in pairs if there.issuperset(pair.split(PAIR_SEPARATOR)))


def _joined(kept: Sequence[str], fresh: Sequence[str]) -> list[str]:
    """New pairs after those that are there: next always the best one that shares a domain with the one before it."""
    found, rest = list(kept), list(fresh)
    while rest:
        last = set(found[-1].split(PAIR_SEPARATOR)) if found else set()
        pair = next((p for p in rest if last & set(p.split(PAIR_SEPARATOR))), rest[0])
        rest.remove(pair)
        found.append(pair)
    return found


def _grown(
    settings: Settings,
    before: Registry,
    files: Files,
    target: int,
    seeds: SeedTopics,
    make_door: Callable[[Settings], Door] | None,
) -> tuple[Growth, list[str]]:
    """The topics there were, further seeds up to the target, what comes of them; and what went wrong."""
    decided = [topic for topic in before.topics if not topic.is_provisional]
    growth = Growth(files.taken, decided, before.dropped)
    spare = sum(topic.domain in files.taken for topic in decided)  # taken over by the user: beside the target
    if len(growth.topics) - spare >= target:
        return growth, []
    known = set(growth.known())
    try:
        new = [seed for seed in seeds(settings) if seed.domain not in known]
    except AskError as error:
        return growth, str(error).splitlines()
    door = make_door(settings) if make_door is not None else None
    all_there = take_seeds(growth, new, target + spare, door)
    # A seed that could not be had keeps its place: nothing else is put there.
    if door is not None and all_there and len(growth.topics) - spare < target and growth.topics:
        expand(growth, target + spare, settings.topics.strategies, door)
    return growth, growth.problems


def _within(topics: Sequence[Topic], files: Files, target: int) -> tuple[list[Topic], list[Topic]]:
    """The topics that stay, and those of them that are to be authored: no more than the target, the first ones."""
    authored = [topic for topic in topics if topic.domain not in files.taken][:target]
    names = {topic.domain for topic in authored} | files.taken
    return [topic for topic in topics if topic.domain in names], authored


def _domains(before: Registry, files: Files, authored: Sequence[Topic]) -> tuple[str, ...]:
    """What was there in its order, then new files by name, then new topics in the order in which they were found."""
    names = [topic.domain for topic in authored]
    wanted = files.wanted | set(names)
    kept = [name for name in before.domains if name in wanted or name in files.faults]
    new = [name for name in sorted(files.wanted) if name not in kept]
    return (*kept, *new, *(name for name in names if name not in kept and name not in new))


def _rooted(topics: Sequence[Topic], every: Sequence[Topic]) -> Iterator[Topic]:
    """Topics whose parent left hang on the nearest ancestor that stays, or begin anew as seeds."""
    stays = {topic.domain for topic in topics}
    parents = {topic.domain: topic.parent for topic in every}
    for topic in topics:
        parent = topic.parent
        while parent is not None and parent not in stays:
            parent = parents.get(parent)
        yield replace(topic, parent=parent, strategy=topic.strategy if parent is not None else SEED)


def _files_of(settings: Settings, before: Registry) -> Files:
    found, faults = _domain_files(settings.root / "domains")
    taken = frozenset({*found, *faults})
    if settings.domains is None:
        return Files(frozenset(found), faults, taken)
    authored = {topic.domain for topic in before.topics} - taken
    listed = {name for name in settings.domains if is_domain(name)} - set(faults) - authored
    return Files(frozenset(listed), {n: fault for n, fault in faults.items() if n in settings.domains}, taken | listed)


def _file_problems(settings: Settings, files: Files) -> Iterator[str]:
    yield from (files.faults[name] for name in sorted(files.faults))
    yield from (f"skiller.yaml: domains: {fault}" for fault in domain_faults(settings.domains or ()))


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
            faults[name] = f"{paths[0]}: {NAMING.format(name=paths[0].stem)}: rename the file"
        elif paths[0].suffix != ".yaml":
            faults[name] = f"{paths[0]}: the name of a domain file ends in .yaml: rename it to {name}.yaml"
    return tuple(sorted(set(by_name) - set(faults))), faults
