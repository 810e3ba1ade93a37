"""A summary says what is in the data, in the words of people outside."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import apsw
import pytest

from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.service.summary import summarize_database
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets_tests.worlds import DATA, NOW, patched

HARBOUR = DATA / "harbour.yaml"


def unsettled() -> Contract:
    return contract_from(patched({"settle": [], "invariants": []}, HARBOUR), HARBOUR.name)


@cache
def summary(rows: int = 60) -> dict[str, Any]:
    contract = contract_from(patched({}, HARBOUR), HARBOUR.name)
    return summarize_database(generate(contract, WorldSpec(7, NOW, rows)).image, contract)


def test_a_summary_is_json_and_counts_every_table() -> None:
    found = json.loads(json.dumps(summary()))
    assert found["domain"] == "harbour"
    assert found["tables"]["patient"]["rows"] == 60
    assert found["rows"] == sum(table["rows"] for table in found["tables"].values())
    assert found["tables"]["note"]["key"] == ["visit_id", "note_no"]


def test_money_booleans_and_lists_are_decoded() -> None:
    ward = summary()["tables"]["ward"]["columns"]
    assert (ward["price"]["smallest"], ward["price"]["largest"]) == (30.0, 40.5)
    assert ward["weekend"]["values"] == {"false": 2, "true": 1}
    assert ["cataract", "glaucoma"] in ward["treats"]["examples"]
    assert ward["opens"]["empty"] == 1


def test_states_are_listed_even_where_no_row_has_them() -> None:
    found = summarize_database(generate(unsettled(), WorldSpec(7, NOW, 20)).image, unsettled())
    values = found["tables"]["visit"]["columns"]["status"]["values"]
    assert values["seen"] == 0
    assert values["booked"] == found["tables"]["visit"]["rows"]


def test_names_are_not_listed_but_shown_by_example() -> None:
    name = summary()["tables"]["patient"]["columns"]["last_name"]
    assert "values" not in name
    assert len(name["examples"]) == 3
    assert name["distinct"] > 50


def test_an_image_of_something_else_is_an_error() -> None:
    with pytest.raises(apsw.Error):
        summarize_database(apsw.Connection(":memory:").serialize("main") or b"", unsettled())
