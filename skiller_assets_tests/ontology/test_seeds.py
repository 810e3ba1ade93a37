"""Seeds of which only the name is known become topics by asking, each name once, and as the user described them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import AskFailed
from skiller_assets.ontology.proposals import LIMITS
from skiller_assets.ontology.seeds import ask_seeds, provisional, take_seeds
from skiller_assets.ontology.topics import Growth, Topic
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door

SENTENCE = "Guided day tours with llamas for small groups."
SEEDS = [provisional("llama_trekking", SENTENCE), provisional("notary_office")]


def told(domain: str, **changes: object) -> dict[str, Any]:
    """What an author writes about a name."""
    thing = f"kind of {domain.replace('_', ' ')}"
    return {"domain": domain, "title": f"House of {domain}", "describe": f"Where {domain} is done all day.",
            "context": "travel", "person": "guest", "things": [thing], **changes}  # fmt: skip


def reply(*topics: dict[str, Any]) -> str:
    return json.dumps({"topics": list(topics)})


def test_until_somebody_is_asked_a_seed_has_its_name_and_the_users_sentence_and_nothing_else() -> None:
    topic = SEEDS[0]
    assert (topic.title, topic.describe, topic.context, topic.things) == ("Llama Trekking", SENTENCE, "", ())
    assert topic.is_provisional
    assert not Topic("ski", "Ski", "Where one skis.", "sports").is_provisional


def test_names_become_topics_and_the_users_sentence_stays(tmp_path: Path) -> None:
    author = Scripted([reply(told("notary_office", context="legal"), told("llama_trekking"))])
    found = {topic.domain: topic for topic in ask_seeds(SEEDS, ["sports"], door_to(author, tmp_path))}
    assert found["llama_trekking"].describe == SENTENCE
    assert found["notary_office"].describe == "Where notary_office is done all day."
    assert found["notary_office"].context == "legal"
    assert {(t.strategy, t.parent, t.is_provisional) for t in found.values()} == {("seed", None, False)}


@pytest.mark.parametrize(
    ("topics", "complaint"),
    [
        ([told("llama_trekking")], "notary_office is missing"),
        ([told("llama_trekking"), told("notary_office"), told("ski")], "ski was not asked for; the names are llama_"),
        ([told("llama_trekking"), told("notary_office"), told("notary_office")], "notary_office stands twice"),
        ([told("llama_trekking"), told("notary_office", title="N")], "topics.1.title: String should have at least 3"),
        ([told("llama_trekking"), told("notary_office", describe="Deeds.")], "topics.1.describe: String should have"),
        ([told("llama_trekking"), told("notary_office", things=[])], "topics.1.things: List should have at least 1"),
        ([told("llama_trekking"), told("notary_office", context="Law and Order")], "one or two lower-case words"),
        ([told("llama_trekking"), told("notary_office", context="law_of_land")], "one or two lower-case words"),
        ([told("llama_trekking"), told("notary_office", person="clients")], "'clients': one role in the singular"),
        ([told("llama_trekking"), told("notary_office", person="a client")], "'a client': the noun alone"),
        ([told("llama_trekking"), told("notary_office", person="buyer or seller")], "'buyer or seller': one noun"),
        ([told("llama_trekking"), told("notary_office", things=["the deed"])], "'the deed': the noun alone"),
        ([told("llama_trekking"), told("notary_office", things=["deeds, wills"])], "'deeds, wills': one noun"),
        ([told("llama_trekking"), told("notary_office", things=["sworn_deed"])], "'sworn_deed': plain words"),
        ([told("llama_trekking"), told("notary_office", things=["deed", "deed"])], "'deed' stands twice"),
        ([told("llama_trekking"), told("notary_office", things=["guest"])], "'guest' is the person"),
        ([told("llama_trekking"), told("notary_office", things=["deed " * 10])], "has 50 characters; 3 to 40"),
    ],
)
def test_a_reply_that_will_not_do_is_told_why(topics: list[dict[str, Any]], complaint: str, tmp_path: Path) -> None:
    author = Scripted([reply(*topics)] * 5)
    with pytest.raises(AskFailed, match=re.escape(complaint)) as error:
        ask_seeds(SEEDS, [], door_to(author, tmp_path))
    (only,) = error.value.transcript[-1].complaints
    assert only.startswith(("notary_office", "topics.1", "ski"))


@pytest.mark.parametrize(
    "changes",
    [
        {"person": "boss"}, {"person": "estate agent"}, {"context": "e-commerce"}, {"context": "real_estate"},
        {"things": ["3D printer", "analysis", "children's bike", "drive-in cinema"]}, {"person": "PhD student"},
    ],
)  # fmt: skip
def test_plain_words_are_no_cause_for_complaint(changes: dict[str, Any], tmp_path: Path) -> None:
    author = Scripted([reply(told("notary_office", **changes))])
    assert len(ask_seeds(SEEDS[1:], [], door_to(author, tmp_path))) == 1


def test_the_prompt_holds_the_names_the_sentence_and_every_limit(tmp_path: Path) -> None:
    author = Scripted([reply(told("llama_trekking"), told("notary_office"))])
    ask_seeds(SEEDS, ["human_resources"], door_to(author, tmp_path))
    text = author.prompts[0].text
    assert f"- `llama_trekking`: {SENTENCE}\n- `notary_office`\n" in text
    assert "human_resources" in text
    assert "neither are the person and those who work there" in text
    for limit in ("title", "describe", "context", "person", "thing"):
        assert f"{LIMITS[limit][0]} to {LIMITS[limit][1]} characters" in text
    assert f"one to {LIMITS['most_things']} things" in text


def test_seeds_are_asked_for_a_few_at_a_time_and_only_as_many_as_are_wanted(tmp_path: Path) -> None:
    names = [f"{a}{b}" for a in "abc" for b in ("oat", "ell", "ink", "ump")]
    batches = names[:8], names[8:10]
    author = Scripted([reply(*(told(n, describe=f"{n * 2} with {n[::-1]}.") for n in batch)) for batch in batches])
    growth = Growth()
    assert take_seeds(growth, [provisional(name) for name in names], 10, door_to(author, tmp_path))
    assert [topic.domain for topic in growth.topics] == names[:10]
    assert [[s["name"] for s in p.variables["seeds"]] for p in author.prompts] == [list(b) for b in batches]
    assert author.prompts[1].variables["contexts"] == ["travel"]


def test_a_name_that_nobody_can_describe_is_a_problem_and_the_next_batch_is_asked_for(tmp_path: Path) -> None:
    names = [f"{a}{b}" for a in "abc" for b in ("oat", "ell", "ink")]
    author = Scripted([*["no"] * 5, reply(told(names[8]))])
    growth = Growth()
    assert not take_seeds(growth, [provisional(name) for name in names], 9, door_to(author, tmp_path))
    assert [topic.domain for topic in growth.topics] == names[8:]
    assert growth.problems[0].startswith(f"seeds {', '.join(names[:8])}: ask 'seed_topics'")


def test_the_embedded_author_answers_from_its_catalogue(tmp_path: Path) -> None:
    (topic,) = ask_seeds([provisional("yoga_school")], [], offline_door(tmp_path))
    assert (topic.title, topic.person) == ("Stillwater Yoga", "student")
    growth = Growth()
    assert not take_seeds(growth, [provisional("notary_offfice")], 1, offline_door(tmp_path))
    assert "the offline author knows no topic notary_offfice; the nearest" in growth.problems[0]
