"""Validation lets no spoiled task through, and finds a broken contract by its tasks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from skiller_assets.contract.sql import open_schema
from skiller_assets.tasks.records import Choice, Detail, Kind, Scenario, Task
from skiller_assets.tasks.space import Space
from skiller_assets_tests.tasks.broken_contracts import Broken, broken_contracts
from skiller_assets_tests.tasks.grounded import SERVICES, space_of, task_of_kind, tasks_of, why_rejected, world_of
from skiller_assets_tests.tasks.mutants import mutants_of

MUTANTS_OF_A_DOMAIN = 150


def lending(task: Task) -> str:
    return why_rejected(space_of("lending"), task)


def with_call(task: Task, i: int, **changes: object) -> Task:
    call = replace(task.calls[i], **changes)  # type: ignore[arg-type]
    return replace(task, calls=(*task.calls[:i], call, *task.calls[i + 1 :]))


def with_scenario(task: Task, **changes: object) -> Task:
    return replace(task, scenario=replace(task.scenario, **changes))  # type: ignore[arg-type]


def found_by(task: Task, tool: str) -> int:
    return next(i for i, call in enumerate(task.calls) if call.tool == tool)


@pytest.mark.parametrize("service", SERVICES)
def test_there_are_valid_tasks_of_every_kind(service: str) -> None:
    assert {t.kind for t in tasks_of(service)} == {"fulfil", "refuse", "clarify", "irrelevant"}
    assert all(why_rejected(space_of(service), t) == "" for t in tasks_of(service))


def borrowing() -> Task:
    """A task in which a book is singled out among several, and borrowed."""
    tasks = (t for t in tasks_of("lending") if t.goal == "borrow_book" and t.kind == "fulfil")
    return next(t for t in tasks if any(c.by == "equals" for c in t.scenario.choices))


def refusing(rule: str) -> Task:
    return next(t for t in tasks_of("lending") if t.rule == rule)


def another_row(task: Task) -> Task:
    i = found_by(task, "borrow_book")
    source = task.calls[i].sources["book_id"]
    number, path = int(source[5]), source[8:]
    other = next(k for k in range(len(task.calls[number - 1].result)) if f"[{k}]" not in path)
    return with_call(task, i, sources={"book_id": f"call {number}: [{other}].book_id"})


def chosen_by_nothing(task: Task) -> Task:
    return with_scenario(task, choices=())


def chosen_among_all(task: Task) -> Task:
    def loose(choice: Choice) -> Choice:
        return replace(choice, by="only", columns=(), values=())

    return with_scenario(task, choices=tuple(loose(c) for c in task.scenario.choices))


def details_forgotten(task: Task) -> Task:
    return with_scenario(task, goals=tuple(replace(g, details=()) for g in task.scenario.goals))


def an_id_told(task: Task) -> Task:
    i = found_by(task, "borrow_book")
    value = task.calls[i].arguments["book_id"]
    goal = task.scenario.goals[0]
    told = replace(goal, details=(*goal.details, Detail("book", value, "{value}", "book_id")))
    return with_call(with_scenario(task, goals=(told,)), i, sources={"book_id": "user"})


def lookup_left_out(task: Task) -> Task:
    i = found_by(task, "find_books")
    return replace(task, calls=(*task.calls[:i], *task.calls[i + 1 :]))


SPOILED: dict[str, tuple[Callable[[], Task], Callable[[Task], Task], str]] = {
    "a source in another row": (borrowing, another_row, "a source shows another value"),
    "a choice left out": (borrowing, chosen_by_nothing, "a row is taken without a way to choose it"),
    "an ambiguous choice": (borrowing, chosen_among_all, "a choice is not determined"),
    "details not told": (borrowing, details_forgotten, "the user is not told a value"),
    "a hidden id told": (borrowing, an_id_told, "the user cannot know a value"),
    "a lookup left out": (borrowing, lookup_left_out, "a value comes from a later call"),
    "a later call as source": (
        borrowing,
        lambda t: with_call(t, 1, sources=dict.fromkeys(t.calls[1].sources, "call 9: x")),
        "a value comes from a later call",
    ),
    "an id called free text": (
        borrowing,
        lambda t: with_call(t, found_by(t, "borrow_book"), sources={"book_id": "free text"}),
        "a source does not fit",
    ),
    "an id called a constant": (
        borrowing,
        lambda t: with_call(t, found_by(t, "borrow_book"), sources={"book_id": "constant"}),
        "a source does not fit",
    ),
    "a write made twice": (borrowing, lambda t: replace(t, calls=(*t.calls, t.calls[-1])), "a gold call is not ok"),
    "an empty end": (borrowing, lambda t: replace(t, diff=()), "a replay ends in another state"),
    "a result changed": (borrowing, lambda t: with_call(t, 1, result=[]), "a replay shows something else"),
    "somebody else": (
        borrowing,
        lambda t: replace(t, person={"member": "MB-0007"}, human=7),
        "the gold run serves somebody else",
    ),
    "an answer made up": (borrowing, lambda t: replace(t, answer=("42 books",)), "the answer is another one"),
    "nothing wanted": (
        borrowing,
        lambda t: with_scenario(t, goals=(t.scenario.goals[0], t.scenario.goals[0])),
        "the calls are not what the user wants",
    ),
    "another rule": (
        lambda: refusing("renewed_once"),
        lambda t: replace(t, rule="is_open"),
        "it is not this rule alone that forbids it",
    ),
    "no rule": (lambda: refusing("renewed_once"), lambda t: replace(t, rule=None), "a refusal names no rule"),
    "a refusal carried out": (
        lambda: refusing("renewed_once"),
        lambda t: replace(t, kind="fulfil"),
        "only a refusal names a rule",
    ),
    "enforced by the tool": (
        lambda: refusing("renewed_once"),
        lambda t: replace(t, forbidden=replace(t.forbidden, by="tool")) if t.forbidden else t,
        "the forbidden call ends differently",
    ),
    "the reason not looked up": (
        lambda: refusing("renewed_once"),
        lambda t: replace(t, calls=t.calls[:1], forbidden=replace(t.forbidden, sources={}) if t.forbidden else None),
        "an argument has no source",
    ),
    "nothing withheld": (
        lambda: task_of_kind("lending", "clarify"),
        lambda t: with_scenario(t, withholds=()),
        "nothing is withheld",
    ),
    "no detail withheld": (
        lambda: task_of_kind("lending", "clarify"),
        lambda t: with_scenario(t, withholds=("weather",)),
        "what is withheld is no detail",
    ),
    "a wish that is served": (
        lambda: task_of_kind("lending", "irrelevant"),
        lambda t: replace(t, goal="borrow_book"),
        "the wish is not out of scope",
    ),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_task_is_rejected_for_what_is_wrong_with_it(fault: str) -> None:
    make, spoil, reason = SPOILED[fault]
    task = make()
    assert lending(task) == ""
    assert lending(spoil(task)) == reason


def test_a_detail_that_leaves_nothing_open_cannot_be_withheld() -> None:
    task = next(t for t in tasks_of("lending") if t.kind == "clarify")
    goal = task.scenario.goals[0]
    said = replace(goal, details=(*goal.details, Detail("mood", "cheerful", "in a {value} mood", "mood")))
    spoiled = with_scenario(task, goals=(said, *task.scenario.goals[1:]), withholds=("mood",))
    assert lending(spoiled) == "what is withheld leaves nothing open"


def test_no_mutant_of_a_lending_task_survives() -> None:
    tasks = tasks_of("lending")
    mutants = [m for t in tasks[::3] for m in mutants_of(space_of("lending"), t, tasks, random.Random(t.id))]
    assert len(mutants) > 500
    assert [name for name, mutant in mutants if lending(mutant) == ""] == []


@pytest.mark.parametrize("service", SERVICES[1:])
def test_no_mutant_of_a_sample_of_a_domain_survives_but_equivalent_ones(service: str) -> None:
    """Equivalent: to leave out "the same card" where the person has one card only; nothing is left to choose."""
    tasks, rng = tasks_of(service), random.Random(service)
    drawn = rng.sample(tasks, 12)
    mutants = [(t, m) for t in drawn for m in mutants_of(space_of(service), t, tasks, random.Random(t.id))]
    sample = rng.sample(mutants, min(MUTANTS_OF_A_DOMAIN, len(mutants)))
    alive = [(name, t, m) for t, (name, m) in sample if why_rejected(space_of(service), m) == ""]
    assert [name for name, t, m in alive if not only_points_back(t, m)] == []


def only_points_back(task: Task, mutant: Task) -> bool:
    """Whether all that a mutant does not tell is a pointer to the only thing of its kind."""
    told = [d for g in mutant.scenario.goals for d in g.details]
    lost = [d for g in task.scenario.goals for d in g.details if d not in told]
    only = {c.paths[-1] for c in task.scenario.choices if c.by == "only"}
    return bool(lost) and all(d.value == "the same" and d.parameter in only for d in lost)


def concerned(broken: Broken, tasks: tuple[Task, ...]) -> list[Task]:
    """The tasks that a fault should spoil: refusals of a weakened rule, else whatever pursues the tool."""
    if broken.kind == "a rule weakened":
        return [t for t in tasks if t.rule == broken.place]
    wanted = [t for t in tasks if broken.tool in t.goal.split("+") and t.kind != "refuse"]
    if broken.kind == "a rule turned round":
        return wanted[:3]
    return [t for t in wanted if broken.change in {(c["op"], c["table"]) for c in t.diff}]


@pytest.mark.parametrize(("service", "every"), [("lending", 1), ("clinic", 5)])
def test_a_broken_contract_spoils_a_task_that_it_concerns(service: str, every: int) -> None:
    world, tasks = world_of(service), tasks_of(service)
    alive, tried = [], 0
    for broken in list(broken_contracts(world.contract))[::every]:
        about = concerned(broken, tasks)
        spoiled = broken.world(world) if about else None
        if spoiled is None:
            continue
        tried += 1
        space = Space(spoiled)
        if not any(why_rejected(space, task) for task in about):
            alive.append((broken.kind, broken.tool, broken.place))
    assert tried > 10
    assert alive == []


@pytest.mark.parametrize("kind", ["fulfil", "clarify"])
def test_a_task_is_not_believed_in_another_world(kind: Kind) -> None:
    task = task_of_kind("lending", kind)
    connection = open_schema(world_of("lending").contract)
    empty = replace(world_of("lending"), image=connection.serialize("main"))
    connection.close()
    assert why_rejected(Space(empty), task) == "a gold call is not ok"


def test_a_scenario_that_knows_nothing_of_the_person_is_rejected() -> None:
    task = borrowing()
    nothing: Scenario = replace(task.scenario, knows={})
    assert lending(replace(task, scenario=nothing)) == "the person does not know their own credentials"
