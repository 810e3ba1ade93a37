"""Storylines: goals that one person pursues, the contract's own and those that the author adds."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from skiller_assets.ask import Door
from skiller_assets.contract.model import Storyline
from skiller_assets.service.storylines import ask_storylines, storyline_complaints
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.domains import DOMAINS, contract_of


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return offline_door(tmp_path)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_contracts_own_come_first_and_others_follow(domain: str, door: Door) -> None:
    contract = contract_of(domain)
    found = ask_storylines(contract, set(), door)
    own = [storyline.goals for storyline in contract.storylines]
    assert [storyline.goals for storyline in found[: len(own)]] == own
    assert len(found) >= len(own) + 8
    assert all(len(storyline.because) >= 1 for storyline in found)


def test_conflicting_goals_are_never_proposed_in_their_order(door: Door) -> None:
    contract = contract_of("bank")
    own = {tuple(storyline.goals) for storyline in contract.storylines}
    free = [tuple(s.goals) for s in ask_storylines(contract, set(), door) if tuple(s.goals) not in own]
    stands = {pair for storyline in contract.storylines for pair in combinations(storyline.goals, 2)}
    conflicts = {(goals[0], goals[1]) for goals in free} - stands
    assert conflicts
    again = [tuple(s.goals) for s in ask_storylines(contract, conflicts, door) if tuple(s.goals) not in own]
    assert again
    assert not conflicts & set(again)


def test_what_the_contract_says_itself_stands_even_where_it_is_listed_as_a_conflict(door: Door) -> None:
    contract = contract_of("airline")
    first = contract.storylines[0]
    found = ask_storylines(contract, {(first.goals[0], first.goals[1])}, door)
    assert found[0].goals == first.goals


@pytest.mark.parametrize(
    ("goals", "because", "complaint"),
    [
        (["list_my_cards", "fly_to_the_moon"], ["I want to."], "fly_to_the_moon is no tool of this service"),
        (["authorize_customer", "block_card"], ["I want to."], "authorize_customer only establishes who is calling"),
        (["close_account", "block_card"], ["I want to."], "nothing left for block_card to do"),
        (["list_my_cards", "block_card"], [], "no reason why"),
    ],
)
def test_a_planted_fault_is_found(goals: list[str], because: list[str], complaint: str) -> None:
    contract = contract_of("bank")
    bad = Storyline(goals=goals, says="Do two things.", because=because)
    found = storyline_complaints(contract, {("close_account", "block_card")}, [*contract.storylines, bad])
    assert any(complaint in said for said in found), found


def test_a_lost_and_a_repeated_storyline_are_found() -> None:
    contract = contract_of("bank")
    own = contract.storylines
    assert any("is missing" in said for said in storyline_complaints(contract, set(), own[1:]))
    assert any("more than once" in said for said in storyline_complaints(contract, set(), [*own, own[0]]))
