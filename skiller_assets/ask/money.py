"""What replies cost, what may be spent, and what was."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from skiller_assets.ask.errors import AskingEnded
from skiller_assets.ask.ledger import Ledger, Payment

_MILLION = 1_000_000
_CHARACTERS_A_TOKEN = 4
"""Of English text and JSON, roughly; for what no endpoint has counted."""
_FIRST_GUESS = 1_500
"""Tokens of a reply before the first one of its kind has come."""


class SpendLimitReached(AskingEnded):
    """Asking would cost more than may be spent; says how much was spent and where to allow more."""


@dataclass(frozen=True)
class Price:
    """What a model costs, for a million tokens, in whatever currency the user thinks in."""

    input: float
    output: float
    cached: float | None = None
    """For tokens of a prompt that the endpoint had kept from before; None: as other ones."""

    def of(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """What so many tokens cost; ``cached_tokens`` are some of ``input_tokens``."""
        kept = self.input if self.cached is None else self.cached
        fresh = input_tokens - cached_tokens
        return (fresh * self.input + cached_tokens * kept + output_tokens * self.output) / _MILLION


Prices = Mapping[str, Price]
"""By the name of a model."""


def prices_from(said: Mapping[str, Mapping[str, float | None]]) -> dict[str, Price]:
    """Prices by model from plain values: ``{"large": {"input": 2.5, "output": 10.0, "cached": None}}``."""
    return {model: Price(**price) for model, price in said.items()}  # type: ignore[arg-type]


def cost_of(payment: Payment, prices: Prices) -> float | None:
    """What a reply cost; None for a model without a price."""
    price = prices.get(payment.model)
    return None if price is None else price.of(payment.input_tokens, payment.output_tokens, payment.cached_tokens)


def tokens_of(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // _CHARACTERS_A_TOKEN)


class Purse:
    """Lets requests out as long as what was spent, and what those under way may come to, stays below a limit.

    What was spent is what the ledger says, so that several processes and runs share one purse. Shared by threads.
    ``limit`` None: no limit, and a model may be without a price. Once it was reached nothing is let out any more, so
    that all who ask are told the same.
    """

    def __init__(self, ledger: Ledger, prices: Prices, limit: float | None) -> None:
        self._ledger = ledger
        self._prices = prices
        self._limit = limit
        self._spent = 0.0
        self._reached = ""
        self._promised = 0.0
        self._seen = 0
        self._replies: dict[str, tuple[int, int]] = {}
        self._counting = threading.Lock()

    @contextmanager
    def promised(self, name: str, model: str, text: str) -> Iterator[None]:
        """Sets aside what an ask of this name may cost until it is paid or has failed.

        Raises SpendLimitReached, and :class:`AskingEnded` for a model whose price is not known.
        """
        if self._limit is None:
            yield
            return
        price = self._prices.get(model)
        if price is None:
            advice = f"say in skiller.yaml, under spend.prices, what {model} costs, or take spend.limit out"
            raise AskingEnded(f"spending is limited, and {model} has no price: {advice}")
        with self._counting:
            self._read()
            expected = price.of(tokens_of(text), self._usual_length(name))
            if not self._reached and self._spent + self._promised + expected > self._limit:
                under_way = f", {self._promised:.2g} is set aside for replies under way" if self._promised else ""
                self._reached = (
                    f"the spending limit of {self._limit:g} is reached: {self._spent:.4g} was spent{under_way}, and "
                    f"one more reply may cost {expected:.2g}; raise spend.limit and run again, what was answered is "
                    "kept"
                )
            if self._reached:
                raise SpendLimitReached(self._reached)
            self._promised += expected
        try:
            yield
        finally:
            with self._counting:
                self._promised -= expected

    def _usual_length(self, name: str) -> int:
        """Tokens of a reply to asks of this name, as far as there were any."""
        count, total = self._replies.get(name, (0, 0))
        return total // count if count else _FIRST_GUESS

    def _read(self) -> None:
        """Takes in what the ledger has got since it was last looked at."""
        self._seen, payments = self._ledger.payments_since(self._seen)
        for payment in payments:
            self._spent += cost_of(payment, self._prices) or 0.0
            count, total = self._replies.get(payment.name, (0, 0))
            self._replies[payment.name] = count + 1, total + payment.output_tokens
