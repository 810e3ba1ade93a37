"""A task is told so that a reader sees what goes over between two domains, and which wish is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skiller_assets.contract.rename import domain_of
from skiller_assets.tasks.records import Task
from skiller_assets.tasks.sources import all_calls, shown_at
from skiller_assets.tasks.story import crossings, tell
from skiller_assets_tests.fusion.built import BuiltPair, built_pair
from skiller_assets_tests.tasks.grounded import tasks_of


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> BuiltPair:
    """A small pair with its tasks; tests only read it."""
    return built_pair(tmp_path_factory, worker_id)


def with_flow(pair: BuiltPair, kind: str) -> list[Task]:
    return [task for task in pair.tasks if task.kind == kind and crossings(task)]


def test_what_goes_over_is_told_with_both_calls_and_the_value(pair: BuiltPair) -> None:
    tasks = with_flow(pair, "fulfil")
    assert tasks
    for task in tasks:
        for crossing in crossings(task):
            assert domain_of(crossing.gives) != domain_of(crossing.takes)
            assert crossing.taker is not None
            assert crossing.giver < crossing.taker
            assert task.calls[crossing.taker - 1].arguments[crossing.place] == crossing.value
            shown = f"- call {crossing.giver} `{crossing.gives}` shows {crossing.path}, call {crossing.taker} `"
            assert shown in tell(task)


def test_a_value_that_the_forbidden_call_would_take_goes_over_as_well(pair: BuiltPair) -> None:
    tasks = [*with_flow(pair, "partial"), *with_flow(pair, "refuse")]
    assert tasks
    for task in tasks:
        last = crossings(task)[-1]
        assert last.taker is None
        assert f"the forbidden call `{last.takes}` takes it: {last.place} = " in tell(task)


def test_nothing_goes_over_where_the_bridge_is_cut(pair: BuiltPair) -> None:
    for task in with_flow(pair, "fulfil"):
        cut = replace(task, calls=tuple(replace(c, sources=dict.fromkeys(c.sources, "user")) for c in task.calls))
        assert crossings(cut) == []


def test_every_source_in_the_other_domain_is_a_crossing(pair: BuiltPair) -> None:
    for task in pair.tasks:
        calls = all_calls(task)
        between = [
            (number, place)
            for number, call in enumerate(calls, 1)
            for place, source in call.sources.items()
            if (shown := shown_at(source)) and domain_of(calls[shown[0] - 1].tool) != domain_of(call.tool)
        ]
        assert [(c.taker or len(calls), c.place) for c in crossings(task)] == between


def test_a_partial_task_tells_what_is_done_and_what_is_refused_apart(pair: BuiltPair) -> None:
    tasks = pair.of_kind("partial")
    assert tasks
    for task in tasks:
        text = tell(task)
        done = text.partition("**Wants done** to ")[2].partition("\n")[0]
        refused = text.partition("**Wants and is refused** to ")[2].partition("\n")[0]
        *others, last = task.scenario.goals
        assert all(goal.wants in done for goal in others)
        assert last.wants not in done
        assert refused.startswith(last.wants)
        assert f"**Forbidden** by `{task.rule}`" in text
        assert all(f"`{bridge}`" in text for bridge in task.bridges)


def test_a_rule_over_both_domains_that_is_looked_up_is_told_with_its_call(pair: BuiltPair) -> None:
    task = with_flow(pair, "fulfil")[0]
    number, call = next((n, call) for n, call in enumerate(task.calls, 1) if call.serves == "lookup")
    calls = [replace(call, serves="rule both_in_order") if c is call else c for c in task.calls]
    spanning = replace(task, bridges=(*task.bridges, "both_in_order"), calls=tuple(calls))
    assert f"- call {number} `{call.tool}` looks up what `both_in_order` asks for" in tell(spanning)
    assert "both_in_order" not in tell(task)


def test_a_task_of_a_single_domain_is_told_without_bridges() -> None:
    for task in tasks_of("lending")[:10]:
        assert crossings(task) == []
        assert "**Bridges**" not in tell(task)
        assert f"**Wants** to {task.scenario.criteria or task.scenario.goals[0].wants}" in tell(task)
