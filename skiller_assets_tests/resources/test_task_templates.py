"""The offline author tells what a person with several wishes is about, and gives reasons that do not depend on luck."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from resources.offline.words import words
from skiller_assets.contract.model import Contract
from skiller_assets.tasks.habits import Goals, habits_of
from skiller_assets.tasks.prose import LONGEST_STORY, Prose
from skiller_assets.tasks.telling import Told, ask_stories
from skiller_assets.tasks.templates import goal_tools, untold_combinations
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.composed import composed
from skiller_assets_tests.domains import DOMAINS, contract_of

COMPOSED = ("garden_repairs", "loan_statements", "yoga_school")


def told_of(contract: Contract, home: Path, seed: int = 1) -> list[Told]:
    habits = habits_of((), [s.goals for s in contract.storylines])
    untold = untold_combinations(contract, contract.storylines, habits, random.Random(1))
    telling = ask_stories(
        contract, contract.storylines, habits, untold, goal_tools(contract), 6, offline_door(home, seed)
    )
    assert telling.dropped == []
    return telling.told


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("service", [*DOMAINS, *COMPOSED])
def test_whatever_the_service_what_it_tells_is_accepted_at_once(service: str, seed: int, tmp_path: Path) -> None:
    contract = contract_of(service) if service in DOMAINS else composed(service)
    told = told_of(contract, tmp_path, seed)
    ledger = (tmp_path / "ledger.jsonl").read_text().splitlines()
    assert all('"attempts":1,' in line for line in ledger)
    prose = Prose.of(contract)
    assert not [fault for story in told for fault in prose.story_faults(story.story)]
    assert max(len(story.story.split()) for story in told) <= LONGEST_STORY


def test_a_story_speaks_of_every_wish_in_its_order(tmp_path: Path) -> None:
    contract = contract_of("bank")
    said: dict[Goals, list[str]] = {(name,): contract.tools[name].voice.wants for name in goal_tools(contract)}
    said |= {tuple(s.goals): [s.says.removesuffix(".")] for s in contract.storylines}
    for told in told_of(contract, tmp_path):
        text, place, start = told.story.lower(), 0, 0
        while start < len(told.goals):
            ends = range(len(told.goals), start, -1)
            found = [
                (end, text.index(way.lower(), place))
                for end in ends
                for way in said.get(told.goals[start:end], [])
                if way.lower() in text[place:]
            ]
            assert found, f"{told.goals[start]} is not in {told.story!r}"
            start, place = found[0][0], found[0][1] + 1


def test_reasons_differ_and_some_say_what_has_happened(tmp_path: Path) -> None:
    contract = contract_of("clinic")
    happened = {reason for tool in contract.tools.values() for reason in tool.voice.because}
    happened |= {reason for storyline in contract.storylines for reason in storyline.because}
    for told in told_of(contract, tmp_path):
        assert len(set(told.because)) == len(told.because) >= 3
        assert any(reason.startswith(tuple(happened)) for reason in told.because)
        assert not all(reason in happened for reason in told.because)


def test_no_link_or_reason_claims_anything_of_the_service() -> None:
    data = words("task_templates")
    texts = [text for group in ("links", "reasons") for kind in data[group].values() for text in kind]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert text.endswith(".")
        assert not re.search(r"\d|\b(refund|fee|discount|appointment|account)s?\b|\bmy order", text)
