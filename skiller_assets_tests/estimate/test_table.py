"""The table of asks leaves none out, and stands where the program asks."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from pydantic import ValidationError

from skiller_assets.artifact import Artifact
from skiller_assets.ask.names import ASK_NAMES
from skiller_assets.estimate.table import ASKS, PLANNING, SIZES, Table, read_table, the_table
from skiller_assets.program import ARTIFACTS


def undeclared(table: Table, artifacts: tuple[Artifact, ...]) -> list[tuple[str, str]]:
    """Asks that an artifact declares and for which the table has no place there."""
    return [(a.name, ask) for a in artifacts for ask in a.asks if a.name not in table.asks[ask].places]


def test_every_ask_has_a_row_and_one_that_is_left_out_is_named() -> None:
    assert set(the_table().asks) == set(ASK_NAMES)
    rows = yaml.safe_load(ASKS.read_text(encoding="utf-8"))
    del rows["asks"]["storylines"]
    with pytest.raises(ValidationError, match="no row for storylines"):
        read_table(yaml.safe_dump(rows), "")


def test_a_row_for_what_nobody_asks_is_refused() -> None:
    rows = yaml.safe_load(ASKS.read_text(encoding="utf-8"))
    rows["asks"]["horoscope"] = {"places": {}}
    with pytest.raises(ValidationError, match="horoscope"):
        read_table(yaml.safe_dump(rows), "")


def test_what_an_artifact_declares_to_ask_has_a_place() -> None:
    assert undeclared(the_table(), ARTIFACTS) == []
    (policy,) = (artifact for artifact in ARTIFACTS if artifact.name == "policy")
    more = replace(policy, asks=(*policy.asks, "query"))
    assert undeclared(the_table(), (more,)) == [("policy", "query")]


def test_every_place_is_an_artifact_of_the_program() -> None:
    known = {PLANNING, *(artifact.name for artifact in ARTIFACTS)}
    assert {place for row in the_table().asks.values() for place in row.places} <= known


def test_what_was_measured_goes_before_what_is_assumed() -> None:
    rows = ASKS.read_text(encoding="utf-8")
    measured = {"query": {"queries": {"times": 2.0, "input": 7, "output": 5}}}
    table = read_table(rows, yaml.safe_dump(measured))
    assert table.size("query", "queries").input == 7
    assert table.size("query", "fused_queries") == table.asks["query"].places["fused_queries"].assumed


def test_the_sizes_that_come_with_the_program_are_of_its_asks() -> None:
    sizes = yaml.safe_load(SIZES.read_text(encoding="utf-8"))
    table = the_table()
    assert [(ask, place) for ask, places in sizes.items() for place in places
            if ask not in table.asks or place not in table.asks[ask].places] == []  # fmt: skip
