"""The hand-written domains under random calls: no fault of a contract, no broken invariant, no illegal step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from skiller_assets.service.random_calls import random_calls
from skiller_assets.service.search import Call, Explorer, Findings
from skiller_assets.world.diff import Change
from skiller_assets.world.image import World
from skiller_assets.world.lifecycle import illegal_transitions
from skiller_assets.world.session import Session
from skiller_assets_tests.worlds import broken_invariants

SEQUENCES = 30
States = dict[tuple[str, tuple[object, ...]], str]


@pytest.fixture(scope="session")
def sequences(generated_world: World) -> list[list[Call]]:
    """Sequences of calls for people of the world; they feed on what each call has shown."""
    explorer = Explorer(generated_world)
    findings: tuple[Findings, ...] = explorer.explore()
    principal = generated_world.contract.principals[0]
    return [list(random_calls(explorer, principal, n, findings)) for n in range(SEQUENCES)]


def states(session: Session, world: World) -> States:
    """The state of every record that has a lifecycle."""
    found: States = {}
    for name, table in world.contract.tables.items():
        if table.lifecycle:
            columns = ", ".join(f'"{c}"' for c in [*table.key, table.lifecycle.column])
            found |= {(name, tuple(row[:-1])): row[-1] for row in session.query(f'SELECT {columns} FROM "{name}"')}
    return found


def steps(before: States, after: States, world: World) -> Iterator[Change]:
    for (name, key), state in after.items():
        lifecycle = world.contract.tables[name].lifecycle
        assert lifecycle is not None
        old = before.get((name, key))
        if old is None:
            yield Change("insert", name, key, None, {lifecycle.column: state})
        elif old != state:
            yield Change("update", name, key, {lifecycle.column: old}, {lifecycle.column: state})


def test_no_sequence_meets_a_fault_of_the_contract(generated_world: World, sequences: list[list[Call]]) -> None:
    met: Counter[str] = Counter()
    with generated_world.open() as session:
        for calls in sequences:
            session.reset()
            for call in calls:
                outcome = session.call(call.tool, call.arguments)
                assert outcome.status != "error", f"{call}: {outcome.message}"
                met[outcome.status] += 1
    assert min(met["ok"], met["denied"]) > 3 * SEQUENCES
    assert met["invalid"] > 0


def test_invariants_hold_after_every_sequence(generated_world: World, sequences: list[list[Call]]) -> None:
    with generated_world.open() as session:
        assert broken_invariants(generated_world, session) == []
        for calls in sequences:
            session.reset()
            for call in calls:
                session.call(call.tool, call.arguments)
            assert broken_invariants(generated_world, session) == []


def test_every_call_takes_records_one_step_of_their_lifecycle(
    generated_world: World, sequences: list[list[Call]]
) -> None:
    with generated_world.open() as session:
        for calls in sequences:
            session.reset()
            before = states(session, generated_world)
            for call in calls:
                session.call(call.tool, call.arguments)
                after = states(session, generated_world)
                changes = tuple(steps(before, after, generated_world))
                assert illegal_transitions(generated_world.contract, changes, one_call=True) == [], call
                before = after
            assert illegal_transitions(generated_world.contract, session.diff()) == []


def test_a_replay_in_a_fresh_session_ends_in_the_same_diff(generated_world: World, sequences: list[list[Call]]) -> None:
    with generated_world.open() as reused:
        for calls in sequences[:10]:
            reused.reset()
            with generated_world.open() as fresh:
                for call in calls:
                    assert reused.call(call.tool, call.arguments) == fresh.call(call.tool, call.arguments)
                assert reused.diff() == fresh.diff()
