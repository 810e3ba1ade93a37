"""Tasks across two domains stand; one whose bridge is cut, or of which a side is missing, does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.rename import domain_of
from skiller_assets.tasks.bounds import OF_PAIR
from skiller_assets.tasks.checks import has_flow, turns
from skiller_assets.tasks.records import Call, Detail, Kind, Task
from skiller_assets.tasks.rows import value_at
from skiller_assets.tasks.sources import Rejected, all_calls, derivation_of, flow_at, shown_at
from skiller_assets.tasks.validate import validate
from skiller_assets_tests.fusion.built import MEMBERS, BuiltPair
from skiller_assets_tests.tasks.grounded import why_rejected
from skiller_assets_tests.tasks.mutants import mutants_of
from skiller_assets_tests.tasks.test_validate import only_points_back

MUTANTS = 900


@dataclass(frozen=True)
class Carried:
    """Where a task carries a value over: the number (from 1) of the call that takes it, the argument, and the flow.

    ``giver`` is the number of the call that shows the value, ``goal`` (from 0) the wish for which it is taken.
    """

    task: Task
    flow: ValueFlow
    taker: int
    giver: int
    place: str
    goal: int


def carried(pair: BuiltPair, task: Task) -> Carried | None:
    """The last flow that a task carries out, or None."""
    calls = all_calls(task)
    for i in range(len(calls), 0, -1):
        for place, source in calls[i - 1].sources.items():
            shown = shown_at(source)
            flow = flow_at(pair.space, task, (calls[i - 1].tool, place), shown) if shown else None
            if shown and flow:
                goal = sum(call.serves in ("goal", "forbidden") for call in calls[: i - 1])
                return Carried(task, flow, i, shown[0], place, goal)
    return None


def carrying(pair: BuiltPair, kind: Kind = "fulfil", listed: bool = True) -> Carried:
    """The first task of a kind that carries something over from a record that was taken from a list of several."""
    for task in pair.of_kind(kind):
        found = carried(pair, task)
        if found and (not listed or (listing(found) and chosen(found))):
            return found
    raise AssertionError(f"no {kind} task carries a value over")


def listing(found: Carried) -> int | None:
    """The number of the call that lists the records from which one is taken."""
    sources = found.task.calls[found.giver - 1].sources.values()
    return next((shown[0] for source in sources if (shown := shown_at(source))), None)


def chosen(found: Carried) -> bool:
    return any(c.call == listing(found) and c.by == "equals" for c in found.task.scenario.choices)


def with_call(task: Task, number: int, call: Call) -> Task:
    return replace(task, calls=(*task.calls[: number - 1], call, *task.calls[number:]))


def with_details(task: Task, goal: int, change: Callable[[tuple[Detail, ...]], tuple[Detail, ...]]) -> Task:
    goals = [replace(g, details=change(g.details)) if i == goal else g for i, g in enumerate(task.scenario.goals)]
    return replace(task, scenario=replace(task.scenario, goals=tuple(goals)))


def test_there_are_tasks_of_every_kind_and_all_stand(pair: BuiltPair) -> None:
    assert {task.kind for task in pair.tasks} == set(OF_PAIR.kinds)
    with pair.world.open() as session:
        for task in pair.tasks:
            validate(pair.space, session, task)


def test_what_they_show_of_a_pair_is_there(pair: BuiltPair) -> None:
    fulfil = pair.of_kind("fulfil")
    assert any(has_flow(task) for task in fulfil)
    assert any(turns(task) > 1 for task in fulfil)
    assert all({domain_of(call.tool) for call in task.calls} == set(MEMBERS) for task in fulfil)
    assert all(task.bridges for task in pair.tasks if task.kind != "irrelevant")


def test_a_value_that_is_carried_over_is_what_the_giver_showed_or_its_day(pair: BuiltPair) -> None:
    days = 0
    for task in pair.tasks:
        found = carried(pair, task)
        if found is None:
            continue
        call = all_calls(task)[found.taker - 1]
        shown = shown_at(call.sources[found.place])
        assert shown is not None
        value = value_at(task.calls[found.giver - 1].result, shown[1])
        by_day = derivation_of(call.sources[found.place]) == "day"
        assert call.arguments[found.place] == (value[:10] if by_day else value)
        days += by_day and value != value[:10]
    assert days > 0


def test_each_authorization_stands_before_the_first_call_that_needs_it(pair: BuiltPair) -> None:
    for task in pair.tasks:
        for i, call in enumerate(task.calls):
            if call.tool in pair.contract.tools and call.serves != "authorize":
                assert pair.contract.authorizer_of(call.tool) in task.sequence[:i]
            if call.serves == "authorize":
                assert task.sequence.count(call.tool) == 1


def the_user_says_it(found: Carried) -> Task:
    call = found.task.calls[found.taker - 1]
    return with_call(found.task, found.taker, replace(call, sources={**call.sources, found.place: "user"}))


def the_user_says_it_and_was_told(found: Carried) -> Task:
    value = found.task.calls[found.taker - 1].arguments[found.place]
    said = Detail(found.place, value, "{value}", found.place)
    without = [d for d in found.task.scenario.goals[found.goal].details if d.parameter != found.place]
    return with_details(the_user_says_it(found), found.goal, lambda _: (*without, said))


def the_giver_left_out(found: Carried) -> Task:
    """Without the call that shows the value; nothing is renumbered."""
    return replace(found.task, calls=(*found.task.calls[: found.giver - 1], *found.task.calls[found.giver :]))


def the_phrase_not_told(found: Carried) -> Task:
    phrase = found.flow.phrase
    return with_details(found.task, found.goal, lambda details: tuple(d for d in details if d.value != phrase))


def the_value_said_in_the_choice(found: Carried) -> Task:
    """The record is singled out by the very value that is carried over."""
    shown = shown_at(all_calls(found.task)[found.taker - 1].sources[found.place])
    assert shown is not None
    raw = value_at(found.task.calls[found.giver - 1].result, shown[1])
    choices = found.task.scenario.choices
    at = next(c for c in choices if c.call == listing(found) and c.by == "equals" and _is_of_giver(found, c.value))
    spoiled = replace(at, columns=(*at.columns, found.flow.path[-1]), values=(*at.values, raw))
    said = Detail("it", raw, "{value}", found.flow.path[-1])
    task = replace(
        found.task,
        scenario=replace(found.task.scenario, choices=tuple(spoiled if c is at else c for c in choices)),
    )
    return with_details(task, found.goal, lambda details: (*details, said))


def _is_of_giver(found: Carried, value: tuple[object, ...]) -> bool:
    return set(value) <= set(_of_giver(found))


def the_list_filtered(pair: BuiltPair, found: Carried) -> Task | None:
    """The same run over a list with a filter; None where it would take a row that the filter leaves out."""
    number = listing(found)
    if number is None or "status" not in pair.contract.tools[found.task.calls[number - 1].tool].parameters:
        return None
    listed = found.task.calls[number - 1]
    status = next(row["status"] for row in listed.result if set(row.values()) & set(_of_giver(found)))
    rows = [row for row in listed.result if row["status"] == status]
    filtered = replace(listed, arguments={"status": status}, sources={"status": "user"}, result=rows)
    task = with_call(found.task, number, filtered)
    for i, call in enumerate(all_calls(task), 1):
        for place, source in call.sources.items():
            if source.startswith(f"call {number}: ["):
                at, _, column = source.removeprefix(f"call {number}: [").partition("].")
                if listed.result[int(at)] not in rows or i > len(task.calls):
                    return None
                moved = f"call {number}: [{rows.index(listed.result[int(at)])}].{column}"
                task = with_call(task, i, replace(task.calls[i - 1], sources={**call.sources, place: moved}))
    choices = tuple(replace(c, rows=len(rows)) if c.call == number else c for c in task.scenario.choices)
    task = replace(task, scenario=replace(task.scenario, choices=choices))
    for goal in range(len(task.scenario.goals)):
        task = with_details(task, goal, lambda details: (*details, Detail("status", status, "{value}", "status")))
    return task


def _of_giver(found: Carried) -> list[object]:
    """What singles out the record from which something is carried over."""
    return list(found.task.calls[found.giver - 1].arguments.values())


def another_bridge_named(found: Carried) -> Task:
    return replace(found.task, bridges=(*found.task.bridges, "another_one"))


def the_bridge_not_named(found: Carried) -> Task:
    return replace(found.task, bridges=tuple(b for b in found.task.bridges if b != found.flow.id))


CUTS: dict[str, tuple[Callable[[Carried], Task], str]] = {
    "the user says it": (the_user_says_it, "the user is not told a value"),
    "the user says it and was told": (the_user_says_it_and_was_told, "a bridge is cut"),
    "the giver left out": (the_giver_left_out, ""),
    "the phrase not told": (the_phrase_not_told, "the user does not point to what is carried over"),
    "another bridge named": (another_bridge_named, "a bridge is cut"),
    "the bridge not named": (the_bridge_not_named, "a bridge is not named"),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_task_whose_bridge_is_cut_is_rejected_for_it(cut: str, pair: BuiltPair) -> None:
    spoil, reason = CUTS[cut]
    found = carrying(pair, listed=False)
    assert why_rejected(pair.space, found.task) == ""
    rejected = why_rejected(pair.space, spoil(found))
    assert rejected
    assert reason in rejected


def test_the_giver_cannot_be_left_out_of_any_task(pair: BuiltPair) -> None:
    for task in pair.tasks:
        found = carried(pair, task)
        if found:
            assert found.task.calls[found.giver - 1].required
            assert why_rejected(pair.space, the_giver_left_out(found))


def test_the_user_does_not_say_what_they_only_point_to(pair: BuiltPair) -> None:
    found = next(f for task in pair.tasks if (f := carried(pair, task)) and listing(f) and _said_would_be_true(f))
    assert why_rejected(pair.space, the_value_said_in_the_choice(found)) == "the user says what is carried over"


def _said_would_be_true(found: Carried) -> bool:
    """Whether the list shows the value too, so that the choice would still be determined."""
    number = listing(found)
    rows = found.task.calls[number - 1].result if number else []
    choices = [c for c in found.task.scenario.choices if c.call == number and c.by == "equals"]
    return bool(rows) and found.flow.path[-1] in rows[0] and any(_is_of_giver(found, c.value) for c in choices)


def test_what_is_carried_over_is_taken_from_all_records_that_there_are(pair: BuiltPair) -> None:
    """A filtered list still replays and still leads to the record; "my booking" is one of all, though."""
    found = [f for task in pair.of_kind("fulfil") if (f := carried(pair, task))]
    filtered = [task for f in found if (task := the_list_filtered(pair, f))]
    assert filtered
    assert {why_rejected(pair.space, t) for t in filtered} == {"what is carried over is of some records only"}


def one_side_only(task: Task) -> Task:
    """The refused wish alone, and the calls that it needs; called partial nevertheless."""
    last = task.scenario.goals[-1:]
    calls = tuple(c for c in task.calls if c.serves != "goal")
    return replace(task, calls=calls, goal=last[0].tool, scenario=replace(task.scenario, goals=last), diff=())


def turned_round(task: Task) -> Task:
    goals = task.scenario.goals[::-1]
    return replace(task, goal="+".join(g.tool for g in goals), scenario=replace(task.scenario, goals=goals))


def not_refused(task: Task) -> Task:
    return replace(task, forbidden=None)


def for_another_rule(task: Task) -> Task:
    return replace(task, rule="hotel_tastings__something_else")


def carried_out(task: Task) -> Task:
    """The forbidden call is made as if nothing stood in its way."""
    forbidden = task.forbidden
    assert forbidden is not None
    made = Call(forbidden.tool, forbidden.arguments, forbidden.sources, True, "goal", "ok", {})
    return replace(task, calls=(*task.calls, made))


def without_the_reason(task: Task) -> Task:
    return replace(task, answer=task.answer[1:])


HALVES: dict[str, tuple[Callable[[Task], Task], str]] = {
    "no side done": (one_side_only, ""),
    "sides changed round": (turned_round, ""),
    "nothing refused": (not_refused, ""),
    "no rule": (lambda t: replace(t, rule=None), "a refusal names no rule"),
    "another rule": (for_another_rule, "a refusal names no rule"),
    "the refused call made": (carried_out, ""),
    "the reason not told": (without_the_reason, "the answer is another one"),
    "called a refusal": (lambda t: replace(t, kind="refuse"), ""),
    "called fulfilled": (lambda t: replace(t, kind="fulfil"), "only a refusal names a rule"),
}


@pytest.mark.parametrize("half", HALVES)
def test_a_partial_task_needs_one_side_done_and_the_other_refused(half: str, pair: BuiltPair) -> None:
    spoil, reason = HALVES[half]
    for task in pair.of_kind("partial"):
        assert why_rejected(pair.space, task) == ""
        rejected = why_rejected(pair.space, spoil(task))
        assert rejected
        assert reason in rejected


def test_a_partial_task_is_refused_at_one_desk_and_done_at_the_other(pair: BuiltPair) -> None:
    for task in pair.of_kind("partial"):
        assert task.forbidden is not None
        done = {domain_of(call.tool) for call in task.calls if call.serves == "goal"}
        assert done == set(MEMBERS) - {domain_of(task.forbidden.tool)}


def test_a_rule_over_both_forbids_what_the_tools_own_rules_let_through(pair: BuiltPair) -> None:
    assert pair.contract.fusion is not None
    spanning = {rule.rule for rule in pair.contract.fusion.rules}
    concerned = [task for task in pair.tasks if task.rule in spanning]
    assert concerned
    with pair.world.open() as session:
        for task in concerned:
            assert task.forbidden is not None
            session.reset()
            for call in task.calls:
                session.call(call.tool, dict(call.arguments))
            assert session.judge(task.forbidden.tool, dict(task.forbidden.arguments)) == (task.rule,)
            assert domain_of(str(task.rule)) != domain_of(task.forbidden.tool)


def test_somebody_who_is_two_people_is_nobody(pair: BuiltPair) -> None:
    task = pair.of_kind("fulfil")[0]
    other = next(t for t in pair.tasks if t.human != task.human)
    role = pair.contract.principals[1]
    mixed = replace(task, person={**task.person, role: other.person[role]})
    with pytest.raises(Rejected, match="the task is about nobody"), pair.world.open() as session:
        validate(pair.space, session, mixed)


def test_no_mutant_of_a_sample_survives_but_equivalent_ones(pair: BuiltPair) -> None:
    """Equivalent: to leave out "the same enrollment" where the person has one only; nothing is left to choose."""
    mutants = [
        (task, mutant)
        for task in pair.tasks
        for mutant in mutants_of(pair.space, task, pair.tasks, random.Random(task.id))
    ]
    assert len(mutants) > 1000
    sample = random.Random(1).sample(mutants, MUTANTS)
    alive = [(name, t, m) for t, (name, m) in sample if why_rejected(pair.space, m) == ""]
    assert [(name, t.id) for name, t, m in alive if not only_points_back(t, m)] == []
