"""How fast the engine is, against SQLite alone doing the same statements in the same run.

``python -m skiller_assets_tests.bench.bench_engine`` prints one line a world. *calls*: sequences of calls in one
session that is reset between them, schema check, rules and change tracking included, against the same statements
executed by themselves. *fresh*: open, first call, close, against a plain private copy and the statements of that call.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apsw

from skiller_assets.service.random_calls import random_calls
from skiller_assets.service.search import Explorer
from skiller_assets.world.connection import PREPARED
from skiller_assets.world.image import World
from skiller_assets_tests.domains import DOMAINS
from skiller_assets_tests.worlds import domain_world, library_world

ROWS = 300
SEQUENCES = 40
ROUNDS = 5
Call = tuple[str, Any]
Executed = tuple[str, Any]

BORROWING: list[Call] = [
    ("authorize_member", {"email": "e1@x"}),
    ("list_my_loans", {}),
    ("find_books", {"title": "T 3"}),
    ("renew_loan", {"loan_id": "LN-0002", "days": 7}),
    ("return_book", {"loan_id": "LN-0002", "confirm": True}),
    ("borrow_book", {"book_id": "BK-0021"}),
]


@dataclass(frozen=True)
class Line:
    """One world's figures: calls a second, and microseconds for a fresh session, each with the plain baseline's."""

    name: str
    kilobytes: int
    calls: float
    plain_calls: float
    fresh: float
    plain_fresh: float

    def __str__(self) -> str:
        return (
            f"{self.name:<10}{self.kilobytes:>6} KB {self.calls:>10,.0f} /s {self.plain_calls / self.calls:>6.2f} x "
            f"{self.fresh:>8.0f} µs {self.fresh / self.plain_fresh:>6.2f} x"
        )


def sequences_of(world: World) -> list[list[Call]]:
    """Random sequences for the first principal of a generated world."""
    explorer = Explorer(world)
    findings, principal = explorer.explore(), world.contract.principals[0]
    found = (random_calls(explorer, principal, n, findings) for n in range(SEQUENCES))
    return [[(call.tool, call.arguments) for call in calls] for calls in found]


@contextmanager
def recording() -> Iterator[list[Executed]]:
    """The statements, with their values, of every connection that is opened meanwhile."""
    seen: list[Executed] = []

    def trace(_: apsw.Cursor, sql: str, values: Any) -> bool:
        seen.append((sql, values))
        return True

    def hook(connection: apsw.Connection) -> None:
        connection.exec_trace = trace

    apsw.connection_hooks.append(hook)
    try:
        yield seen
    finally:
        apsw.connection_hooks.remove(hook)


def statements(world: World, calls: Sequence[Call]) -> list[Executed]:
    """What SQLite is given in the course of some calls."""
    with recording() as seen, world.open() as session:
        seen.clear()
        for name, arguments in calls:
            session.call(name, arguments)
    return seen


def best(work: Callable[[], None]) -> float:
    """Seconds of one core in the best of some rounds, after one to warm up; others may be at work on the machine."""
    times = []
    for _ in range(ROUNDS + 1):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times[1:])


def plain_copy(image: bytes) -> apsw.Connection:
    connection = apsw.Connection(":memory:", statementcachesize=PREPARED)
    connection.deserialize("main", image)
    return connection


def execute_all(connection: apsw.Connection, executed: Sequence[Executed]) -> None:
    execute = connection.cursor().execute
    for sql, values in executed:
        execute(sql, values).fetchall()


def measure(name: str, world: World, sequences: Sequence[Sequence[Call]], repeat: int) -> Line:
    """One world's line; ``repeat`` passes over its sequences make a round."""
    executed = [statements(world, calls) for calls in sequences]
    first = statements(world, sequences[0][:1])
    session, plain = world.open(), plain_copy(world.image)

    def engine() -> None:
        for _ in range(repeat):
            for calls in sequences:
                session.reset()
                for tool, arguments in calls:
                    session.call(tool, arguments)

    def baseline() -> None:
        for _ in range(repeat):
            for some in executed:
                plain.execute("BEGIN")
                execute_all(plain, some)
                plain.execute("ROLLBACK")

    def fresh() -> None:
        for _ in range(200):
            with world.open() as opened:
                opened.call(*sequences[0][0])

    def plain_fresh() -> None:
        for _ in range(200):
            copy = plain_copy(world.image)
            execute_all(copy, first)
            copy.close()

    count = repeat * sum(len(calls) for calls in sequences)
    kilobytes = len(world.image) // 1024
    figures = best(engine), best(baseline), best(fresh), best(plain_fresh)
    session.close()
    plain.close()
    return Line(name, kilobytes, count / figures[0], count / figures[1], figures[2] / 200 * 1e6, figures[3] / 200 * 1e6)


def lines() -> Iterator[Line]:
    """The library and each hand-written domain, measured one after the other."""
    yield measure("library", library_world(members=400), [BORROWING], repeat=500)
    for domain in DOMAINS:
        world = domain_world(domain, ROWS)
        yield measure(domain, world, sequences_of(world), repeat=2)


def main() -> list[Line]:
    """Print the table and return it."""
    print(f"\n{'world':<10}{'image':>9} {'calls':>13} {'of plain':>8} {'fresh':>11} {'of plain':>8}")
    found = []
    for line in lines():
        print(line)
        found.append(line)
    return found


if __name__ == "__main__":
    main()
