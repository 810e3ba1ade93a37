"""Manners for a domain, and personas on the humans of its world."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from skiller_assets.ask import AskFailed
from skiller_assets.tasks.personas import Human, ask_manners, people_of, persona_of
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


@pytest.mark.parametrize(("given", "complaint"), [(3, "3 manners; wanted are 5"), (5, "only 1 of the manners differ")])
def test_too_few_or_too_equal_manners_are_not_accepted(tmp_path: Path, given: int, complaint: str) -> None:
    plain = {
        "tone": "plain",
        "patience": "low",
        "verbosity": "low",
        "expertise": "expert",
        "discloses": "the basics first",
    }
    provider = Scripted([json.dumps({"manners": [plain] * given})] * 5)
    with pytest.raises(AskFailed, match=complaint):
        ask_manners(contract_of("bank"), 5, door_to(provider, tmp_path))


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
