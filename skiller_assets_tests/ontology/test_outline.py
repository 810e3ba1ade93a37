"""What is asked of an authored domain before its contract, and what makes a reply unacceptable."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from resources.offline.catalogue_files import load_catalogue
from resources.providers import seed_topics
from skiller_assets.ask import AskFailed, CannotAnswer
from skiller_assets.ontology.entity_graph import entity_graph, entity_graph_faults
from skiller_assets.ontology.outline import ask_outline, declared, entities_ask, outline_json, outlined_contract
from skiller_assets.ontology.relations import relate_entities
from skiller_assets.settings import Settings
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.catalogues import PATTERN

SPREAD = 12
"""So many services are tried, one of each archetype first."""


def services() -> list[str]:
    known = load_catalogue().services
    first = {service.archetype: name for name, service in sorted(known.items(), reverse=True)}
    return sorted(first.values())[:SPREAD]


def topic_of(name: str) -> dict[str, Any]:
    settings = Settings.model_validate({"topics": {"seeds": (name,)}})
    return {**seed_topics(settings)[0].as_json(), "source": "author"}


def agreed(name: str, home: Path) -> dict[str, Any]:
    return {n: declared(e) for n, e in offline_door(home).ask(entities_ask(topic_of(name))).entities.items()}


@pytest.mark.parametrize("name", services())
def test_the_offline_author_outlines_a_service_that_it_knows(name: str, tmp_path: Path) -> None:
    entities, door = agreed(name, tmp_path), offline_door(tmp_path)
    outline = ask_outline(topic_of(name), entities, door)
    contract = outlined_contract(name, outline)
    assert set(contract.entities) == set(entities)
    assert contract.tools == {}
    assert json.loads(json.dumps(outline_json(outline)))["entities"] == entities
    graph = entity_graph(contract, relate_entities(contract, door))
    records = [{"entity": n, "kind": e["kind"]} for n, e in entities.items()]
    assert entity_graph_faults(graph, records) == []


def test_a_topic_that_it_does_not_know_is_answered_with_the_nearest(tmp_path: Path) -> None:
    topic = {**topic_of(PATTERN), "domain": "yoga_skool"}
    with pytest.raises(CannotAnswer, match=r"no topic yoga_skool; the nearest that it knows: yoga_school"):
        offline_door(tmp_path).ask(entities_ask(topic))


def _person_last(entities: dict[str, Any]) -> None:
    entities["student"] = entities.pop("student")


def _no_person(entities: dict[str, Any]) -> None:
    entities["student"]["role"] = "staff"


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_person_last, "it comes first"),
        (_no_person, "found: none"),
        (lambda e: e["student"].update(key="nothing"), "key column nothing is no attribute"),
        (lambda e: e["yoga_class"]["attributes"]["level"].pop("semantic_type"), "attribute level has no semantic_type"),
        (lambda e: e["yoga_class"]["attributes"].update(x={"type": "id", "refers_to": "moon.moon_id"}), "moon.moon_id"),
        (lambda e: e["yoga_class"].update(colour="red"), "colour"),
        (lambda e: e["yoga_class"]["attributes"]["level"].update(type="word"), "type"),
    ],
)
def test_entities_that_will_not_do_are_told_why(spoil: Callable[[Any], Any], complaint: str, tmp_path: Path) -> None:
    entities = agreed(PATTERN, tmp_path)
    spoil(entities)
    with pytest.raises(AskFailed, match=complaint):
        door_to(Scripted([json.dumps({"entities": entities})] * 5), tmp_path / "x").ask(entities_ask(topic_of(PATTERN)))


def _relationship(outline: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(outline["relationships"].values()))
    return found


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda o: o["entities"]["student"].update(describe="Somebody else."), "student differs from what is agreed"),
        (
            lambda o: o["entities"].update(moon=o["entities"]["yoga_class"]),
            "moon is not among those .*leave entities out",
        ),
        (lambda o: o.update(principals=["yoga_class"]), "yoga_class is no customer person"),
        (lambda o: _relationship(o).update(population={"count": 3}), "leave population out"),
        (lambda o: _relationship(o).update(describe="It costs {fee}."), "quotes a constant"),
        (
            lambda o: _relationship(o)["attributes"].update(x={"type": "id", "refers_to": "moon.moon_id"}),
            "moon.moon_id",
        ),
        (lambda o: o.update(relationships={}), "at least 1"),
        (lambda o: o.update(tools={}), "tools"),
    ],
)
def test_an_outline_that_will_not_do_is_told_why(spoil: Callable[[Any], Any], complaint: str, tmp_path: Path) -> None:
    entities, topic = agreed(PATTERN, tmp_path), topic_of(PATTERN)
    outline = outline_json(ask_outline(topic, entities, offline_door(tmp_path)))
    spoil(outline)
    with pytest.raises(AskFailed, match=complaint):
        ask_outline(topic, entities, door_to(Scripted([json.dumps(outline)] * 5), tmp_path / "x"))


def _half(entities: dict[str, Any]) -> dict[str, Any]:
    return dict(list(entities.items())[1:])


@pytest.mark.parametrize("repeated", [lambda e: e, _half, lambda e: {}, None])
def test_entities_that_are_agreed_upon_need_not_be_repeated(
    repeated: Callable[[dict[str, Any]], Any] | None, tmp_path: Path
) -> None:
    entities, topic = agreed(PATTERN, tmp_path), topic_of(PATTERN)
    whole = outline_json(ask_outline(topic, entities, offline_door(tmp_path)))
    given = {name: value for name, value in whole.items() if name != "entities"}
    if repeated is not None:
        given["entities"] = repeated(entities)
    provider = Scripted([json.dumps(given)])
    outline = ask_outline(topic, entities, door_to(provider, tmp_path / "x"))
    assert json.dumps(outline_json(outline)) == json.dumps(whole)
    assert "do not repeat them" in provider.prompts[0].text


@pytest.mark.parametrize("key", ["yoga_class_id", ["yoga_class_id"]])
def test_a_key_may_be_one_column_or_a_list_as_the_schema_says(key: Any, tmp_path: Path) -> None:
    entities = agreed(PATTERN, tmp_path)
    entities["yoga_class"]["key"] = key
    provider = Scripted([json.dumps({"entities": entities})])
    reply = door_to(provider, tmp_path / "x").ask(entities_ask(topic_of(PATTERN)))
    assert reply.entities["yoga_class"].key == ["yoga_class_id"]
    said = provider.prompts[0].schema["$defs"]["Entity"]["properties"]["key"]["anyOf"]
    assert {one["type"] for one in said} == {"string", "array"}
