"""Labels of the entity graph: one verb phrase for each thing around the person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skiller_assets.ask import AskFailed
from skiller_assets.ontology.relations import relate_entities, ties
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.domains import DOMAINS, contract_of


@pytest.mark.parametrize("domain", DOMAINS)
def test_everything_around_the_person_is_related_by_words(domain: str, tmp_path: Path) -> None:
    contract = contract_of(domain)
    found = relate_entities(contract, offline_door(tmp_path))
    assert list(found) == [name for name in contract.entities if name != contract.principals[0]]
    assert all(phrase.islower() and "_" not in phrase for phrase in found.values())


def test_ties_lead_from_the_person_to_the_thing_in_the_shortest_way() -> None:
    clinic, airline = contract_of("clinic"), contract_of("airline")
    assert {"name": "appointment", "how": "direct"} in ties(clinic, "slot")
    assert ties(clinic, "insurance_plan") == [{"name": "patient", "how": "self"}]
    assert {"name": "clinician", "how": "through"} in ties(clinic, "location")
    assert ties(airline, "flight_cabin") == [{"name": "flight", "how": "part"}]


def test_a_thing_is_worded_after_what_it_is(tmp_path: Path) -> None:
    found = relate_entities(contract_of("clinic"), offline_door(tmp_path))
    assert found["clinician"] == "is seen by"
    assert found["location"] == "comes to"


def _reply(phrases: dict[str, str]) -> str:
    return json.dumps({"relations": [{"entity": name, "phrase": phrase} for name, phrase in phrases.items()]})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"drop": "slot"}, "slot is missing"),
        ({"add": "spaceship"}, "spaceship is no entity"),
        ({"reword": "is related to"}, "says nothing"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, change: dict[str, str], complaint: str) -> None:
    contract = contract_of("clinic")
    phrases = {name: "has to do with" for name in contract.entities if name != contract.principals[0]}
    if "drop" in change:
        del phrases[change["drop"]]
    if "add" in change:
        phrases[change["add"]] = "flies"
    if "reword" in change:
        phrases["slot"] = change["reword"]
    with pytest.raises(AskFailed, match=complaint):
        relate_entities(contract, door_to(Scripted([_reply(phrases)] * 5), tmp_path))
