"""Composition: what depends on the seed and what does not, features, and mending what was complained about."""

from __future__ import annotations

import pytest

from resources.offline.catalogue import Catalogue
from resources.offline.composer import compose, features_of
from resources.offline.fragments import FragmentError
from skiller_assets_tests.composed import catalogue

SERVICE = "yoga_school"


def with_features(**wanted: bool) -> Catalogue:
    """The catalogue, in which the service insists on or does without some features."""
    found = catalogue()
    service = found.services[SERVICE]
    names = dict.fromkeys(found.archetypes[service.archetype].features, False)
    return found.model_copy(
        update={"services": {**found.services, SERVICE: service.model_copy(update={"features": {**names, **wanted}})}}
    )


def test_the_same_seed_gives_the_same_contract() -> None:
    assert compose(catalogue(), SERVICE, 5) == compose(catalogue(), SERVICE, 5)


def test_tables_do_not_depend_on_the_seed_but_numbers_and_wordings_do() -> None:
    found = [compose(catalogue(), SERVICE, seed) for seed in range(6)]
    assert len({repr({name: list(t["attributes"]) for name, t in c["entities"].items()}) for c in found}) == 1
    assert len({repr(list(c["relationships"])) for c in found}) == 1
    assert len({repr(c["constants"]) for c in found}) > 1
    assert len({repr(c["tools"]) for c in found}) > 1


def test_a_feature_brings_its_tools_and_rules() -> None:
    without = compose(with_features(), SERVICE, 1)
    rated = compose(with_features(rating=True), SERVICE, 1)
    assert set(rated["tools"]) - set(without["tools"]) == {"rate_booking"}
    assert "rating" in rated["relationships"]["booking"]["attributes"]


def test_what_a_feature_needs_must_be_there() -> None:
    insisting = with_features(minimum_age=True)
    assert "minimum_age" not in catalogue().things[catalogue().services[SERVICE].things["thing"]].attributes
    assert features_of(insisting, SERVICE) == []


def test_a_feature_whose_rule_is_complained_about_is_left_out() -> None:
    insisting = with_features(rating=True, hand_over=True)
    blamed = compose(insisting, SERVICE, 1, ["tool hand_over_booking: rule taker_known never fails on the data"], 1)
    assert "hand_over_booking" not in blamed["tools"]
    assert "rate_booking" in blamed["tools"]


def test_a_feature_with_tables_stays_since_the_entity_graph_has_them() -> None:
    insisting = with_features(waiting_list=True)
    blamed = compose(insisting, SERVICE, 1, ["tool join_waiting_list: rule waiting_limit never fails on the data"], 1)
    assert "join_waiting_list" in blamed["tools"]


def test_a_rejected_composition_is_drawn_anew() -> None:
    first = compose(catalogue(), SERVICE, 1)
    assert compose(catalogue(), SERVICE, 1, ["tool book_class: something"], 1) != first


def test_a_service_says_its_own_constants_words_and_wants() -> None:
    found = catalogue()
    service = found.services[SERVICE].model_copy(update={"constants": {"max_open": 9}})
    composed = compose(found.model_copy(update={"services": {SERVICE: service}}), SERVICE, 1)
    assert composed["constants"]["max_open"]["value"] == 9
    assert set(service.wants["create"]) <= set(composed["tools"]["book_class"]["voice"]["wants"])
    assert service.background.strip() in composed["background"]


def test_a_catalogue_that_contradicts_itself_is_an_error() -> None:
    found = catalogue()
    broken = found.archetypes["book"].model_copy(update={"contract": {"tools": {"<nothing>": {}}}})
    with pytest.raises(FragmentError, match="there is no slot <nothing>"):
        compose(found.model_copy(update={"archetypes": {**found.archetypes, "book": broken}}), SERVICE, 1)
