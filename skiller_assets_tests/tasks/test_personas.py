"""Manners for a domain, and personas on the humans of its world."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

from skiller_assets.ask import AskFailed, ProviderFailed
from skiller_assets.tasks.personas import Human, Manner, Tone, ask_manners, people_of, persona_of
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.domains import contract_of
from skiller_assets_tests.worlds import library_world

NOW = date(2025, 3, 10)


def test_a_stock_of_manners_covers_every_trait_and_holds_no_contradiction(tmp_path: Path) -> None:
    manners = ask_manners(contract_of("bank"), 40, offline_door(tmp_path))
    assert len(manners) == 40
    assert {manner.tone for manner in manners} >= {"friendly", "formal", "hurried", "anxious", "frustrated", "cheerful"}
    assert {manner.verbosity for manner in manners} == {"low", "medium", "high"}
    assert len({manner.discloses for manner in manners}) == 3
    formal = [manner for manner in manners if manner.tone == "formal"]
    assert all((manner.case, manner.typos) == ("sentence", "none") for manner in formal)
    assert not any(manner.tone == "hurried" and manner.verbosity == "high" for manner in manners)


@pytest.mark.parametrize(
    ("given", "complaint"), [(3, "3 manners; wanted are 5"), (5, "only 1 of the manners differ; at least 3")]
)
def test_too_few_or_too_equal_manners_are_not_accepted(tmp_path: Path, given: int, complaint: str) -> None:
    plain = {
        "tone": "plain",
        "patience": "low",
        "verbosity": "low",
        "expertise": "expert",
        "discloses": "the basics first",
        "case": "lower",
        "punctuation": "light",
        "typos": "none",
    }
    provider = Scripted([json.dumps({"manners": [plain] * given})] * 5)
    with pytest.raises(AskFailed, match=complaint):
        ask_manners(contract_of("bank"), 5, door_to(provider, tmp_path))


PLAIN = Manner(
    tone="plain",
    patience="medium",
    verbosity="medium",
    expertise="regular",
    discloses="the basics first",
    case="sentence",
    punctuation="full",
    typos="none",
)
CAST = [
    PLAIN.model_copy(update={"tone": tone, "patience": patience, "verbosity": verbosity, "discloses": discloses})
    for tone in get_args(Tone)
    for patience, verbosity, discloses in (
        ("low", "low", "one thing at a time"),
        ("medium", "medium", "the basics first"),
        ("high", "medium" if tone == "hurried" else "high", "everything at once"),
    )
]  # fmt: skip


def _said(manners: list[Manner], home: Path) -> list[str]:
    """What is wrong with a cast; nothing when it is accepted."""
    replies = [json.dumps({"manners": [manner.model_dump() for manner in manners]})] * 5
    try:
        ask_manners(contract_of("bank"), len(CAST), door_to(Scripted(replies), home))
    except AskFailed as error:
        return list(error.transcript[-1].complaints)
    return []


@pytest.mark.parametrize(
    ("place", "changes", "complaint"),
    [
        (3, {"case": "lower"}, "manner 4: who writes formally has sentence case, full punctuation and no typos"),
        (4, {"punctuation": "expressive"}, "manner 5: who writes formally has sentence case, full punctuation"),
        (8, {"verbosity": "high"}, "manner 9: who is in a hurry has not the time for a high verbosity"),
    ],
)
def test_traits_that_nobody_has_together_are_named(
    place: int, changes: dict[str, str], complaint: str, tmp_path: Path
) -> None:
    assert _said(CAST, tmp_path / "good") == []
    assert CAST[place].tone in ("formal", "hurried")
    (found,) = _said([m.model_copy(update=changes) if k == place else m for k, m in enumerate(CAST)], tmp_path)
    assert found.startswith(complaint)


def test_a_value_that_no_manner_has_is_named(tmp_path: Path) -> None:
    calm = [manner.model_copy(update={"tone": "plain"}) if manner.tone == "anxious" else manner for manner in CAST]
    assert _said(calm, tmp_path) == ["no manner has the tone anxious; each value has to occur"]


@pytest.mark.parametrize("count", [8, 24])
def test_the_prompt_holds_every_limit_and_every_value(count: int, tmp_path: Path) -> None:
    provider = Scripted([])
    with pytest.raises(ProviderFailed):
        ask_manners(contract_of("clinic"), count, door_to(provider, tmp_path))
    text = provider.prompts[0].text
    assert f"exactly {count} manners of writing, at least {count // 2} of them different" in text
    assert ("every value of `tone`" in text) == (count == 24)
    for trait, schema in Manner.model_json_schema()["properties"].items():
        assert f"`{trait}`" in text
        assert all(value in text for value in schema["enum"])


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, "adult"),
        ("1984-03-10", "40s"),
        ("1985-03-11", "30s"),
        ("2008-01-01", "under 18"),
        ("2006-01-01", "18 or 19"),
    ],
)
def test_the_age_band_follows_from_the_birth_date(tmp_path: Path, born: str | None, band: str) -> None:
    manners = ask_manners(contract_of("bank"), 8, offline_door(tmp_path))
    persona = persona_of("bank-1", manners, Human("Ana Okafor", born), NOW)
    assert persona.age_band == band
    assert persona == persona_of("bank-1", manners, Human("Ana Okafor", born), NOW)


def test_people_are_read_from_the_world_by_their_number() -> None:
    people = people_of(library_world())
    assert sorted(people) == list(range(8))
    assert all(human.name and human.date_of_birth is None for human in people.values())


@pytest.mark.parametrize("trait", list(Manner.model_fields))
def test_every_trait_has_to_be_given_as_the_prompt_says(trait: str, tmp_path: Path) -> None:
    manner = PLAIN.model_dump()
    del manner[trait]
    provider = Scripted([json.dumps({"manners": [manner]})] * 5)
    with pytest.raises(AskFailed, match=f"{trait}: Field required"):
        ask_manners(contract_of("bank"), 1, door_to(provider, tmp_path))
    assert f"`{trait}`: " in provider.prompts[0].text
