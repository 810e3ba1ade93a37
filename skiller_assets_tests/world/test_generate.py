"""Worlds: the same bytes from the same seed, the small one at the start of the large one, every promise kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import apsw
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.ids import IdFormat
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.world.draw import positions
from skiller_assets.world.frames import read_frames
from skiller_assets.world.generate import Generated, GenerateError, WorldSpec, generate
from skiller_assets.world.humans import Humans
from skiller_assets_tests.worlds import DATA, GONE, NOW, patched

HARBOUR = DATA / "harbour.yaml"


def harbour(patch: Mapping[str, Any] | None = None) -> Contract:
    return contract_from(patched(patch or {}, HARBOUR), HARBOUR.name)


@cache
def world(rows: int = 60, seed: int = 7) -> Generated:
    return generate(harbour(), WorldSpec(seed, NOW, rows))


def test_the_contract_of_these_tests_compiles() -> None:
    compile_contract(harbour())


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_worlds() -> None:
    again = generate(harbour(), WorldSpec(7, NOW, 60))
    assert again.image == world().image
    assert world(60, 8).image != again.image


@settings(max_examples=15, deadline=None)
@given(few=st.integers(1, 120), more=st.integers(0, 120), seed=st.integers(0, 2**31))
def test_a_larger_world_begins_with_the_smaller_one(few: int, more: int, seed: int) -> None:
    # Without unique picks, visits too depend on their patient alone.
    contract = harbour({"relationships.visit.attributes.slot_id.unique": False, "settle": [], "invariants": []})
    small = generate(contract, WorldSpec(seed, NOW, few)).frames
    large = generate(contract, WorldSpec(seed, NOW, few + more)).frames
    for table in ("ward", "doctor", "patient", "slot", "visit", "note"):
        key = contract.tables[table].key
        left = small[table].set_index(key)
        pd.testing.assert_frame_equal(left, large[table].set_index(key).loc[left.index])


def test_row_k_of_a_customer_is_human_k_whatever_the_domain_is() -> None:
    ids = IdFormat("PT-######", "patient")
    patients = world().frames["patient"].set_index("patient_id")
    emails = [patients.loc[ids.at(k), "email"] for k in range(60)]
    assert emails == Humans(NOW, 7, "human").column("email", positions(60))
    other = patched({"domain": "quay", "entities.person": patched({}, HARBOUR)["entities"]["patient"]}, HARBOUR)
    other["entities"]["person"]["attributes"]["patient_id"]["format"] = "Q-######"
    people = generate(contract_from(other, "quay.yaml"), WorldSpec(7, NOW, 60)).frames["person"]
    assert set(people["email"]) == set(emails)


def test_a_namespace_does_not_change_a_table() -> None:
    data = patched({"entities.harbour__ward": patched({}, HARBOUR)["entities"]["ward"]}, HARBOUR)
    data["entities"]["harbour__ward"]["attributes"]["doctors"]["generate"] = {"integer": [1, 900]}
    data["entities"]["ward"]["attributes"]["doctors"]["generate"] = {"integer": [1, 900]}
    frames = generate(contract_from(data, "fused.yaml"), WorldSpec(7, NOW, 20)).frames
    pd.testing.assert_frame_equal(frames["ward"], frames["harbour__ward"])


def test_listed_rows_are_taken_as_they_are_and_only_absent_columns_are_generated() -> None:
    ward = world().frames["ward"].set_index("ward_id")
    assert ward["price"].to_dict() == {"EAR": 3000, "EYE": 4050, "SKN": 3525}
    assert ward.loc["EYE", "opens"] == "08:00"
    assert ward.loc["EAR", "opens"] == "09:00"
    assert ward["opens"].isna().to_dict()["SKN"]  # null was written
    assert json.loads(str(ward.loc["EYE", "treats"])) == ["cataract", "glaucoma"]


def test_templates_may_quote_columns_that_stand_below_them() -> None:
    patient = world().frames["patient"]
    assert (patient["greeting"] == "Hello " + patient["first_name"] + " from " + patient["city"]).all()


def test_unique_values_do_not_repeat_and_unique_picks_are_shared_by_nobody() -> None:
    frames = world(200).frames
    assert frames["doctor"]["badge"].is_unique
    assert frames["visit"]["slot_id"].is_unique
    assert not frames["slot"].duplicated(["doctor_id", "starts_at"]).any()


def test_children_are_numbered_from_one_and_inherit_what_their_parent_refers_to() -> None:
    frames = world().frames
    numbers = frames["note"].groupby("visit_id")["note_no"].apply(sorted)
    assert all(list(found) == [1, 2] for found in numbers)
    joined = frames["note"].merge(frames["visit"], on="visit_id", suffixes=("", "_of_visit"))
    assert (joined["patient_id"] == joined["patient_id_of_visit"]).all()


def test_children_of_a_query_are_numbered_in_its_order() -> None:
    latest_first = (
        "SELECT visit_id, patient_id, note FROM visit, (SELECT 'b' AS note UNION SELECT 'a') ORDER BY note DESC"
    )
    note = "relationships.visit.children.note"
    contract = harbour({f"{note}.population": {"query": latest_first}, f"{note}.attributes.note": {"type": "text"}})
    notes = generate(contract, WorldSpec(7, NOW, 60)).frames["note"]
    assert set(zip(notes["note_no"], notes["note"], strict=True)) == {(1, "b"), (2, "a")}


def test_columns_by_sql_come_after_those_that_they_read_wherever_they_stand() -> None:
    visit = "relationships.visit.attributes"
    first = {"twice": {"type": "integer", "generate": {"sql": "once * 2"}}}
    raw = patched({}, HARBOUR)["relationships"]["visit"]["attributes"]
    once = {"type": "integer", "generate": {"sql": "CAST(fee AS INTEGER)"}}
    contract = harbour({visit: {**first, **raw, "once": once}})
    visits = generate(contract, WorldSpec(7, NOW, 60)).frames["visit"]
    assert list(visits["twice"]) == list(visits["once"] * 2)
    assert list(visits["once"]) == list(visits["fee"])


def test_derived_columns_and_settling_see_the_whole_world() -> None:
    frames = world().frames
    doctors = frames["doctor"]["ward_id"].value_counts()
    assert all(row.doctors == doctors.get(row.ward_id, 0) for row in frames["ward"].itertuples())
    seen = frames["visit"].merge(frames["slot"], on="slot_id")
    assert ((seen["status"] == "seen") == seen["is_past"]).all()
    assert (seen.loc[seen["is_past"], "seen_on"] == seen.loc[seen["is_past"], "starts_at"].str[:10]).all()
    assert seen.loc[~seen["is_past"], "seen_on"].isna().all()


def test_a_condition_may_use_a_column_that_is_derived_from_earlier_tables() -> None:
    past = harbour(
        {"relationships.visit.attributes.slot_id.generate.pick.where": "is_past = 1", "settle": [], "invariants": []}
    )
    frames = generate(past, WorldSpec(7, NOW, 60)).frames
    assert frames["visit"].merge(frames["slot"], on="slot_id")["is_past"].all()


def test_the_image_holds_the_frames_and_enforces_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    path.write_bytes(world().image)
    for name, frame in read_frames(harbour(), path).items():
        pd.testing.assert_frame_equal(frame, world().frames[name])
    connection = apsw.Connection(str(path))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA journal_mode").fetchall() == [("delete",)]
    assert connection.execute("PRAGMA freelist_count").fetchall() == [(0,)]
    with pytest.raises(apsw.ConstraintError):
        connection.execute("UPDATE patient SET email = (SELECT min(email) FROM patient)")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "a pick with no candidate": (
        {"relationships.visit.attributes.slot_id.generate.pick.where": "is_free = 7"},
        "harbour.yaml: table visit: attribute slot_id: no row of slot where is_free = 7 can be picked",
    ),
    "fewer candidates than unique picks": (
        {"entities.slot.population.each.counts": {"1": 1}},
        "harbour.yaml: table visit: attribute slot_id: .* rows need a slot of their own and only",
    ),
    "a settle statement that fails": (
        {"settle+": {"says": "Everybody has the same address.", "sql": "UPDATE patient SET email = 'a@example.com'"}},
        r"harbour.yaml: settle 3 \(Everybody has the same address.\): .*patient.email",
    ),
    "a state that does not exist": (
        {"relationships.visit.attributes.status.generate.choice": ["lost"]},
        "harbour.yaml: table visit: a row does not fit the schema: .*CHECK",
    ),
    "a column that nothing fills": (
        {"entities.patient.attributes.channel.generate": GONE},
        "harbour.yaml: table patient: attribute channel: is empty in 60 of 60 rows",
    ),
    "a settle statement that empties a column": (
        {"settle+": {"says": "Nobody has a city.", "sql": "UPDATE patient SET city = NULL"}},
        "harbour.yaml: table patient: attribute city: is empty in 60 of 60 rows",
    ),
    "a reference to nothing": (
        {"settle+": {"says": "The ear ward closes.", "sql": "DELETE FROM ward WHERE ward_id = 'EAR'"}},
        "harbour.yaml: table doctor: attribute ward_id: .* rows refer to no row of ward .*EAR",
    ),
    "a broken invariant": (
        {"settle.0.sql": "UPDATE slot SET is_free = 1 WHERE is_free = 1"},
        r"harbour.yaml: invariant taken_slots_are_not_free: is broken by \d+ rows \(\('SL-",
    ),
    "unique values from too small a space": (
        {"entities.doctor.attributes.badge.generate": {"choice": ["a", "b"]}},
        "harbour.yaml: table doctor: badge must not repeat and does: .*too few possible values for 12 rows",
    ),
    "a listed key that repeats": (
        {"entities.ward.population.rows+": {"ward_id": "EYE", "name": "E", "price": 1, "weekend": True, "treats": []}},
        "harbour.yaml: table ward: ward_id must not repeat and does: EYE",
    ),
    "a listed value of another type": (
        {"entities.ward.population.rows.0.weekend": "sometimes"},
        "harbour.yaml: table ward: attribute weekend: 'sometimes' is not of type boolean",
    ),
    "more rows than ids": (
        {"entities.patient.attributes.patient_id.format": "P-#"},
        "harbour.yaml: table patient: .*'P-#' spells 10 ids",
    ),
    "a child record without population": (
        {"relationships.visit.children.note.population": GONE},
        "harbour.yaml: table note: a child record without population",
    ),
    "columns that derive from each other": (
        {
            "entities.slot.attributes.is_past.generate.sql": "is_free + 0",
            "entities.slot.attributes.is_free.generate": {"sql": "is_past + 0"},
        },
        "harbour.yaml: table slot: attribute is_past: derives from a column that derives from it",
    ),
    "a query that fails": (
        {"relationships.allergy.population.query": "SELECT patient_id, abs(1 << 63) AS code FROM patient"},
        "harbour.yaml: table allergy: the population's query fails",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault: str) -> None:
    patch, message = FAULTS[fault]
    with pytest.raises(GenerateError, match=message):
        generate(harbour(patch), WorldSpec(7, NOW, 60))


@pytest.mark.parametrize(("now", "rows"), [("yesterday", 5), (NOW, 0)])
def test_a_world_needs_an_instant_and_rows(now: str, rows: int) -> None:
    with pytest.raises(ValueError):
        WorldSpec(7, now, rows)
