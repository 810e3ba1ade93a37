"""What an author is shown of the tables so far: populations cut where a row ends, and how rows are spread."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.service.authoring.gates import try_data
from skiller_assets.service.authoring.merge import contract_of
from skiller_assets.service.authoring.shown import LONGEST, population_words, spreads
from skiller_assets.world.generate import WorldSpec
from skiller_assets_tests.composed import NOW
from skiller_assets_tests.service.authored import SPEC, with_its_data
from skiller_assets_tests.worlds import library_world


def rows(count: int) -> dict[str, Any]:
    return {"rows": [{"book_id": f"BK-{i:03}", "title": "Über Flüsse", "pages": i} for i in range(count)]}


def test_a_short_population_is_shown_whole_and_as_it_was_written() -> None:
    said = population_words(rows(2))
    assert said.startswith('{"rows": [{"book_id": "BK-000", "title": "Über Flüsse", "pages": 0}, ')
    assert said.endswith('"pages": 1}]}')


def test_a_long_population_is_cut_where_a_row_ends_and_says_how_many_are_missing() -> None:
    said = population_words(rows(60))
    shown = said.count('"book_id"')
    assert said.endswith(f'"pages": {shown - 1}}}, … and {60 - shown} more]}}')
    assert 20 < shown < 60
    assert len(said) < LONGEST + 150


def test_a_long_query_is_cut_at_a_word() -> None:
    query = "SELECT " + ", ".join(f"column_{i}" for i in range(400))
    said = population_words({"query": query})
    assert said.endswith(", …")
    assert f'{{"query": "{query}'.startswith(said.removesuffix(" …"))
    assert len(said) <= LONGEST + 2


def test_rows_are_counted_for_each_row_that_they_refer_to() -> None:
    world = library_world()
    found = spreads(world.image, world.contract)
    assert found == {
        "loan": ["per member: 2 (8 of them)", "per book: 0 (8 of them), 1 (16)"],
        "fee": ["per loan: 0 (12 of them), 1 (4)"],
    }


@pytest.mark.parametrize("count", [120, 300])
def test_the_author_is_told_the_spread_of_the_world_that_was_tried(count: int) -> None:
    summary, faults = try_data(contract_of(with_its_data()), WorldSpec(SPEC.seed, NOW, count))
    assert faults == ()
    (lawyer, *_) = summary["spreads"]["assignment"]
    told = lawyer.removeprefix("per lawyer: ").replace(" of them", "").split(", ")
    assert sum(int(part.partition(" (")[2].rstrip(")")) for part in told) == count
    assert told[0].startswith("0 (")
