"""How fast tasks are grounded and validated, against plain replays of the same calls in the same run.

``python -m skiller_assets_tests.bench.bench_tasks`` prints one line a domain, for one core. *ground* makes a task of a
template and a person for whom that works, *validate* believes it or not; 300 tasks of about 6 calls a second is the aim
for both together. *plain* makes the gold calls once in a session that is reset. *nothing* is an attempt that comes to
nothing, because rules rule the person out or no arguments fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from skiller_assets.tasks.build import build_task
from skiller_assets.tasks.ground import Dropped
from skiller_assets.tasks.records import Task
from skiller_assets.tasks.sources import Rejected
from skiller_assets.tasks.space import Person, Space
from skiller_assets.tasks.templates import Template
from skiller_assets.tasks.validate import run, validate
from skiller_assets_tests.bench.bench_engine import best
from skiller_assets_tests.domains import DOMAINS
from skiller_assets_tests.tasks.grounded import templates_of
from skiller_assets_tests.worlds import domain_world

ROWS = 300
PEOPLE = 3
Attempt = tuple[Template, Person, str]


@dataclass(frozen=True)
class Line:
    """A domain's figures: the attempts of each outcome, calls a task, seconds for all tasks of each kind of work."""

    name: str
    tasks: int
    calls: float
    ground: float
    validate: float
    plain: float
    attempts: int
    nothing: float

    def __str__(self) -> str:
        both = self.ground + self.validate
        return (
            f"{self.name:<10}{self.tasks:>6}{self.calls:>7.1f}{self.tasks / self.ground:>11,.0f}/s"
            f"{self.tasks / self.validate:>9,.0f}/s{self.tasks / both:>9,.0f}/s{self.tasks / self.plain:>10,.0f}/s"
            f"{both / self.plain:>8.1f} x{self.attempts:>9}{1e3 * self.nothing / max(self.attempts, 1):>9.2f} ms"
        )


def attempts_of(space: Space, templates: Iterable[Template]) -> list[Attempt]:
    """Each template that needs more than words, for a few people."""
    people = space.people[:: max(len(space.people) // PEOPLE, 1)][:PEOPLE]
    return [(t, p, f"{t.id}|{p.key}") for t in templates if t.kind != "irrelevant" for p in people]


def measure(domain: str) -> Line:
    """A domain's line. The space is warm: what is worked out once for a world is not counted."""
    space = Space(domain_world(domain, ROWS))
    session = space.world.open()

    def attempt(made: Attempt) -> Task | None:
        try:
            return build_task(space, session, *made)
        except Dropped:
            return None

    def believe(task: Task) -> None:
        with suppress(Rejected):
            validate(space, session, task)

    def replay(task: Task) -> None:
        run(session, task.calls)

    outcomes = [(made, attempt(made)) for made in attempts_of(space, templates_of(domain))]
    tasks = [task for _, task in outcomes if task is not None]
    feasible = [made for made, task in outcomes if task is not None]
    lost = [made for made, task in outcomes if task is None]
    return Line(
        domain,
        len(tasks),
        calls=sum(len(task.calls) for task in tasks) / len(tasks),
        ground=seconds(attempt, feasible),
        validate=seconds(believe, tasks),
        plain=seconds(replay, tasks),
        attempts=len(lost),
        nothing=seconds(attempt, lost),
    )


def seconds(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Seconds of one core for all items."""
    return best(lambda: [work(item) for item in items].clear())


def main() -> None:
    """Print the table."""
    print(
        f"{'domain':<10}{'tasks':>6}{'calls':>7}{'ground':>13}{'validate':>11}{'both':>11}{'plain':>12}"
        f"{'both/plain':>10}{'nothing':>9}{'each':>12}"
    )
    for domain in DOMAINS:
        print(measure(domain))


if __name__ == "__main__":
    main()
