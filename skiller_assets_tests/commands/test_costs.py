"""What was paid for is added up by ask, by model and by place, and fits a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask.ledger import Entry, Ledger, Payment
from skiller_assets.commands.costs import By, costs_told
from skiller_assets.settings import Settings

LONG = "some-organisation/A-Model-With-A-Long-Name-70B-Instruct"


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def settings(root: Path, **spend: Any) -> Settings:
    return Settings(root=root, home=root / "data").model_copy(
        update={"spend": Settings.model_validate({"spend": spend}).spend}
    )


def pay(root: Path, at: str, seconds: float = 1.0, name: str = "query", model: str = "m", **tokens: int) -> None:
    fields = {"input_tokens": 1_000, "cached_tokens": 0, "output_tokens": 100, "tries": 1, **tokens}
    Ledger(root / "data" / "asks").pay(
        Payment(name=name, at=at, key="k", model=model, finish="stop", estimated=False, seconds=seconds, **fields)
    )


def ask(root: Path, at: str, attempts: int = 1, kept: int = 0, accepted: bool = True, complaints: int = 0) -> None:
    entry = Entry("query", at, "k", "m", accepted, attempts, kept, ("no",) * complaints, 1.0)
    Ledger(root / "data" / "asks").add(entry)


def rows(text: str, head: str) -> list[dict[str, str]]:
    """The table of a text whose heads begin so, as dicts; the last row may have no model."""
    lines = next(part for part in text.split("\n\n") if part.startswith(head)).splitlines()
    names = _cells(lines[0])
    found = []
    for line in lines[1:]:
        cells = _cells(line)
        found.append(dict(zip(names, cells if len(cells) == len(names) else [cells[0], "", *cells[1:]], strict=True)))
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def told(root: Path, by: By = "key", **spend: Any) -> str:
    return costs_told(settings(root, **spend), by)


def test_where_nothing_was_paid_that_is_said(tmp_path: Path) -> None:
    assert told(tmp_path) == "nothing was paid for yet: no model was asked"


def test_replies_are_added_up_by_ask_and_model_with_tries_tokens_cost_and_latency(tmp_path: Path) -> None:
    for number in range(20):
        pay(tmp_path, "queries[a]", seconds=number + 1, cached_tokens=400, tries=1 + number % 2)
    pay(tmp_path, "policy[a]", name="policy_background", model="other", seconds=3.0)
    prices = {"m": {"input": 100, "output": 1_000, "cached": 50}, "other": {"input": 0, "output": 0}}
    background, query, every = rows(told(tmp_path, prices=prices), "ask")
    assert (query["replies"], query["tries"], query["tokens in"], query["cached"]) == ("20", "30", "20,000", "8,000")
    assert query["cost"] == f"{20 * (0.06 + 0.02 + 0.1):.4f}"
    assert (query["mean s"], query["95 % s"]) == ("10.5", "19.0")
    assert (background["model"], background["cost"]) == ("other", "0.0000")
    assert (every["replies"], every["tokens out"]) == ("21", "2,100")


def test_verdicts_tell_kept_replies_from_those_that_were_sent_back(tmp_path: Path) -> None:
    pay(tmp_path, "queries[a]")
    ask(tmp_path, "queries[a]", attempts=3, complaints=4)
    ask(tmp_path, "queries[b]", kept=1)
    ask(tmp_path, "queries[c]", attempts=2, accepted=False, complaints=2)
    query, _ = rows(told(tmp_path).partition("\n\n")[2], "ask")
    assert {name: query[name] for name in ("asks", "accepted", "replies", "kept", "sent back", "complaints")} == {
        "asks": "3", "accepted": "2", "replies": "6", "kept": "1", "sent back": "4", "complaints": "6",
    }  # fmt: skip


def test_the_dearest_keys_come_first_and_the_others_are_added_up(tmp_path: Path) -> None:
    for number in range(30):
        pay(tmp_path, f"queries[key_{number:02}]", output_tokens=100 * (number + 1))
    pay(tmp_path, "entities", output_tokens=1)
    pay(tmp_path, "", output_tokens=2)
    found = rows(told(tmp_path, prices={"m": {"input": 0, "output": 1}}), "domain or pair")
    assert [row["domain or pair"] for row in found[:2]] == ["key_29", "key_28"]
    assert len(found) == 13
    assert found[-1]["domain or pair"] == "… and 20 more"
    assert sum(int(row["replies"]) for row in found) == 32
    by_artifact = rows(told(tmp_path, by="artifact"), "artifact")
    assert [row["artifact"] for row in by_artifact] == ["queries", "(skiller plan)", "entities"]


def test_without_prices_the_model_is_named_with_what_to_write_where(tmp_path: Path) -> None:
    pay(tmp_path, "queries[a]")
    pay(tmp_path, "queries[a]", model="other")
    text = told(tmp_path, prices={"other": {"input": 1, "output": 1}})
    assert "no price is known of m; say in skiller.yaml" in text
    assert "spend: {prices: {m: {input: 0, output: 0}}}" in text
    assert rows(text, "ask")[-1]["cost"] == "0.0011 + ?"
    assert rows(text, "ask")[0]["cost"] == "?"


def test_what_is_left_of_the_limit_is_told_and_that_it_is_reached(tmp_path: Path) -> None:
    pay(tmp_path, "queries[a]", input_tokens=1_000_000, output_tokens=0)
    prices = {"m": {"input": 3, "output": 0}}
    assert "spent 3.0000 of 10 (spend.limit): 7.0000 is left" in told(tmp_path, prices=prices, limit=10)
    assert "spent 3.0000 of 3 (spend.limit): it is reached" in told(tmp_path, prices=prices, limit=3)
    assert "spent 3.0000; there is no limit (spend.limit)" in told(tmp_path, prices=prices)


def test_large_numbers_and_long_names_fit_into_120_columns(tmp_path: Path) -> None:
    at = f"fused_queries[{'_'.join(['neighbour'] * 3)}__{'_'.join(['mountain'] * 3)}]"
    for _ in range(2):
        pay(tmp_path, at, name="policy_background", model=LONG, seconds=900.0,
            input_tokens=90_000_000, cached_tokens=10_000_000, output_tokens=40_000_000)  # fmt: skip
    Ledger(tmp_path / "data" / "asks").add(Entry("policy_background", at, "k", LONG, True, 5, 0, ("no",) * 9, 1.0))
    text = told(tmp_path, prices={LONG: {"input": 30, "output": 60}}, limit=1e6)
    assert max(map(len, text.splitlines())) <= 120
    assert "70B-Instruct" in text
    assert "neighbour_ne…tain_mountain" in text
    assert "of 1,000,000 (spend.limit)" in text
