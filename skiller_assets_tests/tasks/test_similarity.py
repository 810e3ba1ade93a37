"""How alike texts are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.tasks.similarity import Openings, distinct_share, shared_part, trigrams

TEXTS = st.lists(st.sampled_from(["red", "green", "blue", "fish"]), max_size=12).map(" ".join)


def test_trigrams_are_runs_of_three_words_whatever_their_case() -> None:
    assert trigrams("One, two; THREE four.") == [("one", "two", "three"), ("two", "three", "four")]
    assert trigrams("too short") == []


@given(TEXTS, TEXTS)
def test_the_shared_part_is_symmetric_and_a_share(a: str, b: str) -> None:
    assert shared_part(a, b) == shared_part(b, a)
    assert 0 <= shared_part(a, b) <= 1
    assert shared_part(a, a) == (1 if trigrams(a) else 0)


@given(st.lists(TEXTS, max_size=6))
def test_repeating_everything_halves_the_distinct_share(texts: list[str]) -> None:
    if any(trigrams(text) for text in texts):
        assert distinct_share(texts * 2) == distinct_share(texts) / 2
    else:
        assert distinct_share(texts) == 1


def test_a_near_copy_is_named_and_a_different_text_is_not() -> None:
    openings = Openings()
    openings.add("I would like to cancel my appointment with the dentist next week please")
    assert openings.complaints("I would like to cancel my appointment with the dentist next month please")
    assert openings.complaints("Hello, what do I owe you for the visit in January?") == []
    openings.add("hi")
    assert openings.complaints("hi")
