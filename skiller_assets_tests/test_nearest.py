"""A wrong name is answered with a right one."""

from __future__ import annotations

import pytest

from skiller_assets.nearest import advise


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("airlne", "did you mean airline?"),
        ("clinic__airline", "did you mean airline__clinic?"),
        ("zzz", "there are clinic, airline__clinic, airline"),
    ],
)
def test_the_nearest_name_is_offered_and_a_turned_pair_is_turned_back(name: str, advice: str) -> None:
    assert advise(name, ["clinic", "airline__clinic", "airline"]) == advice


def test_where_there_is_nothing_it_says_so() -> None:
    assert advise("x", []) == "there are none"
