"""What ``skiller plan --estimate`` says: calls, tokens and cost of all that is to be made, and what that rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from skiller_assets.ask.ledger import Ledger
from skiller_assets.ask.money import cost_of
from skiller_assets.commands.costs import money, price_advice
from skiller_assets.commands.terminal import table, wrapped
from skiller_assets.estimate.forecast import Expected, Forecast, forecast
from skiller_assets.project import Project

_FREE = """ask.provider is offline: the embedded author answers, and that costs nothing. To see what a model would take,
set ask.provider: openai and ask.semantic_model in skiller.yaml (no key is needed for that) and estimate again."""


def estimate_told(project: Project, target: int | None = None, pairs: int | None = None) -> str:
    """The estimate as text. Raises RegistryError."""
    if project.settings.ask.is_embedded:
        return _FREE
    found = forecast(project, target, pairs)
    if not found.rows:
        return "everything is built: nothing has to be asked"
    parts = [_ahead(found), _rows(found), "\n".join(_money(project, found)), "\n".join(_rests_on(found))]
    return "\n\n".join(part for part in parts if part)


def in_short(found: Forecast) -> str:
    """One line: calls, tokens, cost."""
    calls = f"{sum(row.calls for row in found.rows):,.0f} calls"
    tokens = f"{_sum(found.rows, 'input'):,} tokens in, {_sum(found.rows, 'output'):,} out"
    return f"{calls}, {tokens}" + ("" if found.unpriced else f", cost {_range(found)}")


def _ahead(found: Forecast) -> str:
    ahead = found.ahead
    domains = f"{ahead.domains:,} domains" + (f" ({ahead.topics:,} still to be found)" if ahead.topics else "")
    pairs = f"{ahead.pairs:,} pairs" + (f" ({ahead.more_pairs:,} still to be chosen)" if ahead.more_pairs else "")
    return f"to be made or brought up to date: {domains}, {pairs}"


def _rows(found: Forecast) -> str:
    """A row for each ask and model."""
    groups: dict[tuple[str, str], list[Expected]] = defaultdict(list)
    for row in found.rows:
        groups[row.ask, row.model].append(row)
    rows = [[ask, model, *_figures(found, group), _basis(group)] for (ask, model), group in groups.items()]
    rows.append(["all", "", *_figures(found, found.rows), ""])
    return table(("ask", "model", "asks", "calls", "tokens in", "tokens out", "cost", "rests on"), rows)


def _figures(found: Forecast, rows: Sequence[Expected]) -> list[str | int]:
    costs = [row.cost(found.prices) for row in rows]
    known = [cost for cost in costs if cost is not None]
    asks, calls = round(sum(row.asks for row in rows)), round(sum(row.calls for row in rows))
    cost = money(sum(known)) if len(known) == len(costs) else "?"
    return [asks, calls, _sum(rows, "input"), _sum(rows, "output"), cost]


def _sum(rows: Sequence[Expected], what: str) -> int:
    return round(sum(row.asks * float(getattr(row, what)) for row in rows))


def _basis(rows: Sequence[Expected]) -> str:
    replies = sum(row.replies for row in rows)
    table_too = any(not row.replies for row in rows)
    if not replies:
        return "the table"
    return f"{replies:,} replies here" + (", the table" if table_too else "")


def _range(found: Forecast) -> str:
    low, high = found.cost_range()
    return f"about {money(found.cost())}, between {money(low)} and {money(high)}"


def _money(project: Project, found: Forecast) -> Iterator[str]:
    """What it costs, and whether that is below the limit."""
    if found.unpriced:
        yield price_advice(found.unpriced)
        return
    yield f"cost: {_range(found)}"
    limit = project.settings.spend.limit
    if limit is not None:
        payments = Ledger(project.settings.asks).payments()
        left = limit - sum(cost_of(payment, found.prices) or 0.0 for payment in payments)
        enough = "enough" if left >= found.cost_range()[1] else "perhaps not enough"
        yield f"left of spend.limit: {money(max(left, 0.0))}, {enough if left >= found.cost() else 'not enough'}"


def _rests_on(found: Forecast) -> Iterator[str]:
    """What the figures rest on, and what they leave open."""
    if any(not row.replies for row in found.rows):
        model = found.table.model
        yield wrapped(
            "“the table”: ",
            "real prompts with replies of the embedded author, measured once; taken for a model are "
            f"{model.attempts:g} attempts at an ask and replies {model.output:g} times as long. After the first domain "
            "(skiller preview DOMAIN) the figures rest on replies here.",
        )
    if found.again:
        yield wrapped(
            f"{found.again:,.0f} of the calls ",
            "are for what is out of date and was asked before: where the prompt is the same as then, the reply is kept "
            "and costs nothing.",
        )
