"""Fusing two worlds, and making tasks across two domains."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from resources.providers import make_door
from skiller_assets.contract.compile import compile_contract
from skiller_assets.fusion.fuse import fuse
from skiller_assets.fusion.identity import linked_people
from skiller_assets.fusion.members import MemberWorld, member_world
from skiller_assets.fusion.pair import Pair, make_pair
from skiller_assets.fusion.trajectories import plan_trajectories, segments_of
from skiller_assets.fusion.world import merge_worlds
from skiller_assets.service.loading import contract_text
from skiller_assets.settings import Settings
from skiller_assets.tasks.checks import figures
from skiller_assets.tasks.funnel import Funnel
from skiller_assets.tasks.pair_templates import pair_templates
from skiller_assets.tasks.portfolio import MEAN_CALLS_OF_PAIRS, choose, demand, propose
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.templates import make_templates
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.composed import NOW, ROWS, SEED, composed

PAIRS = (
    ("bike_rental", "city_hotels"),
    ("aid_store", "aid_workshop"),
    ("aid_workshop", "home_claims"),
    ("boat_rental", "car_claims"),
    ("appliance_warranty", "appliance_safety"),
)
ROUNDS = 3


def member(name: str) -> MemberWorld:
    contract = composed(name)
    return member_world(contract_text(contract), generate(contract, WorldSpec(SEED, NOW, ROWS)).image, NOW)


@pytest.fixture(scope="module")
def members() -> dict[tuple[str, str], tuple[MemberWorld, MemberWorld]]:
    named = [tuple(sorted(pair)) for pair in PAIRS]
    return {(a, b): (member(a), member(b)) for a, b in named}


@pytest.mark.bench
def test_a_fused_world_costs_less_than_the_worlds_it_is_made_of(
    table: list[Line], members: dict[tuple[str, str], tuple[MemberWorld, MemberWorld]]
) -> None:
    fused, generated = [], []
    for (a, b), (one, other) in members.items():
        linked = linked_people(one, other)
        contract = fuse(f"{a}__{b}", one.member, other.member, len(linked))
        fused.append(min(_seconds(partial(merge_worlds, contract, one, other, linked))))
        began = time.process_time()
        for name in (a, b):
            generate(composed(name), WorldSpec(SEED, NOW, ROWS))
        generated.append(time.process_time() - began)
    table.append(
        Line(
            f"a fused world of {ROWS} rows an entity, one core (mean of {len(fused)})",
            "< 0.5 s",
            f"{statistics.mean(fused):.2f} s, at most {max(fused):.2f} s",
            f"{statistics.mean(generated):.2f} s to generate both",
            statistics.mean(fused) / statistics.mean(generated),
        )
    )
    assert sum(fused) < sum(generated)


@pytest.mark.bench
def test_tasks_across_two_domains(
    table: list[Line], members: dict[tuple[str, str], tuple[MemberWorld, MemberWorld]], tmp_path: Path
) -> None:
    door = make_door(Settings(home=tmp_path))
    fusing, making, tasks, calls = 0.0, 0.0, 0, []
    for (a, b), (one, other) in members.items():
        began = time.process_time()
        pair = make_pair(f"{a}__{b}", one, other, door)
        fusing += time.process_time() - began
        found, seconds, mean = _tasks(pair, (one, other))
        tasks, making = tasks + found, making + seconds
        calls.append(mean)
    table.append(
        Line(
            f"ground and validate tasks of pairs, {statistics.mean(calls):.1f} calls, one core",
            "≥ 100 /s",
            f"{tasks / making:.0f} /s",
            f"{len(members)} pairs fused and tried in {fusing:.1f} s",
            making / fusing,
        )
    )
    assert tasks > 0


def _tasks(pair: Pair, members: tuple[MemberWorld, MemberWorld]) -> tuple[int, float, float]:
    """(candidates grounded and validated, seconds that took, mean calls of the fulfil tasks chosen)."""
    compiled = compile_contract(pair.contract)
    world = make_world(compiled, pair.image, NOW)
    sides = [segments_of(m.member.domain, *_validated(m.world), 1.0) for m in members]
    walks, _ = plan_trajectories(compiled, sides, 100, "bench", concatenated=False)
    templates = pair_templates(pair.contract, [walk.as_json() for walk in walks], random.Random("bench"))
    settings = Settings().pairs
    wanted = demand(settings.tasks_per_pair, settings.shares.model_dump(), settings.max_calls, MEAN_CALLS_OF_PAIRS)
    suited = {trial.flow: trial.people for trial in pair.flows}
    space, funnel = Space(world), Funnel()
    began = time.process_time()
    with world.open() as session:
        candidates = propose(space, session, templates, wanted, "bench", funnel, suited)
        chosen, _ = choose(space, session, candidates, wanted, funnel)
    seconds = time.process_time() - began
    return len(candidates), seconds, float(str(figures(chosen)["mean calls (fulfil)"]))


def _validated(world: World) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Tasks and templates of a domain, as records."""
    contract = world.contract
    templates = make_templates(contract, contract.storylines)
    settings = Settings().tasks
    wanted = demand(40, settings.shares.model_dump(), settings.max_calls)
    space, funnel = Space(world), Funnel()
    with world.open() as session:
        chosen, _ = choose(space, session, propose(space, session, templates, wanted, "bench", funnel), wanted, funnel)
    return [task.as_json() for task in chosen], [template.as_json() for template in templates]


def _seconds(work: Callable[[], object]) -> Iterator[float]:
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        yield time.process_time() - began
