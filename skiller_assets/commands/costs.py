"""What ``skiller status --cost`` adds: what was asked and paid for, where that went, what may still be spent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from skiller_assets.ask.ledger import Entry, Ledger, Payment
from skiller_assets.ask.money import Prices, cost_of
from skiller_assets.asked import prices_of
from skiller_assets.commands.terminal import table
from skiller_assets.settings import Settings

By = Literal["key", "artifact"]
_DEAREST = 12
"""So many keys or artifacts have a row each; the others are added up."""
_NAME, _KEY = 20, 26
"""Columns that the name of a model, and that of a key, may take in a table."""
_PLANNING, _SHARED = "(skiller plan)", "(all domains)"


@dataclass
class Sums:
    """Asks and the replies that were paid for them."""

    entries: list[Entry] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)


Grouped = Mapping[tuple[str, ...], Sums]


def costs_told(settings: Settings, by: By) -> str:
    """The account as text: two tables by ask and model, one by key or artifact, and what is left of the limit."""
    ledger, prices = Ledger(settings.asks), prices_of(settings)
    every = Sums(list(ledger.entries()), list(ledger.payments()))
    if not every.payments:
        return "nothing was paid for yet: no model was asked"
    parts = [_paid(every, prices), _went(every), _dearest(every, prices, by), "\n".join(_money(settings, every))]
    return "\n\n".join(parts)


def price_advice(models: Sequence[str]) -> str:
    """What to write where, so that costs can be told."""
    example = ", ".join(f"{model}: {{input: 0, output: 0}}" for model in models)
    advice = f"say in skiller.yaml, for a million tokens each:\n  spend: {{prices: {{{example}}}}}"
    return f"no price is known of {', '.join(models)}; {advice}"


def money(amount: float) -> str:
    """An amount, with as many digits as small ones need."""
    return f"{amount:,.2f}" if amount >= 100 else f"{amount:,.4f}"


def _paid(every: Sums, prices: Prices) -> str:
    """What was paid for, by ask and model."""
    heads = ("ask", "model", "replies", "tries", "tokens in", "cached", "tokens out", "cost", "mean s", "95 % s")
    groups = _grouped(every, lambda one: (one.name, one.model))
    rows = [[name, _short(model), *_figures(sums.payments, prices), *_latency(sums.payments)]
            for (name, model), sums in groups.items() if sums.payments]  # fmt: skip
    rows.append(["all", "", *_figures(every.payments, prices), *_latency(every.payments)])
    return table(heads, rows)


def _went(every: Sums) -> str:
    """What came of the asks, by ask and model."""
    heads = ("ask", "model", "asks", "accepted", "replies", "kept", "sent back", "complaints")
    groups = _grouped(every, lambda one: (one.name, one.model))
    rows = [[name, _short(model), *_verdicts(sums.entries)] for (name, model), sums in groups.items() if sums.entries]
    return table(heads, [*rows, ["all", "", *_verdicts(every.entries)]])


def _verdicts(entries: Sequence[Entry]) -> list[str | int]:
    """``kept`` were there from before; ``sent back`` were replies that had to be mended."""
    attempts, accepted = sum(entry.attempts for entry in entries), sum(entry.accepted for entry in entries)
    kept, complaints = sum(entry.kept for entry in entries), sum(len(entry.complaints) for entry in entries)
    return [len(entries), accepted, attempts, kept, attempts - accepted, complaints]


def _dearest(every: Sums, prices: Prices, by: By) -> str:
    """Where it went: the dearest keys or artifacts, those that cost most first."""
    groups = _grouped(every, lambda one: (_place(one.at, by),))
    ranked = sorted(groups.items(), key=lambda item: _weight(item[1].payments, prices), reverse=True)
    rows = [_place_row(name, sums, prices) for (name,), sums in ranked[:_DEAREST]]
    if rest := ranked[_DEAREST:]:
        together = Sums([e for _, sums in rest for e in sums.entries], [p for _, sums in rest for p in sums.payments])
        rows.append(_place_row(f"… and {len(rest):,} more", together, prices))
    heads = ("domain or pair" if by == "key" else "artifact",
             "asks", "sent back", "replies", "tries", "tokens in", "cached", "tokens out", "cost")  # fmt: skip
    return table(heads, rows)


def _place_row(name: str, sums: Sums, prices: Prices) -> list[str | int]:
    again = sum(entry.attempts - entry.accepted for entry in sums.entries)
    half = _KEY // 2
    shown = name if len(name) <= _KEY else f"{name[: half - 1]}…{name[-half:]}"
    return [shown, len(sums.entries), again, *_figures(sums.payments, prices)]


def _place(at: str, by: By) -> str:
    """The key or the artifact of ``artifact[key]``."""
    artifact, _, key = at.removesuffix("]").partition("[")
    if not artifact:
        return _PLANNING
    return (key or _SHARED) if by == "key" else artifact


def _grouped(every: Sums, group: Callable[[Entry | Payment], tuple[str, ...]]) -> Grouped:
    found: dict[tuple[str, ...], Sums] = defaultdict(Sums)
    for entry in every.entries:
        found[group(entry)].entries.append(entry)
    for payment in every.payments:
        found[group(payment)].payments.append(payment)
    return dict(sorted(found.items()))


def _figures(payments: Sequence[Payment], prices: Prices) -> list[str | int]:
    """Replies, tries, tokens in, cached, out, and the cost of what has a price."""
    costs = [cost_of(payment, prices) for payment in payments]
    known = [cost for cost in costs if cost is not None]
    cost = money(sum(known)) if len(known) == len(costs) else f"{money(sum(known))} + ?" if known else "?"
    return [
        len(payments),
        sum(payment.tries for payment in payments),
        sum(payment.input_tokens for payment in payments),
        sum(payment.cached_tokens for payment in payments),
        sum(payment.output_tokens for payment in payments),
        cost,
    ]


def _latency(payments: Sequence[Payment]) -> list[str]:
    """Seconds of a reply, waits between tries included: the mean, and what 95 of 100 stay below."""
    seconds = sorted(payment.seconds for payment in payments)
    high = seconds[max(-(-len(seconds) * 95 // 100) - 1, 0)]
    return [f"{sum(seconds) / len(seconds):.1f}", f"{high:.1f}"]


def _weight(payments: Sequence[Payment], prices: Prices) -> tuple[float, int]:
    """What orders places by what they cost, or by tokens where no price is known."""
    tokens = sum(payment.input_tokens + payment.output_tokens for payment in payments)
    return sum(cost_of(payment, prices) or 0.0 for payment in payments), tokens


def _money(settings: Settings, every: Sums) -> Iterator[str]:
    """What was spent and what is left; which models have no price."""
    prices, limit = prices_of(settings), settings.spend.limit
    spent = sum(cost_of(payment, prices) or 0.0 for payment in every.payments)
    if limit is not None:
        left = f"{money(limit - spent)} is left" if spent < limit else "it is reached"
        yield f"spent {money(spent)} of {limit:,.10g} (spend.limit): {left}"
    elif prices:
        yield f"spent {money(spent)}; there is no limit (spend.limit)"
    if unpriced := sorted({payment.model for payment in every.payments} - set(prices)):
        yield price_advice(unpriced)


def _short(model: str) -> str:
    """The name of a model; of a long one the end, which tells it from others."""
    return model if len(model) <= _NAME else f"…{model[1 - _NAME :]}"
