"""How many of which kind, which of them, and that every attempt is counted once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skiller_assets.tasks.funnel import KEPT, Funnel, funnel_from
from skiller_assets.tasks.portfolio import KINDS, Demand, choose, demand, propose
from skiller_assets.tasks.records import Kind
from skiller_assets_tests.tasks.grounded import space_of, tasks_of, templates_of
from skiller_assets_tests.tasks.test_validate import SPOILED

SHARES = {"fulfil": 0.60, "refuse": 0.20, "clarify": 0.13, "irrelevant": 0.07}


@given(st.integers(1, 10_000), st.lists(st.integers(0, 100), min_size=5, max_size=5))
def test_demand_sums_to_what_is_wanted_and_is_within_one_of_each_share(total: int, weights: list[int]) -> None:
    assume(weights[0] > 0 and sum(weights) > 0)
    shares: dict[str, float] = {kind: weight / sum(weights) for kind, weight in zip(KINDS, weights, strict=True)}
    counts = demand(total, shares, 12).counts
    assert all(abs(counts[kind] - total * shares[kind]) <= 1 for kind in KINDS[1:])
    assert all(counts[kind] > 0 for kind in KINDS[1:] if shares[kind] > 0)
    assert sum(counts.values()) == max(total, sum(counts[kind] for kind in KINDS[1:]))


def test_the_default_shares_give_whole_numbers_of_tasks() -> None:
    assert demand(80, SHARES, 12).counts == {"fulfil": 48, "refuse": 16, "clarify": 10, "irrelevant": 6}


@pytest.fixture(scope="module")
def run() -> tuple[Funnel, list[Kind], int]:
    """A small portfolio of the lending library: its funnel, the kinds that were kept, and the candidates."""
    space, funnel = space_of("lending"), Funnel()
    counts: dict[Kind, int] = {"fulfil": 7, "refuse": 3, "clarify": 3, "irrelevant": 1}
    wanted = Demand(counts, 12)
    with space.world.open() as session:
        candidates = propose(space, session, templates_of("lending"), wanted, "portfolio", funnel)
        kept, _ = choose(space, session, candidates, wanted, funnel)
    return funnel, [t.kind for t in kept], len(candidates)


def test_what_was_wanted_is_kept(run: tuple[Funnel, list[Kind], int]) -> None:
    assert Counter(run[1]) == {"fulfil": 7, "refuse": 3, "clarify": 3, "irrelevant": 1}


def test_every_attempt_is_counted_once_and_stages_fit_together(run: tuple[Funnel, list[Kind], int]) -> None:
    funnel, kept, candidates = run
    assert funnel.kept("grounded") >= candidates
    assert funnel.total("validated") == candidates
    assert funnel.total("chosen") == funnel.kept("validated")
    assert funnel.kept("chosen") == len(kept)
    assert all(record["reason"] for record in funnel.records())
    assert funnel_from(funnel.records()).counts == funnel.counts


def test_what_does_not_stand_up_is_counted_under_its_reason_and_handed_back() -> None:
    make, spoil, reason = SPOILED["a choice left out"]
    space, funnel = space_of("lending"), Funnel()
    counts: dict[Kind, int] = dict.fromkeys(KINDS, 5)
    with space.world.open() as session:
        kept, rejected = choose(space, session, [make(), spoil(make())], Demand(counts, 12), funnel)
    assert [t.id for t in kept] == [make().id]
    assert [(t.id, e.reason) for t, e in rejected] == [(spoil(make()).id, reason)]
    assert funnel.counts["validated", "fulfil", reason] == 1
    assert funnel.counts["validated", "fulfil", KEPT] == 1


def test_different_tools_and_people_are_preferred() -> None:
    space = space_of("lending")
    fulfil = [t for t in tasks_of("lending") if t.kind == "fulfil"]
    counts: dict[Kind, int] = {"fulfil": 5, "refuse": 0, "clarify": 0, "irrelevant": 0}
    with space.world.open() as session:
        kept, _ = choose(space, session, fulfil, Demand(counts, 12), Funnel())
    assert len({t.goal for t in kept}) == 5
    assert len({t.human for t in kept}) >= 4
