"""What was asked for one artifact, as its metadata show it and as its failed conversations are written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from skiller_assets.artifact import Shown, TableOf
from skiller_assets.ask.money import Price, cost_of, prices_from

if TYPE_CHECKING:
    from skiller_assets.ask.ledger import Entry, Payment
    from skiller_assets.ask.tally import Failed, Tally
    from skiller_assets.settings import Settings

FOLDER = "failed"
"""Beside the replies: conversations that led nowhere."""
HEADS = (
    "ask", "model", "asked", "accepted", "kept", "complaints", "paid", "tries", "tokens in", "of them cached",
    "tokens out", "cost", "seconds",
)  # fmt: skip


def prices_of(settings: Settings) -> dict[str, Price]:
    """What the user says that models cost."""
    return prices_from(settings.spend.model_dump()["prices"])


def shown_tally(tally: Tally, settings: Settings) -> dict[str, Shown]:
    """A table of what was asked and paid for; nothing where replies were free and accepted."""
    if not tally.payments and not tally.failed:
        return {}
    return {"asked": TableOf(HEADS, cost_rows(tally.entries, tally.payments, prices_of(settings)))}


def cost_rows(
    entries: Iterable[Entry], payments: Iterable[Payment], prices: Mapping[str, Price]
) -> list[list[str | int]]:
    """A row below :data:`HEADS` for each kind of ask and each model, and one for all of them where there are several.

    Replies that were paid for and led to no ask, because the process was killed, count too.
    """
    kinds: dict[tuple[str, str], tuple[list[Entry], list[Payment]]] = {}
    for entry in entries:
        kinds.setdefault((entry.name, entry.model), ([], []))[0].append(entry)
    for payment in payments:
        kinds.setdefault((payment.name, payment.model), ([], []))[1].append(payment)
    rows: list[list[str | int]] = [[*kind, *_sums(*kinds[kind], prices)] for kind in sorted(kinds)]
    if len(rows) > 1:
        every = ([e for asked, _ in kinds.values() for e in asked], [p for _, paid in kinds.values() for p in paid])
        rows.append(["all", "", *_sums(*every, prices)])
    return rows


def _sums(entries: Sequence[Entry], payments: Sequence[Payment], prices: Mapping[str, Price]) -> list[str | int]:
    costs = [cost_of(payment, prices) for payment in payments]
    known = [cost for cost in costs if cost is not None]
    return [
        len(entries),
        sum(entry.accepted for entry in entries),
        sum(entry.kept for entry in entries),
        sum(len(entry.complaints) for entry in entries),
        len(payments),
        sum(payment.tries for payment in payments),
        sum(payment.input_tokens for payment in payments),
        sum(payment.cached_tokens for payment in payments),
        sum(payment.output_tokens for payment in payments),
        f"{sum(known):.4f}" if len(known) == len(costs) else "no price",
        round(sum(payment.seconds for payment in payments)),
    ]


def write_transcripts(tally: Tally, asks: Path, where: str) -> list[Path]:
    """Writes every failed conversation of an artifact into a file of its own; those of an earlier time go."""
    folder = asks / FOLDER / where
    for old in sorted(folder.glob("*.md")):
        old.unlink()
    written = []
    for number, failed in enumerate(tally.failed, 1):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{failed.prompt.name}-{number}.md"
        path.write_text("\n".join(_transcript(failed)), encoding="utf-8")
        written.append(path)
    return written


def _transcript(failed: Failed) -> Iterator[str]:
    yield f"# `{failed.prompt.name}`, asked of {failed.model}\n\n{failed.prompt.text.rstrip()}\n"
    for number, turn in enumerate(failed.transcript, 1):
        yield f"# Reply {number}\n\n{turn.reply.rstrip()}\n\n# What is wrong with it\n"
        yield from (f"- {complaint}" for complaint in turn.complaints)
        yield ""
