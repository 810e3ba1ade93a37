"""Composed services taken through everything that an artifact of theirs must stand, in one process without Dagster."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from resources.offline.catalogue import Catalogue
from resources.offline.catalogue_files import load_catalogue
from resources.offline.composer import compose
from resources.providers import make_door
from skiller_assets.ask import Door
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.service.edges import confirm_edges
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.policy import build_policy
from skiller_assets.service.policy_check import count_words, policy_complaints
from skiller_assets.service.profile import AUTHORED, profile_problems
from skiller_assets.service.shape import shape_of
from skiller_assets.service.storylines import ask_storylines
from skiller_assets.service.summary import summarize_database
from skiller_assets.settings import Settings
from skiller_assets.tasks.authoring import author_templates
from skiller_assets.tasks.checks import figures, mix_faults, opening_faults
from skiller_assets.tasks.funnel import Funnel
from skiller_assets.tasks.habits import habits_of
from skiller_assets.tasks.personas import people_of
from skiller_assets.tasks.portfolio import choose, demand, propose
from skiller_assets.tasks.queries import Query, write_queries
from skiller_assets.tasks.records import Task
from skiller_assets.tasks.similarity import distinct_share
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.templates import Template
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world

NOW = "2025-03-10T09:00:00"
ROWS, TASKS, SEED = 300, 80, 1
POLICY_WORDS = range(800, 2001)
SIZES = ("tools", "writes", "rules", "rule kinds", "rules by agent", "peripherals", "relationships")


@dataclass(frozen=True)
class Examined:
    """A service, what is wrong with it, its figures, and the seconds that each part of the work took."""

    name: str
    faults: tuple[str, ...]
    shape: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@cache
def catalogue() -> Catalogue:
    """The bundled catalogue."""
    return load_catalogue()


@cache
def composed(name: str, seed: int = SEED) -> Contract:
    """A composed service, not compiled yet. Raises ContractError."""
    return contract_from(compose(catalogue(), name, seed), f"{name}.yaml")


@cache
def compiled(name: str, seed: int = SEED) -> CompiledContract:
    """A composed service, compiled. Raises ContractError."""
    return compile_contract(composed(name, seed))


def sizes_of(contract: Contract) -> dict[str, int]:
    """How much there is of what the profile counts."""
    rules = {rule.id: rule for tool in contract.tools for rule in contract.rules_of(tool)}
    counts = (
        len(contract.tools),
        sum(tool.access == "write" for tool in contract.tools.values()),
        len(rules),
        len({rule.kind for rule in rules.values()}),
        sum(rule.by == "agent" for rule in rules.values()),
        sum(entity.kind == "peripheral" for entity in contract.entities.values()),
        len(contract.relationships),
    )
    return dict(zip(SIZES, counts, strict=True))


class Examination:
    """One service on its way through the gates, the policy, the tasks and the queries."""

    def __init__(self, name: str, seed: int, door: Door, now: str = NOW) -> None:
        self._seed, self._door, self._now = seed, door, now
        self._name = name
        self._started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.faults: list[str] = []
        self.figures: dict[str, float] = {}

    def gates(self) -> World:
        """Composed, compiled, within the profile, with live rules and effects. Raises ContractError."""
        raw = compose(catalogue(), self._name, self._seed)
        self._lap("compose")
        self.service = compile_contract(contract_from(raw, f"{self._name}.yaml"))
        self.faults += map(str, profile_problems(self.service, AUTHORED))
        self._lap("compile")
        world = make_world(
            self.service, generate(self.service.contract, WorldSpec(self._seed, self._now, ROWS)).image, self._now
        )
        self._lap("world")
        self.faults += evidence_faults(gather_evidence(world))
        self._lap("evidence")
        return world

    def tasks(self, world: World) -> tuple[list[Task], list[Query]]:
        """The policy, the validated tasks and their queries."""
        contract = self.service.contract
        policy = build_policy(contract, summarize_database(world.image, contract), self._door)
        words = count_words(policy)
        self.faults += policy_complaints(contract, policy)
        self.faults += [] if words in POLICY_WORDS else [f"the policy has {words} words"]
        edges = confirm_edges(world)
        conflicts = [(e.source, e.target) for e in edges if e.type == "conflict"]
        storylines = ask_storylines(contract, conflicts, self._door)
        self._lap("policy and graph")
        habits = habits_of([(e.source, e.target, e.type) for e in edges], [s.goals for s in storylines])
        rng = random.Random(f"{self._seed}|tasks|{self._name}")
        templates = author_templates(contract, storylines, habits, rng, self._door).templates
        self._lap("templates")
        chosen = self._chosen(world, templates)
        queries = write_queries(contract, chosen, people_of(world), self._door, datetime.fromisoformat(self._now))
        openings = [query.record()["opening"] for query in queries.written]
        self.faults += opening_faults(openings)
        lost = len(chosen) - len(openings)
        self.faults += [f"{lost} of {len(chosen)} tasks have no query"] if lost > 0.05 * len(chosen) else []
        self._lap("queries")
        self.figures |= {"words of the policy": words, "distinct trigrams": distinct_share(openings[:50])}
        return chosen, list(queries.written)

    def _chosen(self, world: World, templates: Sequence[Template]) -> list[Task]:
        space, funnel = Space(world), Funnel()
        wanted = demand(TASKS, Settings().tasks.shares.model_dump(), Settings().tasks.max_calls)
        key = f"{self._seed}|tasks|{self._name}"
        with world.open() as session:
            candidates = propose(space, session, templates, wanted, key, funnel)
        self._lap("ground")
        with world.open() as session:
            chosen, _ = choose(space, session, candidates, wanted, funnel)
        self._lap("validate")
        self.faults += mix_faults(chosen, TASKS)
        self.figures |= {k: float(v) for k, v in figures(chosen).items() if isinstance(v, int | float)}
        return chosen

    def _lap(self, part: str) -> None:
        now = time.perf_counter()
        self.seconds[part] = now - self._started
        self._started = now


def examine(name: str, seed: int = SEED, tasks: bool = True) -> Examined:
    """Everything about one service; its faults are those that would keep it from being shipped."""
    with TemporaryDirectory() as home:
        subject = Examination(name, seed, make_door(Settings(home=Path(home))))
        try:
            world = subject.gates()
        except ContractError as error:
            return Examined(name, tuple(str(error).splitlines()))
        if tasks:
            subject.tasks(world)
        service = subject.service
        return Examined(
            name, tuple(subject.faults), shape_of(service), sizes_of(service.contract), subject.figures, subject.seconds
        )


def examine_all(names: Iterable[str], processes: int, tasks: bool = True) -> list[Examined]:
    """Many services, over some processes, in the order of their names."""
    ordered = sorted(names)
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(examine, ordered, [SEED] * len(ordered), [tasks] * len(ordered), chunksize=4))
