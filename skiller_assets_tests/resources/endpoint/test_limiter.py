"""The gate narrows when it is told of too much and widens again; a wait holds for everybody."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.endpoint.limiter import Limiter


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=200))
def test_the_width_stays_between_one_and_the_most(most: int, answers: list[bool]) -> None:
    clock = Clock()
    limiter = Limiter(most, clock)
    for good in answers:
        clock.now += 1
        limiter.accepted() if good else limiter.rejected(clock.now)
        assert 1 <= limiter.width <= most


def test_a_burst_of_rejections_of_one_round_cuts_once() -> None:
    clock = Clock()
    limiter = Limiter(32, clock)
    clock.now += 1
    for _ in range(16):
        limiter.rejected(sent_at=100.5)
    assert limiter.width == 16
    clock.now += 1
    limiter.rejected(sent_at=101.5)
    assert limiter.width == 8


def test_it_finds_its_way_back() -> None:
    limiter = Limiter(16, Clock())
    limiter.rejected(100.0)
    for _ in range(200):
        limiter.accepted()
    assert limiter.width == 16


def test_a_wait_holds_for_everybody_and_is_not_waited_for_beyond_patience() -> None:
    clock = Clock()
    limiter = Limiter(4, clock)
    limiter.rejected(100.0, wait=30.0)
    with pytest.raises(TimeoutError), limiter.slot(patience=10.0):
        pass
    clock.now = 131.0
    with limiter.slot(patience=10.0) as sent_at:
        assert sent_at == 131.0


def test_a_place_is_given_back_when_its_holder_fails() -> None:
    limiter = Limiter(1)
    with pytest.raises(ValueError), limiter.slot(patience=1.0):
        raise ValueError
    entered = threading.Event()

    def enter() -> None:
        with limiter.slot(patience=1.0):
            entered.set()

    threading.Thread(target=enter, daemon=True).start()
    assert entered.wait(5)


def _crowd(limiter: Limiter, people: int) -> tuple[list[threading.Thread], list[int]]:
    """Threads that each want a place, and how many were inside at once whenever one had it."""
    inside: list[int] = []
    now, counting, full = [0], threading.Lock(), threading.Event()

    def visit() -> None:
        with limiter.slot(patience=60.0):
            with counting:
                now[0] += 1
                inside.append(now[0])
                if now[0] == limiter.width:
                    full.set()
            full.wait(10)  # the first ones stay until all places are taken
            with counting:
                now[0] -= 1

    crowd = [threading.Thread(target=visit, daemon=True) for _ in range(people)]
    for thread in crowd:
        thread.start()
    return crowd, inside


def test_of_a_crowd_everybody_gets_in_and_all_places_are_used() -> None:
    limiter = Limiter(4)
    crowd, inside = _crowd(limiter, 60)
    for thread in crowd:
        thread.join(10)
    assert len(inside) == 60
    assert max(inside) == 4


def test_a_place_for_which_somebody_cannot_wait_goes_to_the_next_in_line() -> None:
    limiter = Limiter(1)
    outcomes: list[str] = []

    def visit(name: str, seconds: float) -> None:
        try:
            with limiter.slot(patience=seconds):
                outcomes.append(f"{name} was let in")
        except TimeoutError:
            outcomes.append(f"{name} was sent away")

    crowd = [threading.Thread(target=visit, args=who, daemon=True) for who in (("hasty", 0.5), ("patient", 30.0))]
    with limiter.slot(patience=30.0):
        for thread in crowd:
            thread.start()
            time.sleep(0.1)
        limiter.rejected(time.monotonic(), wait=1.0)
    for thread in crowd:
        thread.join(10)
    assert outcomes == ["hasty was sent away", "patient was let in"]
