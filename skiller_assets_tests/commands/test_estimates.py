"""The estimate as a user reads it: what is ahead, what it takes, what it costs, what that rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.providers import seed_topics
from skiller_assets.cli import main
from skiller_assets.commands.estimates import estimate_told
from skiller_assets.commands.exits import GOOD
from skiller_assets.program import CHAINS
from skiller_assets.project import Project, load_project
from skiller_assets.work import MakeDoor
from skiller_assets_tests.estimate.test_forecast import SETTINGS, answered, no_door

PRICES = "large: {input: 2, output: 8}, coder: {input: 3, output: 15}"


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("SKILLER_HOME", raising=False)


def project(root: Path, text: str = SETTINGS, door: MakeDoor = no_door) -> Project:
    (root / "skiller.yaml").write_text(text)
    return load_project(CHAINS, door, root, seeds=seed_topics)


def test_with_the_embedded_author_it_costs_nothing_and_says_how_to_see_more(tmp_path: Path) -> None:
    said = estimate_told(project(tmp_path, "topics: {target: 3}\n"))
    assert said.startswith("ask.provider is offline: the embedded author answers, and that costs nothing.")
    assert "ask.semantic_model" in said


def test_without_prices_tokens_are_told_and_what_to_write(tmp_path: Path) -> None:
    said = estimate_told(project(tmp_path))
    assert "no price is known of coder, large; say in skiller.yaml" in said
    assert "cost:" not in said
    assert [line.split()[-3] for line in said.splitlines() if line.startswith("query ")] == ["?"]


def test_with_prices_there_is_a_total_a_range_and_what_is_left_of_the_limit(tmp_path: Path) -> None:
    said = estimate_told(project(tmp_path, f"{SETTINGS}spend: {{limit: 0.05, prices: {{{PRICES}}}}}\n"))
    assert "cost: about " in said
    assert "left of spend.limit: 0.0500, not enough" in said
    assert "“the table”: real prompts with replies of the embedded author, measured once" in said
    assert max(map(len, said.splitlines())) <= 120


def test_more_domains_and_pairs_on_the_command_line_cost_more_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "skiller.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    calls = []
    for words in ((), ("--target", "9", "--pairs", "4")):
        assert main(["plan", "--estimate", *words]) == GOOD
        said = capsys.readouterr().out
        calls.append(int(next(line for line in said.splitlines() if line.startswith("all ")).split()[1]))
    assert "9 domains (7 still to be found), 4 pairs (4 still to be chosen)" in said
    assert calls[1] > 4 * calls[0]
    assert [path.name for path in tmp_path.iterdir()] == ["skiller.yaml"]


def test_rows_say_on_how_many_replies_of_this_home_they_rest(tmp_path: Path) -> None:
    answered(tmp_path, "query", "queries[other]", 7)
    said = estimate_told(project(tmp_path))
    assert next(line for line in said.splitlines() if line.startswith("query ")).endswith("7 replies here")
    assert next(line for line in said.splitlines() if line.startswith("storylines ")).endswith("the table")
