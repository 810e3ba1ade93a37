"""The offline author says why one person deals with two desks, and how they point to what they carry over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from resources.offline import OfflineAuthor
from resources.offline.words import words
from skiller_assets.ask import Prompt
from skiller_assets.fusion import flows as flows_module
from skiller_assets.fusion.stories import PairStory

AFFINITIES = [
    bridge["name"]
    for bridge in yaml.safe_load(
        (Path(flows_module.__file__).parent / "data" / "affinity.yaml").read_text(encoding="utf-8")
    )["bridges"]
]


def flow(**changes: Any) -> dict[str, Any]:
    told = {
        "id": "one",
        "affinity": "same_day",
        "derivation": "same",
        "giver": "The Mill",
        "taker": "The Lane",
        "label": "first day",
        "record": "rental",
        "ambiguous": False,
        "goal": "reserve a room",
        "parameter": "first night",
        "inside": "from {value}",
        "phrase": "the first day of my rental",
    }
    return {**told, **changes}


def story(*flows: dict[str, Any], seed: int = 1) -> PairStory:
    members = [
        {"title": "The Mill", "describe": "Rents out bicycles.", "role": "rider"},
        {"title": "The Lane", "describe": "Has rooms.", "role": "guest"},
    ]
    variables = {"title": "Mill and Lane", "members": members, "flows": list(flows)}
    text = OfflineAuthor(seed).complete(Prompt("pair_story", "semantic", "", variables, {})).text
    return PairStory.model_validate_json(text)


@pytest.mark.parametrize("affinity", AFFINITIES)
def test_there_are_reasons_for_every_affinity_in_the_words_of_a_customer(affinity: str) -> None:
    for seed in range(6):
        (told,) = story(flow(affinity=affinity), seed=seed).flows
        assert len(set(told.because)) == len(told.because) >= 2
        for reason in told.because:
            assert reason.endswith((".", "!", "?"))
            assert reason[:1].isupper()
            assert not re.search(r"[{}\d]", reason)


def test_there_are_no_reasons_for_affinities_that_do_not_exist() -> None:
    assert set(words("pair_story")["reasons"]) == set(AFFINITIES)


def test_the_story_names_desks_and_roles_and_leaves_no_slot_open() -> None:
    for seed in range(8):
        told = story(seed=seed)
        assert "The Mill" in told.says
        assert "The Lane" in told.says
        assert "{" not in " ".join([told.says, *told.because])
        assert len(set(told.because)) >= 2


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({}, "the first day of my rental"),
        ({"label": "start", "derivation": "day"}, "the day my rental starts"),
        ({"label": "start", "derivation": "same"}, "the day and time my rental starts"),
        ({"label": "total"}, "what my rental costs"),
        ({"label": "hotel"}, "the hotel of my rental"),
        ({"label": "rental"}, "the rental that I have there"),
        ({"ambiguous": True}, "the first day of my rental at The Mill"),
    ],
)
def test_a_value_is_pointed_to_and_its_desk_named_where_both_have_such_a_record(
    changes: dict[str, Any], phrase: str
) -> None:
    (told,) = story(flow(**changes)).flows
    assert told.phrase == phrase


def test_every_flow_is_told_once_under_its_id() -> None:
    assert [f.id for f in story(flow(), flow(id="two"), flow(id="three")).flows] == ["one", "two", "three"]


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    assert story(flow()) == story(flow())
    assert len({story(flow(), seed=seed).says for seed in range(12)}) > 1
