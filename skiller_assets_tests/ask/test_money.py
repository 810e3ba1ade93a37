"""What is spent is known, and a limit holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from skiller_assets.ask import Ask, Completion, Prompt, ProviderFailed, SpendLimitReached
from skiller_assets.ask.ledger import Ledger, Payment
from skiller_assets.ask.money import Price, Purse, cost_of, tokens_of
from skiller_assets_tests.ask.doors import Scripted, paid_door

PRICES = {"scripted-semantic": Price(input=100_000.0, output=2_000.0, cached=500.0)}


class Fruit(BaseModel):
    name: str


class Uncounted(Scripted):
    """An endpoint that does not count tokens."""

    def complete(self, prompt: Prompt) -> Completion:
        return Completion(super().complete(prompt).text)


def _ask(folder: Path, number: int) -> Ask[Fruit]:
    (folder / "fruit.md").write_text("Name fruit {{ number }}.")
    return Ask("fruit", "semantic", folder / "fruit.md", {"number": number}, Fruit)


def _payment(**changes: int) -> Payment:
    tokens = {"input_tokens": 1_000_000, "cached_tokens": 0, "output_tokens": 0, **changes}
    return Payment("fruit", "a", "k", "m", "stop", estimated=False, tries=1, seconds=0.1, **tokens)


def test_a_price_is_for_a_million_tokens_and_kept_ones_have_their_own() -> None:
    prices = {"m": Price(input=2.0, output=8.0, cached=0.5), "same": Price(input=2.0, output=8.0)}
    assert cost_of(_payment(), prices) == 2.0
    assert cost_of(_payment(cached_tokens=500_000), prices) == 1.25
    assert cost_of(_payment(output_tokens=500_000), prices) == 6.0
    assert prices["same"].of(1_000_000, 0, 1_000_000) == 2.0
    assert cost_of(_payment(), {}) is None


def test_a_limit_stops_before_it_is_passed_and_a_higher_one_goes_on_where_it_stopped(tmp_path: Path) -> None:
    replies = ['{"name": "fig"}'] * 20
    first = Scripted(replies)
    door = paid_door(first, tmp_path, PRICES, limit=5.1)
    with pytest.raises(SpendLimitReached, match=r"the spending limit of 5\.1 is reached: 5\.\d+ was spent"):
        list(door.ask_each([_ask(tmp_path, number) for number in range(20)]))
    answered = len(list(Ledger(tmp_path).payments()))
    spent = sum(cost_of(payment, PRICES) or 0 for payment in Ledger(tmp_path).payments())
    assert answered == len(first.prompts) > 0
    assert spent <= 5.1
    second = Scripted(replies)
    door = paid_door(second, tmp_path, PRICES, limit=100.0)
    for number in range(20):
        door.ask(_ask(tmp_path, number))
    assert len(second.prompts) == 20 - answered


def test_once_the_limit_is_reached_all_are_told_the_same(tmp_path: Path) -> None:
    purse = Purse(Ledger(tmp_path), {"m": Price(1_000.0, 1_000.0), "cheap": Price(0.0, 0.0)}, limit=1.0)
    told = set()
    for model, text in (("m", "Name a fruit."), ("m", "Name a fruit. " * 50), ("cheap", "Name a fruit.")):
        with pytest.raises(SpendLimitReached) as stopped, purse.promised("fruit", model, text):
            pass
        told.add(str(stopped.value))
    assert len(told) == 1


def test_requests_under_way_count_against_the_limit(tmp_path: Path) -> None:
    purse = Purse(Ledger(tmp_path), {"m": Price(1_000.0, 1_000.0)}, limit=2.5)
    with (
        purse.promised("fruit", "m", "Name a fruit."),
        pytest.raises(SpendLimitReached, match=r"0 was spent, 1\.5 is set aside for replies under way"),
        purse.promised("fruit", "m", "Name a fruit."),
    ):
        pass


def test_what_was_set_aside_for_a_reply_that_failed_is_free_again(tmp_path: Path) -> None:
    purse = Purse(Ledger(tmp_path), {"m": Price(1_000.0, 1_000.0)}, limit=2.5)
    with pytest.raises(ProviderFailed), purse.promised("fruit", "m", "Name a fruit."):
        raise ProviderFailed("out of order")
    with purse.promised("fruit", "m", "Name a fruit."):
        pass


def test_what_another_process_has_spent_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    purse = Purse(ledger, {"m": Price(1.0, 1.0)}, limit=1.5)
    with purse.promised("fruit", "m", "Name a fruit."):
        pass
    Ledger(tmp_path).pay(_payment(output_tokens=600_000))
    with pytest.raises(SpendLimitReached), purse.promised("fruit", "m", "Name a fruit."):
        pass


def test_with_a_limit_a_model_without_a_price_is_not_asked(tmp_path: Path) -> None:
    nobody = Scripted(["{}"])
    with pytest.raises(ProviderFailed, match=r"say in skiller\.yaml, under spend.prices, what scripted-semantic costs"):
        paid_door(nobody, tmp_path, {}, limit=1.0).ask(_ask(tmp_path, 1))
    assert nobody.prompts == []


def test_tokens_that_the_endpoint_does_not_count_are_estimated(tmp_path: Path) -> None:
    paid_door(Uncounted(['{"name": "fig"}']), tmp_path).ask(_ask(tmp_path, 1))
    (payment,) = Ledger(tmp_path).payments()
    assert payment.estimated
    assert (payment.input_tokens, payment.output_tokens) == (tokens_of("Name fruit 1."), tokens_of('{"name": "fig"}'))
