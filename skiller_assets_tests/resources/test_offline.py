"""The offline author: deterministic, bounded, and frank about what it cannot do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.offline import OfflineAuthor
from resources.offline.draws import Draws
from resources.offline.grammar import Grammar
from resources.offline.moments import is_relative, speak, speak_day
from resources.offline.surface import finish, keep
from resources.offline.words import words
from resources.providers import make_door
from skiller_assets.ask import Prompt, ProviderFailed
from skiller_assets.contract.wording import spoken_forms
from skiller_assets.settings import Settings
from skiller_assets.tasks.personas import ask_manners
from skiller_assets_tests.domains import contract_of

NOW = datetime(2025, 3, 10, 9)
MANNER = {"tone": "plain", "case": "sentence", "punctuation": "full", "typos": "none"}


def test_the_settings_open_a_door(tmp_path: Path) -> None:
    door = make_door(Settings(home=tmp_path))
    assert len(ask_manners(contract_of("bank"), 6, door)) == 6
    assert (tmp_path / "asks" / "ledger.jsonl").exists()


def test_an_ask_that_it_does_not_know_is_refused_with_what_it_knows() -> None:
    prompt = Prompt("write_an_opera", "semantic", "", {}, {})
    with pytest.raises(ProviderFailed, match=r"write_an_opera.*personas.*query.*storylines"):
        OfflineAuthor(1).complete(prompt)


def test_a_rejected_reply_makes_it_draw_anew() -> None:
    from skiller_assets.ask import Turn

    first = Prompt("personas", "semantic", "", {"count": 12}, {})
    author = OfflineAuthor(1)
    again = Prompt("personas", "semantic", "", {"count": 12}, {}, (Turn("x", ("bad",)),))
    assert author.complete(first) == author.complete(first)
    assert author.complete(first) != author.complete(again)
    assert author.complete(first) != OfflineAuthor(2).complete(first)


def test_its_replies_do_not_depend_on_the_process() -> None:
    code = (
        "from resources.offline import OfflineAuthor; from skiller_assets.ask import Prompt;"
        "print(OfflineAuthor(1).complete(Prompt('personas', 'semantic', '', {'count': 9}, {})).text)"
    )
    runs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "ab"
    }
    here = OfflineAuthor(1).complete(Prompt("personas", "semantic", "", {"count": 9}, {})).text
    assert runs == {here + "\n"}


@given(st.integers(1, 50), st.text())
def test_draws_depend_on_their_keys_alone(bound: int, key: str) -> None:
    a, b = Draws(key, 1), Draws(key, 1)
    assert [a.below(bound) for _ in range(5)] == [b.below(bound) for _ in range(5)]
    assert sorted(Draws(key).shuffled(range(bound))) == list(range(bound))


def test_draws_are_even() -> None:
    draws = Draws("even")
    counts = Counter(draws.below(4) for _ in range(4000))
    assert all(900 < count < 1100 for count in counts.values())


# -------------------------------------------------------------------------------------------- grammar


def _alternatives(rules: Any) -> Iterator[str]:
    if isinstance(rules, str):
        yield rules
    elif isinstance(rules, list):
        for item in rules:
            yield from _alternatives(item)
    else:
        for item in rules.values():
            yield from _alternatives(item)


def test_every_name_in_the_grammar_is_a_symbol_or_a_slot() -> None:
    rules = words("query")
    slots = {
        "ask",
        "reason",
        "early",
        "identify",
        "name",
        "first_name",
        "want",
        "doing",
        "act",
        "deed",
        "deeding",
        "look",
        "label",
        "noun",
        "one",
        "thing",
        "phrases",
        "daytime",
    }
    for symbol, alternatives in rules.items():
        for text in _alternatives(alternatives):
            assert set(re.findall(r"\{([a-z_]+)\??\}", text)) <= set(rules) | slots | {"value"}, (symbol, text)


@pytest.mark.parametrize("name", ["query", "surface", "portrait", "personas", "storylines", "relations", "background"])
def test_no_word_of_the_data_is_read_as_a_truth_value(name: str) -> None:
    def walk(value: Any) -> Iterator[Any]:
        if isinstance(value, dict):
            for key, item in value.items():
                yield key
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)
        else:
            yield value

    assert not [value for value in walk(words(name)) if isinstance(value, bool)]


def test_every_value_of_a_trait_has_its_portrait() -> None:
    for trait, sentences in words("portrait").items():
        assert set(words("personas")["traits"][trait]) == set(sentences)


def test_alternatives_are_open_to_who_has_the_tag_and_whose_slots_are_filled() -> None:
    rules = {"greeting": {"any": ["Hi {name}", "Hi"], "formal": ["Dear {name?}"]}}
    plain = {Grammar(rules, set(), {"name": ""}, Draws(k)).expand("greeting") for k in range(40)}
    formal = {Grammar(rules, {"formal"}, {"name": "Ana"}, Draws(k)).expand("greeting") for k in range(40)}
    assert plain == {"Hi"}
    assert formal == {"Hi Ana", "Hi", "Dear Ana"}
    assert Grammar({"a": ["{b}"]}, set(), {"b": ""}, Draws(1)).expand("a") == ""


# ------------------------------------------------------------------------------------- dates and style


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 9))
def test_a_spoken_day_means_that_day(day: date, draw: int) -> None:
    spoken = speak_day(day, NOW.date(), Draws(draw))
    if not is_relative(spoken):
        said = re.sub(r"^\w+day, ", "", spoken).lower()
        assert said in spoken_forms(day.isoformat()) or said == f"{day:%B} {day.day}, {day.year}".lower()
        return
    offset = (day - NOW.date()).days
    assert -1 <= offset < 14
    if spoken.startswith(("this", "next")):
        assert spoken.endswith(f"{day:%A}")
        assert spoken.startswith("this") == (offset < 7)


@pytest.mark.parametrize("weekday", range(7))
def test_next_week_begins_on_its_monday(weekday: int) -> None:
    today = NOW.date() + timedelta(days=weekday)
    spoken = {speak_day(NOW.date() + timedelta(days=7), today, Draws(k)) for k in range(30)}
    assert ("tomorrow" if weekday == 6 else "next Monday") in spoken


@pytest.mark.parametrize(("value", "said"), [(-32.21, "-$32.21"), (25.0, "$25"), (1200.5, "$1,200.50")])
def test_money_is_said_as_in_a_chat(value: float, said: str) -> None:
    assert said in {speak(value, "USD", NOW, Draws(k)) for k in range(20)}


def test_names_and_addresses_survive_every_habit_of_writing() -> None:
    text = f"my address is {keep('Ana.Lopez@example.com')} and my reference is {keep('KX7-PQ')}, probably."
    for case in ("sentence", "lower"):
        for punctuation in ("full", "light", "expressive"):
            manner = {"tone": "friendly", "case": case, "punctuation": punctuation, "typos": "few"}
            for k in range(20):
                typed = finish(text, manner, Draws(k))
                assert "Ana.Lopez@example.com" in typed
                assert "KX7-PQ" in typed


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120), st.integers(0, 5))
def test_no_mark_of_the_making_is_left(text: str, draw: int) -> None:
    typed = finish(f"{keep(text)} then {text}", {**MANNER, "case": "lower", "typos": "few"}, Draws(draw))
    assert "\x02" not in typed
    assert "\x03" not in typed


def test_sentences_begin_with_a_capital_and_go_on_small_after_a_greeting() -> None:
    assert finish("hi, My car broke down. so i am late", MANNER, Draws(1)) == "Hi, my car broke down. So i am late"


def test_a_formal_writer_uses_no_contractions() -> None:
    assert (
        finish("I'd like to know what's due.", {**MANNER, "tone": "formal"}, Draws(1))
        == "I would like to know what is due."
    )


def test_its_manners_are_valid_json_of_the_asked_number() -> None:
    for count in (1, 7, 50):
        reply = OfflineAuthor(3).complete(Prompt("personas", "semantic", "", {"count": count}, {}))
        assert len(json.loads(reply.text)["manners"]) == count
