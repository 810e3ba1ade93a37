"""Topics grow out of seeds evenly, boundedly, and each with what led to it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import AskFailed, CannotAnswer, Completion, Prompt, ProviderFailed, Role
from skiller_assets.ontology.near import filler
from skiller_assets.ontology.proposals import LIMITS
from skiller_assets.ontology.topics import SEED, Growth, Topic, ask_topics, expand, topic_faults
from skiller_assets.settings import STRATEGIES
from skiller_assets_tests.ask.doors import Scripted, door_to

CONTEXTS = ("sports", "travel", "legal")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Inventive:
    """A provider that always has as many new topics as it is asked for, of its parent's context; until it is dry."""

    def __init__(self, most: int = 10_000) -> None:
        self.asked: list[tuple[str, str]] = []
        self._left = most

    @property
    def version(self) -> str:
        return "1"

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {}

    def model(self, name: str, role: Role) -> str:
        return "inventive"

    def complete(self, prompt: Prompt) -> Completion:
        parent, strategy = prompt.variables["parent"], prompt.variables["strategy"]
        self.asked.append((parent["domain"], strategy))
        count = min(prompt.variables["count"], self._left)
        self._left -= count
        return Completion(json.dumps({"topics": [self._topic(parent["context"], i) for i in range(count)]}))

    def _topic(self, context: str, place: int) -> dict[str, Any]:
        number = len(self.asked) * 7 + place
        name = "".join(LETTERS[(number // 26**k) % 26] * 2 for k in range(3))
        return {"domain": f"x{name}", "title": name, "describe": f"A {name} for {name[::-1]}q.", "context": context,
                "person": "guest", "things": [name]}  # fmt: skip


def seed(name: str, context: str = "sports") -> Topic:
    return Topic(name, f"House of {name}", f"Where {name} is what people care about.", context, "guest", (name,))


def grown(target: int, author: Inventive, home: Path) -> Growth:
    growth = Growth(["airline"], [seed("ski", "sports"), seed("train", "travel"), seed("will", "legal")])
    expand(growth, target, STRATEGIES, door_to(author, home))
    return growth


def test_there_are_as_many_as_asked_for_each_with_its_parent_and_strategy(tmp_path: Path) -> None:
    growth = grown(40, Inventive(), tmp_path)
    names = [topic.domain for topic in growth.topics]
    assert len(names) == len(set(names)) == 40
    for place, topic in enumerate(growth.topics[3:], 3):
        assert topic.parent in names[:place]
        assert topic.strategy in STRATEGIES


def test_contexts_and_strategies_are_covered_evenly(tmp_path: Path) -> None:
    growth = grown(60, Inventive(), tmp_path)
    contexts = Counter(topic.context for topic in growth.topics)
    strategies = Counter(topic.strategy for topic in growth.topics if topic.strategy != SEED)
    assert max(contexts.values()) - min(contexts.values()) <= 4
    assert set(strategies) == set(STRATEGIES)
    assert max(strategies.values()) <= 2 * min(strategies.values())


def test_the_search_ends_when_nothing_new_comes_and_no_question_is_put_twice(tmp_path: Path) -> None:
    author = Inventive(most=5)
    growth = grown(100, author, tmp_path)
    assert len(growth.topics) == 8
    assert len(author.asked) == len(set(author.asked)) == 8 * len(STRATEGIES)


def test_the_same_again_on_another_day(tmp_path: Path) -> None:
    assert grown(30, Inventive(), tmp_path / "a").topics == grown(30, Inventive(), tmp_path / "b").topics


def test_an_author_that_fails_again_and_again_is_left_alone(tmp_path: Path) -> None:
    growth = Growth((), [seed("ski"), seed("train"), seed("will"), seed("oak")])
    author = Scripted([])
    expand(growth, 9, STRATEGIES, door_to(author, tmp_path))
    assert growth.problems == ["the script has ended"]
    assert len(author.prompts) == 3


def proposed(**changes: object) -> dict[str, Any]:
    return {"domain": "ski_rental", "title": "Fresh Snow", "describe": "A shop that rents out skis.",
            "context": "sports", "person": "guest", "things": ["ski set"], **changes}  # fmt: skip


@pytest.mark.parametrize(
    ("topics", "complaint"),
    [
        ([proposed(domain="Ski Rental")], "is no name"),
        ([proposed(domain="ski_rental_2")], "is no name"),
        ([proposed(domain="yoga_school")], "yoga_school is known already"),
        ([proposed(), proposed()], "ski_rental stands twice"),
        ([proposed(domain=name) for name in ("a", "b", "c")], "3 topics are more than the 2"),
        ([proposed(describe="Skis.")], "at least 12 characters"),
        ([proposed(person="skiers")], "ski_rental: person 'skiers': one role in the singular"),
        ([proposed(context="Winter Sports")], "ski_rental: context 'Winter Sports': one or two lower-case words"),
        ([proposed(things=["skis and boots"])], "ski_rental: thing 'skis and boots': one noun, not several"),
    ],
)
def test_a_reply_that_will_not_do_is_told_why(topics: list[dict[str, Any]], complaint: str, tmp_path: Path) -> None:
    author = Scripted([json.dumps({"topics": topics})] * 5)
    with pytest.raises(AskFailed, match=complaint):
        ask_topics(seed("yoga"), "role", 2, ["yoga_school"], door_to(author, tmp_path))


def test_the_prompt_says_where_to_go_from_there(tmp_path: Path) -> None:
    texts = {}
    for strategy in STRATEGIES:
        author = Scripted([json.dumps({"topics": []})])
        assert ask_topics(seed("yoga"), strategy, 2, ["bank"], door_to(author, tmp_path / strategy)) == []
        texts[strategy] = author.prompts[0].text
    assert len(set(texts.values())) == len(STRATEGIES)
    assert all("House of yoga" in text and "bank" in text and "guest" in text for text in texts.values())


def test_the_prompt_holds_every_limit_and_how_many_services_each_walk_of_life_has(tmp_path: Path) -> None:
    author = Scripted([json.dumps({"topics": []})])
    ask_topics(seed("yoga"), "cross_context", 2, ["bank"], door_to(author, tmp_path), {"travel": 1, "sports": 4})
    text = author.prompts[0].text
    for limit in ("title", "describe", "context", "person", "thing"):
        assert f"{LIMITS[limit][0]} to {LIMITS[limit][1]} characters" in text
    assert f"one to {LIMITS['most_things']} things" in text
    assert f"at most {LIMITS['domain']} characters" in text
    assert "At most 2 topics" in text
    assert "travel 1, sports 4\n" in text
    assert ", ".join(filler()) in text


def test_rare_walks_of_life_are_told_first() -> None:
    growth = Growth((), [seed("ski"), seed("oak"), seed("will", "legal")])
    assert list(growth.contexts().items()) == [("legal", 1), ("sports", 2)]


def record(domain: str, **changes: object) -> dict[str, Any]:
    return {**seed(domain).as_json(), "source": "author", **changes}


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ([record("ski"), record("ski")], "ski stands twice"),
        ([record("Ski School")], "'Ski School' cannot be the name of a domain"),
        ([record("ski", parent="bob", strategy="role")], "ski descends from bob, which is not there"),
        ([record("ski", strategy="role")], "ski descends from ski, which is no seed"),
        (
            [record("ski", parent="oak", strategy="role"), record("oak", parent="ski", strategy="role")],
            "ski descends from itself",
        ),
        (
            [record("ski"), record("ski_service")],
            "ski_service has the same name but for the form of its words with ski",
        ),
    ],
)
def test_a_planted_fault_is_found(records: list[dict[str, Any]], fault: str) -> None:
    assert fault in list(topic_faults(records))


def test_what_the_user_wrote_may_be_like_anything() -> None:
    assert list(topic_faults([record("ski"), record("ski_service", source="file", strategy=None)])) == []


def test_who_cannot_answer_did_not_fail_for_a_moment_only() -> None:
    assert issubclass(CannotAnswer, ProviderFailed)
