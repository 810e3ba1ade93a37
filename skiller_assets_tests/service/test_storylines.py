"""Storylines: goals that one person pursues, the contract's own and those that the author adds."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

from skiller_assets.ask import Door
from skiller_assets.contract.model import Returns, Storyline
from skiller_assets.service.storylines import ask_storylines, storyline_complaints, tool_digest
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.composed import composed
from skiller_assets_tests.domains import DOMAINS, contract_of

TWO = ("I want to.", "I have to.")


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
        (
            ["close_account", "block_card"],
            ["I want to."],
            "after close_account, block_card was seen to be refused on the same record",
        ),
        (["list_my_cards", "block_card"], [], "0 different reasons why a person would want this; at least 2"),
        (["list_my_cards", "block_card"], ["I must.", "I must."], "1 different reasons why"),
        (["list_my_cards", "list_my_cards"], TWO, "list_my_cards stands twice in it"),
        (["list_my_cards", "block_card"], [*TWO, "I lost it"], "reason “I lost it” is no full sentence"),
        (["list_my_cards", "block_card"], [*TWO, "I lost 2 of them."], "says a number, which no customer of another"),
        (["list_my_cards", "block_card"], [*TWO, "I need block_card now."], "names block_card, a technical name"),
        (["list_my_cards", "block_card"], [*TWO, "The customer is away."], "speaks about the person: let the person"),
        (["list_my_cards", "block_card"], [*TWO, f"I {'really ' * 40}must."], "characters; at most 200 are wanted"),
    ],
)
def test_a_planted_fault_is_found(goals: list[str], because: list[str], complaint: str) -> None:
    contract = contract_of("bank")
    bad = Storyline(goals=goals, says="Do two things.", because=because)
    found = storyline_complaints(contract, {("close_account", "block_card")}, [*contract.storylines, bad])
    assert any(complaint in said for said in found), found


def story(*goals: str, says: str = "Do several things.", because: tuple[str, ...] = TWO) -> Storyline:
    return Storyline(goals=list(goals), says=says, because=list(because))


def test_repeated_too_many_and_technical_storylines_are_found() -> None:
    contract = contract_of("bank")
    own = contract.storylines
    assert any("more than once" in said for said in storyline_complaints(contract, set(), [*own, own[0]]))
    tools = [name for name, tool in contract.tools.items() if tool.access == "read"]
    many = [story(a, b) for a, b in combinations(tools, 2)]
    added = [s for s in many if s.goals not in [o.goals for o in own]][:13]
    assert "13 storylines are added; at most 12 are wanted" in storyline_complaints(contract, set(), added)
    (found,) = storyline_complaints(contract, set(), [story(*added[0].goals, says="Call list_my_cards.")])
    assert found.endswith("“Call list_my_cards.” names list_my_cards, a technical name")


def test_the_contracts_own_need_not_be_repeated_and_are_not_reworded(tmp_path: Path) -> None:
    contract = contract_of("bank")
    own = contract.storylines[0].model_copy(update={"says": "Something else.", "because": ["Because."]})
    fresh = story("list_my_cards", "close_account")
    provider = Scripted([json.dumps({"storylines": [s.model_dump() for s in (fresh, own)]})])
    found = ask_storylines(contract, set(), door_to(provider, tmp_path))
    assert [s.goals for s in found] == [*(s.goals for s in contract.storylines), fresh.goals]
    assert found[0].because == contract.storylines[0].because


LIKE_A_MODEL = {
    "clinic": [
        story("find_clinicians", "join_waiting_list", says="Look for a doctor and wait for an opening.", because=(
            "I've been putting this off and don't want to lose my place in line.",
            "A friend told me she's excellent, and I'm happy to wait.",
            'My sister said, "Just get on the list."',
        )),
        story("cancel_appointment", "get_my_balance", says="Call off a visit and look at the account.", because=(
            "They need me at work and I can't make it any more.",
            "The person who drives me is away.",
            "Money is tight this month…",
        )),
        story("get_appointment", "reschedule_appointment", "update_contact_details", because=(
            "We're moving, so the old day no longer works for us.", "Our sitter quit!",
        )),
    ],
    "toy_hospital": [
        story("get_repair", "approve_quote", "arrange_collection", says="Hear the price and say yes.", because=(
            "My daughter asks about her bear every single night.",
            "It was my grandmother's doll, so price isn't the point.",
            "We leave on vacation soon and she won't go without it.",
        )),
        story("list_my_repairs", "change_drop_off", because=(
            "The school moved the recital.", "I can't get across town on the day we picked.",
        )),
    ],
}  # fmt: skip


@pytest.mark.parametrize("domain", LIKE_A_MODEL)
def test_what_people_would_really_say_is_accepted(domain: str) -> None:
    contract = composed(domain) if domain == "toy_hospital" else contract_of(domain)
    assert storyline_complaints(contract, set(), LIKE_A_MODEL[domain]) == []


@pytest.mark.parametrize("domain", LIKE_A_MODEL)
def test_the_prompt_holds_every_goal_and_every_limit(domain: str, tmp_path: Path) -> None:
    contract = composed(domain) if domain == "toy_hospital" else contract_of(domain)
    goals = [name for name, tool in contract.tools.items() if tool.access != "authorize" and tool.voice.wants]
    provider = Scripted(['{"storylines": []}'])
    ask_storylines(contract, {(goals[-1], goals[0])}, door_to(provider, tmp_path))
    text = provider.prompts[0].text
    assert all(f"- `{goal}` (" in text for goal in goals)
    assert f"- {goals[-1]} → {goals[0]}\n" in text
    for limit in (
        "up to 12 storylines",
        "two to four names",
        "at least 2 everyday reasons, better three, no two alike",
        "the second was seen to be refused on the same record",
        "at most 200 characters",
    ):
        assert limit in text


@pytest.mark.parametrize(
    ("domain", "tool", "shows", "needs"),
    [
        ("airline", "list_my_reservations", ["reservation"], []),  # its SQL begins with a subquery on passengers
        ("bank", "get_account", ["account"], ["account"]),
        ("bank", "list_transactions", ["account_transaction"], ["account"]),  # of a kind only if one likes
        ("clinic", "find_clinicians", ["clinician"], ["specialty"]),  # read from the specialty on
        ("clinic", "get_my_record", ["patient"], []),  # with the insurance plan, whose key it shows
        ("clinic", "get_appointment", ["appointment", "charge"], ["appointment"]),
    ],
)
def test_a_digest_tells_what_an_answer_is_about_and_what_must_be_given(
    domain: str, tool: str, shows: list[str], needs: list[str]
) -> None:
    contract = contract_of(domain)
    digest = tool_digest(contract, tool, contract.tools[tool])
    assert (digest["shows"], digest["needs"]) == (shows, needs)


def test_a_digest_looks_into_a_table_that_a_query_makes_up_and_not_into_texts() -> None:
    contract = contract_of("bank")
    made_up = "WITH mine AS (SELECT card_id FROM card WHERE note = '(FROM payee)') SELECT card_id FROM mine"
    tool = contract.tools["list_my_cards"].model_copy(update={"returns": Returns(many=made_up)})
    assert tool_digest(contract, "list_my_cards", tool)["shows"] == ["card"]
