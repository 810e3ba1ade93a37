"""Stories for what no storyline tells as a whole: each once, in the words of a customer, and about nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.contract.model import Contract
from skiller_assets.tasks.habits import Habits, habits_of
from skiller_assets.tasks.telling import BATCH, Telling, ask_stories
from skiller_assets.tasks.templates import MOST_UNTOLD, goal_tools, make_templates, untold_combinations
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.domains import DOMAINS, contract_of

LOST = ("list_my_cards", "block_card", "replace_card")
WANTED = [LOST, ("block_card", "list_transactions", "dispute_transaction")]
GOOD: dict[str, Any] = {
    "stories": [
        {
            "goals": list(LOST),
            "story": "See which cards I have, stop one of them and get another.",
            "because": ["My bag is gone.", "I left it in a cab last night.", "My son took it to the beach."],
        },
        {
            "goals": list(WANTED[1]),
            "story": "Stop a card, look at what was paid with it and object to it.",
            "because": ["Somebody has my number.", "I was somewhere else.", "My card was never out of my hands."],
        },
    ],
    "further": [
        {
            "goals": ["list_my_payees", "send_payment", "list_my_accounts"],
            "story": "Find somebody I pay, pay them and see what is left.",
            "because": ["I owe my sister some money.", "The rent is due.", "I want it off my mind."],
        }
    ],
}


def bank() -> Contract:
    return contract_of("bank")


def habits(contract: Contract, *conflicts: tuple[str, str]) -> Habits:
    return habits_of([(a, b, "conflict") for a, b in conflicts], [s.goals for s in contract.storylines])


def told(home: Path, *replies: dict[str, Any], conflicts: tuple[tuple[str, str], ...] = ()) -> tuple[Telling, Scripted]:
    provider = Scripted([json.dumps(reply) for reply in replies])
    contract = bank()
    known = habits(contract, *conflicts)
    door = door_to(provider, home)
    return ask_stories(contract, contract.storylines, known, WANTED, goal_tools(contract), 2, door), provider


def test_a_good_reply_is_taken_as_it_is(tmp_path: Path) -> None:
    telling, provider = told(tmp_path, GOOD)
    assert [t.goals for t in telling.told] == [*WANTED, tuple(GOOD["further"][0]["goals"])]
    assert telling.told[0].story == GOOD["stories"][0]["story"]
    assert telling.dropped == []
    assert "list_my_cards → block_card → replace_card" in provider.prompts[0].text


def of_first(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda reply: reply["stories"][0].update(changes)


def of_further(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda reply: reply["further"][0].update(changes)


def reasons(text: str) -> list[str]:
    return [text, "My bag is gone.", "I left it in a cab."]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda r: r["stories"].pop(), "block_card → list_transactions → dispute_transaction: has no story"),
        (
            lambda r: r["stories"].append(r["stories"][0]),
            "list_my_cards → block_card → replace_card: is told more than",
        ),
        (of_first(goals=["replace_card"]), "replace_card: no story was asked for"),
        (of_first(story="Call block_card and see what comes of it."), "“block_card”, which no customer would say"),
        (of_first(story="Stop the card that ends in 4410."), "says 4410, a number"),
        (of_first(story="Stop my card before Friday comes."), "says Friday, and nothing is dated yet"),
        (of_first(story="Stop the card that Rosalind has in her bag."), "says Rosalind, of which nothing is known"),
        (of_first(story="Stop a card and get another"), "ends without a full stop"),
        (of_first(story="Stop a card. Then get another one."), "is more than one sentence"),
        (of_first(story="Cards."), "has 1 words"),
        (of_first(because=["My bag is gone.", "My bag is gone.", "I lost it."]), "2 different reasons"),
        (of_first(because=["My bag is gone."]), "1 different reasons; wanted are 3 to 5"),
        (of_first(because=reasons("I pay {amount} for it every month.")), "which no customer would say"),
        (of_first(because=reasons("It was on March the first.")), "says March"),
        (of_first(story=GOOD["stories"][1]["story"]), "is told of several combinations"),
        (of_further(goals=["list_my_payees", "fly_to_the_moon"]), "fly_to_the_moon is no goal of this service"),
        (of_further(goals=["authorize_customer", "send_payment"]), "authorize_customer is no goal of this service"),
        (of_further(goals=["send_payment"]), "has 1 goals; wanted are 2 to 4"),
        (of_further(goals=["send_payment", "send_payment"]), "has a goal twice"),
        (of_further(goals=list(LOST)), "is told already"),
        (
            of_further(goals=["send_payment", "close_account"]),
            "after send_payment, close_account was seen to be refused",
        ),
        (lambda r: r["further"].extend([{**r["further"][0], "goals": list(LOST)}] * 2), "at most 2 are wanted"),
    ],
)
def test_what_is_wrong_with_a_reply_is_said(spoil: Callable[[Any], None], complaint: str, tmp_path: Path) -> None:
    bad = json.loads(json.dumps(GOOD))
    spoil(bad)
    telling, provider = told(tmp_path, bad, GOOD, conflicts=(("send_payment", "close_account"),))
    assert complaint in "\n".join(provider.prompts[1].rejected[0].complaints)
    assert len(telling.told) == 3


def test_a_batch_without_an_acceptable_story_is_put_aside_with_the_reason(tmp_path: Path) -> None:
    telling, _ = told(tmp_path, *[{"stories": [], "further": []}] * 5)
    assert telling.told == []
    assert [item["goals"] for item in telling.dropped] == [list(goals) for goals in WANTED]
    assert all("has no story" in str(item["reason"]) for item in telling.dropped)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_offline_author_tells_every_combination_in_few_asks(domain: str, tmp_path: Path) -> None:
    contract = contract_of(domain)
    known = habits(contract)
    untold = untold_combinations(contract, contract.storylines, known, random.Random(1))
    door = offline_door(tmp_path)
    telling = ask_stories(contract, contract.storylines, known, untold, goal_tools(contract), 6, door)
    assert telling.dropped == []
    assert {t.goals for t in telling.told} >= set(untold)
    assert 0 < len(telling.told) - len(untold) <= 6
    stories = [t.story for t in telling.told]
    assert len(set(stories)) == len(stories)
    asked = len((tmp_path / "ledger.jsonl").read_text().splitlines())
    assert asked == -(-len(untold) // BATCH) <= 5


@pytest.mark.parametrize("domain", DOMAINS)
def test_combinations_are_new_bounded_and_free_of_conflicts(domain: str) -> None:
    contract = contract_of(domain)
    own = {tuple(s.goals) for s in contract.storylines}
    free = untold_combinations(contract, contract.storylines, habits(contract), random.Random(1))
    assert 20 <= len(free) <= MOST_UNTOLD
    assert not own & set(free)
    taken = free[0]
    conflict = next(p for p in combinations(taken, 2) if not any(set(p) <= set(s) for s in own))
    again = untold_combinations(contract, contract.storylines, habits(contract, conflict), random.Random(1))
    assert again
    assert not any(conflict in combinations(goals, 2) for goals in again)


def test_a_wish_alone_is_told_by_the_customer_and_not_by_the_house() -> None:
    contract = bank()
    singles = [t for t in make_templates(contract, ()) if t.kind == "fulfil"]
    assert {t.goals for t in singles} == {(goal,) for goal in goal_tools(contract)}
    for single in singles:
        assert single.story.lower() == f"{contract.tools[single.goals[0]].voice.wants[0].lower()}."
