"""Grounded tasks for tests: of a lending library with rows laid out by hand, and of the hand-written domains."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from skiller_assets.contract.model import Contract
from skiller_assets.tasks.authoring import author_templates
from skiller_assets.tasks.build import build_task
from skiller_assets.tasks.funnel import Funnel
from skiller_assets.tasks.ground import Dropped
from skiller_assets.tasks.habits import habits_of
from skiller_assets.tasks.portfolio import Demand, propose
from skiller_assets.tasks.records import Kind, Task
from skiller_assets.tasks.sources import Rejected
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.templates import Template
from skiller_assets.tasks.validate import validate
from skiller_assets.world.image import World
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.domains import DOMAINS
from skiller_assets_tests.worlds import domain_world, library_world

LENDING = {
    "constants.max_loans.value": 2,
    "tools.list_my_loans.returns.many": (
        "SELECT l.loan_id, l.book_id, b.title, l.status, l.due_on, l.renewals FROM loan l "
        "JOIN book b ON b.book_id = l.book_id WHERE l.member_id = :me AND (:status IS NULL OR l.status = :status) "
        "ORDER BY l.due_on DESC, l.loan_id LIMIT 15"
    ),
    "storylines+": {
        "goals": ["return_book", "borrow_book"],
        "says": "One book for another.",
        "because": ["It is due."],
    },
    "out_of_scope+": {
        "id": "printing",
        "says": "Nothing is printed or copied here.",
        "wants": ["print my train ticket"],
        "because": ["My printer broke."],
    },
}
"""What the library's contract lacks for tasks of every kind."""

SERVICES = ("lending", *DOMAINS)


@cache
def world_of(service: str) -> World:
    """The world of ``lending`` or of a hand-written domain."""
    return library_world(LENDING, members=12) if service == "lending" else domain_world(service)


@cache
def space_of(service: str) -> Space:
    """The space of a world; for reading in one process."""
    return Space(world_of(service))


@cache
def templates_of(service: str) -> tuple[Template, ...]:
    """Every template of a service, told and judged by the offline author."""
    contract: Contract = world_of(service).contract
    habits = habits_of((), [story.goals for story in contract.storylines])
    with TemporaryDirectory() as home:
        door = offline_door(Path(home))
        return author_templates(contract, contract.storylines, habits, random.Random(1), door).templates


@cache
def tasks_of(service: str, of_each: int = 12) -> tuple[Task, ...]:
    """Valid tasks of all kinds, and a refusal of every rule that can be refused; grounded once a process."""
    space = space_of(service)
    counts: dict[Kind, int] = {"fulfil": of_each, "refuse": 0, "clarify": of_each // 2, "irrelevant": 1}
    with space.world.open() as session:
        found = propose(space, session, templates_of(service), Demand(counts, 12), "tests", Funnel())
        found += [task for template in templates_of(service) if (task := _refusal(service, template))]
        return tuple(task for task in found if stands(service, task))


def stands(service: str, task: Task) -> bool:
    """Whether a task passes validation in the world of its service."""
    return why_rejected(space_of(service), task) == ""


def why_rejected(space: Space, task: Task) -> str:
    """The reason for which validation rejects a task; empty where it does not."""
    with space.world.open() as session:
        try:
            validate(space, session, task)
        except Rejected as error:
            return error.reason
    return ""


def grounded(service: str, template: Template, seed: str = "tests", people: int = 12) -> Iterator[Task]:
    """What grounding makes of a template for the first people."""
    space = space_of(service)
    with space.world.open() as session:
        for person in space.people[:people]:
            try:
                yield build_task(space, session, template, person, f"{seed}|{template.id}|{person.name}")
            except Dropped:
                continue


def _refusal(service: str, template: Template) -> Task | None:
    if template.kind != "refuse":
        return None
    return next(grounded(service, template, people=25), None)


def task_of_kind(service: str, kind: Kind, goal: str | None = None) -> Task:
    """The first valid task of a kind, and of a goal."""
    return next(t for t in tasks_of(service) if t.kind == kind and (goal is None or t.goal == goal))
