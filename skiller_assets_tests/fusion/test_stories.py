"""What a model says of a pair is complained about where no customer would say it, or something is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import ProviderFailed
from skiller_assets.fusion.stories import FlowWords, PairStory, ask_story, story_complaints
from skiller_assets_tests.ask.doors import Scripted, door_to
from skiller_assets_tests.fusion.built import BuiltPair

REASONS = ["I want both on one day.", "It is on the way!"]


def story(pair: BuiltPair, **changes: Any) -> PairStory:
    assert pair.contract.fusion is not None
    flows = [FlowWords(id=f.id, phrase=f.phrase, because=REASONS) for f in pair.contract.fusion.flows]
    told = {"says": "Who drinks here learns there.", "because": REASONS, "flows": flows}
    return PairStory.model_validate({**told, **changes})


def with_first(pair: BuiltPair, **changes: Any) -> PairStory:
    """The story with other words for its first flow."""
    good = story(pair)
    return good.model_copy(update={"flows": [good.flows[0].model_copy(update=changes), *good.flows[1:]]})


def complaints(pair: BuiltPair, told: PairStory) -> list[str]:
    assert pair.contract.fusion is not None
    return story_complaints(pair.contract, pair.contract.fusion.flows, told)


def test_a_good_story_is_no_cause_for_complaint(pair: BuiltPair) -> None:
    assert complaints(pair, story(pair)) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"phrase": "March 3"}, "says a number, which only records know"),
        ({"phrase": "day"}, "wanted are 2 to 14 words that point to the value"),
        ({"phrase": "the " + "very " * 13 + "day"}, "wanted are 2 to 14 words that point to the value"),
        ({"phrase": "the day of my booking."}, "is to stand inside a sentence"),
        ({"phrase": "the {value} of my booking"}, "is to stand inside a sentence"),
        ({"phrase": "what get_booking shows me"}, "names the tool hotel_tastings__get_booking"),
        ({"because": REASONS[:1]}, "1 different reasons; at least 2 are wanted"),
        ({"because": [REASONS[0], REASONS[0]]}, "1 different reasons; at least 2 are wanted"),
        ({"because": [*REASONS, "since it fits"]}, "“since it fits” is no full sentence"),
        ({"because": [*REASONS, "It costs 30 dollars."]}, "says a number"),
    ],
)
def test_words_that_a_customer_would_not_use_are_named(
    changes: dict[str, Any], complaint: str, pair: BuiltPair
) -> None:
    found = complaints(pair, with_first(pair, **changes))
    assert any(complaint in said and with_first(pair).flows[0].id in said for said in found)


def test_flows_left_out_added_or_told_twice_are_named(pair: BuiltPair) -> None:
    good = story(pair)
    first = good.flows[0]
    assert complaints(pair, good.model_copy(update={"flows": good.flows[1:]})) == [f"flow {first.id} is missing"]
    assert complaints(pair, good.model_copy(update={"flows": [*good.flows, first]})) == [
        f"flow {first.id} is told twice"
    ]
    stranger = first.model_copy(update={"id": "stranger"})
    (found,) = complaints(pair, good.model_copy(update={"flows": [*good.flows, stranger]}))
    assert found.startswith(f"stranger is no flow of this pair; its flows are {first.id}, ")


def test_what_holds_for_the_pair_is_judged_as_well(pair: BuiltPair) -> None:
    (found,) = complaints(pair, story(pair, says="Whoever calls get_booking also learns about wine."))
    assert "says: " in found
    assert "names the tool hotel_tastings__get_booking" in found
    (found,) = complaints(pair, story(pair, because=[REASONS[0]]))
    assert found == "the pair: 1 different reasons; at least 2 are wanted"


LIKE_A_MODEL = [
    "I'm only in town for the weekend and want it all lined up.",
    'My wife said, "Not without the tasting."',
    "If the dates don't match, there's no point…",
    "We booked the hotel because of the wine, honestly!",
]


def test_what_people_would_really_say_is_accepted(pair: BuiltPair) -> None:
    phrases = ["whatever day my seminar starts", "the hotel I'm booked into", "the same wines I'm tasting"]
    good = story(pair, because=LIKE_A_MODEL)
    flows = [
        words.model_copy(update={"phrase": phrases[k % 3], "because": LIKE_A_MODEL[k % 3 :]})
        for k, words in enumerate(good.flows)
    ]
    assert complaints(pair, good.model_copy(update={"flows": flows})) == []


def test_the_prompt_holds_every_flow_and_every_limit(pair: BuiltPair, tmp_path: Path) -> None:
    one, other = (m.member for m in pair.members)
    assert pair.contract.fusion is not None
    provider = Scripted([])
    with pytest.raises(ProviderFailed):
        ask_story(pair.contract, one, other, pair.contract.fusion.flows, door_to(provider, tmp_path))
    text = provider.prompts[0].text
    assert all(f"- `{flow.id}` (" in text for flow in pair.contract.fusion.flows)
    for limit in ("at least 20 characters", "2 to five different everyday reasons", "2 to 14 words"):
        assert limit in text
