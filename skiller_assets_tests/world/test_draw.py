"""Randomness that depends on words and positions only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.world.draw import Stream, digest64, permute, positions, sql_draw

WORDS = st.lists(st.one_of(st.integers(-(2**40), 2**40), st.text(max_size=8), st.none()), min_size=1, max_size=4)


@given(size=st.integers(1, 5000), words=WORDS)
def test_a_permutation_reaches_every_place_once(size: int, words: list[object]) -> None:
    assert sorted(permute(size, positions(size), *words).tolist()) == list(range(size))


@given(count=st.integers(1, 300), more=st.integers(0, 300), words=WORDS)
def test_what_is_drawn_at_a_position_does_not_depend_on_how_much_is_drawn(
    count: int, more: int, words: list[object]
) -> None:
    stream = Stream(*words)
    assert stream.bits(positions(count)).tolist() == stream.bits(positions(count + more))[:count].tolist()


@given(bound=st.integers(1, 2**31), words=WORDS)
def test_numbers_stay_below_their_bound(bound: int, words: list[object]) -> None:
    drawn = Stream(*words).below(bound, positions(200))
    assert drawn.min() >= 0
    assert drawn.max() < bound


def test_weights_are_met() -> None:
    drawn = Stream("weights").weighted([0.7, 0.0, 0.3], positions(20_000))
    shares = np.bincount(drawn, minlength=3) / 20_000
    assert shares[1] == 0
    assert abs(shares[0] - 0.7) < 0.02


@pytest.mark.parametrize("weights", [[], [0.0], [-1.0, 2.0]])
def test_weights_without_a_sum_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Stream("x").weighted(weights, positions(1))


def test_the_draw_of_sql_depends_on_seed_and_every_argument() -> None:
    draw = sql_draw(7)
    values = [draw("late", "A", 1), draw("late", "A", 2), draw("early", "A", 1), draw("late", None, 1)]
    assert len(set(values)) == 4
    assert values[0] == sql_draw(7)("late", "A", 1) != sql_draw(8)("late", "A", 1)
    assert all(0 <= value < 1 for value in values)


def test_the_same_bits_come_out_on_every_machine() -> None:
    assert digest64(7, "human", None) == 17193687103986656070
    assert Stream(7, "human").bits(positions(2)).tolist() == [13875254040362814973, 12712144159345336703]
    assert permute(1000, positions(3), "x").tolist() == [737, 314, 328]
