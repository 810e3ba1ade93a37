"""Labels of the entity graph: one verb phrase for each thing around the person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skiller_assets.ask import AskFailed, ProviderFailed
from skiller_assets.ontology.relations import relate_entities, ties
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.composed import composed
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


def _reply(phrases: dict[str, str], *more: str) -> str:
    named = [*phrases.items(), *((name, "has to do with") for name in more)]
    return json.dumps({"relations": [{"entity": name, "phrase": phrase} for name, phrase in named]})


def test_the_prompt_holds_every_entity_and_every_limit(tmp_path: Path) -> None:
    for contract in (contract_of("airline"), composed("toy_hospital")):
        provider = Scripted([])
        with pytest.raises(ProviderFailed):
            relate_entities(contract, door_to(provider, tmp_path))
        text = provider.prompts[0].text
        assert all(f"- `{name}` (" in text for name in contract.entities if name != contract.principals[0])
        labels = [(e.label or name).replace("_", " ") for name, e in contract.entities.items()][1:]
        assert all(f", a ⟨{label}⟩): " in text for label in labels)
        assert "one to four words, 3 to\n48 characters" in text
        assert f'"A {contract.principals[0].replace("_", " ")} … a ⟨entity⟩"' in text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"drop": "slot"}, "slot is missing"),
        ({"add": "spaceship"}, "spaceship is not asked for; the entities are specialty, location"),
        ({"reword": "is related to"}, "slot: “is related to” says nothing: give a verb phrase"),
        ({"reword": "waits_for"}, "slot: “waits_for” has a technical name: give a verb phrase in plain words"),
        ({"reword": "waits for."}, "slot: “waits for.” ends with .: it stands inside a sentence"),
        ({"reword": "at"}, r"relations.4.phrase: String should have at least 3 characters"),
        ({"reword": "waits for " * 5}, r"relations.4.phrase: String should have at most 48 characters"),
        ({"twice": "slot"}, "slot is answered more than once"),
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
        relate_entities(
            contract,
            door_to(Scripted([_reply(phrases, *([change["twice"]] if "twice" in change else []))] * 5), tmp_path),
        )
