"""What is ahead is counted with what it will take, by what this home has paid or else by the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.providers import seed_topics
from resources.store import Store
from skiller_assets.ask import Door
from skiller_assets.ask.ledger import Entry, Ledger, Payment
from skiller_assets.ask.names import AskName
from skiller_assets.estimate.forecast import Expected, Forecast, forecast
from skiller_assets.estimate.table import Factors, the_table
from skiller_assets.program import CHAINS
from skiller_assets.project import Project, load_project
from skiller_assets.registry import Registry, write_registry
from skiller_assets.settings import Settings

MODEL = "large"
SETTINGS = """
ask: {provider: openai, semantic_model: large, coding_model: coder}
topics: {seeds: [yoga_school, boat_rental], target: 2}
tasks: {per_domain: 20}
pairs: {target: 0}
"""


def no_door(settings: Settings) -> Door:
    raise AssertionError("an estimate asks nobody")


def the_project(root: Path, settings: str = SETTINGS) -> Project:
    (root / "skiller.yaml").write_text(settings)
    return load_project(CHAINS, no_door, root, seeds=seed_topics)


def row(found: Forecast, ask: AskName, artifact: str) -> Expected:
    (one,) = (row for row in found.rows if (row.ask, row.artifact) == (ask, artifact))
    return one


def answered(root: Path, ask: str, at: str, count: int, attempts: int = 1) -> None:
    """An account of asks that were answered, each after some attempts of 1,000 tokens in and 100 out."""
    ledger = Ledger(root / "data" / "asks")
    for number in range(count):
        key = f"{ask} {at} {number}"
        ledger.add(Entry(ask, at, key, MODEL, True, attempts, 0, ("no",) * (attempts - 1), 1.0))
        for _ in range(attempts):
            ledger.pay(Payment(ask, at, key, MODEL, "stop", 1_000, 0, 100, False, 1, 1.0))


def files(root: Path) -> Iterator[Path]:
    yield from (path for path in sorted(root.rglob("*")) if path.name != "skiller.yaml")


def test_before_anything_is_there_it_goes_by_the_table_and_writes_nothing(tmp_path: Path) -> None:
    found = forecast(the_project(tmp_path), factors=Factors())
    size = the_table().size("query", "queries")
    query = row(found, "query", "queries")
    assert (query.asks, query.again, query.attempts, query.replies) == (40, 0, 1.0, 0)
    assert (query.input, query.output) == (size.input, size.output)
    assert row(found, "storylines", "tool_graph").asks == 2
    assert row(found, "seed_topics", "plan").asks == 1
    assert {one.model for one in found.rows} == {"large", "coder"}
    assert list(files(tmp_path)) == []


def test_a_model_is_expected_to_write_more_and_to_be_asked_again(tmp_path: Path) -> None:
    project = the_project(tmp_path)
    plain = row(forecast(project, factors=Factors()), "storylines", "tool_graph")
    more = row(forecast(project, factors=Factors(output=2.0, attempts=1.5)), "storylines", "tool_graph")
    assert more.calls == 1.5 * plain.calls
    assert more.output == pytest.approx(3 * plain.output)
    assert more.input > 1.5 * plain.input


def test_domains_and_pairs_that_are_only_wanted_count_too(tmp_path: Path) -> None:
    project = the_project(tmp_path)
    few, many = forecast(project), forecast(project, target=12, pairs=3)
    assert (many.ahead.domains, many.ahead.topics, many.ahead.pairs, many.ahead.more_pairs) == (12, 10, 3, 3)
    assert row(many, "storylines", "tool_graph").asks == 6 * row(few, "storylines", "tool_graph").asks
    assert row(many, "mediation", "fused_blueprint").asks == 3 * the_table().size("mediation", "fused_blueprint").times
    assert row(many, "domain_topics", "plan").asks > 0
    assert not any(one.ask == "domain_topics" for one in few.rows)


def test_a_few_replies_of_this_home_go_before_the_table(tmp_path: Path) -> None:
    answered(tmp_path, "query", "queries[elsewhere]", 2)
    assert row(forecast(the_project(tmp_path)), "query", "queries").replies == 0
    answered(tmp_path, "query", "queries[other]", 2, attempts=2)
    query = row(forecast(the_project(tmp_path)), "query", "queries")
    assert (query.asks, query.replies, query.attempts) == (40, 6, 1.5)
    assert (query.input, query.output) == (1_500, 150)


def test_replies_of_another_model_are_no_measure(tmp_path: Path) -> None:
    answered(tmp_path, "query", "queries[other]", 9)
    other = SETTINGS.replace("semantic_model: large", "semantic_model: small")
    assert row(forecast(the_project(tmp_path, other)), "query", "queries").replies == 0


def test_what_was_answered_for_what_is_not_made_yet_is_not_asked_again(tmp_path: Path) -> None:
    answered(tmp_path, "query", "queries[yoga_school]", 15)
    assert row(forecast(the_project(tmp_path)), "query", "queries").asks == 25


def test_of_a_domain_that_is_written_by_hand_less_is_asked(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "library.yaml").write_text("domain: library\n")
    found = forecast(the_project(tmp_path))
    assert row(found, "storylines", "tool_graph").asks == 3
    assert row(found, "outline", "entity_graph").asks == 2


def test_the_range_is_narrower_where_it_rests_on_replies_here(tmp_path: Path) -> None:
    priced = f"{SETTINGS}spend: {{prices: {{large: {{input: 1, output: 1}}, coder: {{input: 1, output: 1}}}}}}\n"
    project = the_project(tmp_path, priced)
    low, high = forecast(project).cost_range()
    for ask in ("query", "personas", "storylines", "outline", "entities"):
        artifact = {"storylines": "tool_graph", "outline": "entity_graph", "entities": "entities"}.get(ask, "queries")
        answered(tmp_path, ask, f"{artifact}[other]", 4)
    narrow = forecast(project)
    near, far = narrow.cost_range()
    assert low < forecast(project).cost() < far
    assert far / near < high / low


def test_a_model_without_a_price_is_named(tmp_path: Path) -> None:
    half = f"{SETTINGS}spend: {{prices: {{large: {{input: 1, output: 1}}}}}}\n"
    assert forecast(the_project(tmp_path, half)).unpriced == ["coder"]


def test_pairs_that_are_named_already_are_not_counted_twice(tmp_path: Path) -> None:
    project = the_project(tmp_path)
    pairs = ("boat_rental__yoga_school",)
    topics = project.registry.topics
    write_registry(Store(project.settings.home), Registry(("yoga_school", "boat_rental"), pairs, topics, (), 2))
    found = forecast(the_project(tmp_path, SETTINGS.replace("pairs: {target: 0}", "pairs: {target: 1}")))
    assert (found.ahead.pairs, found.ahead.more_pairs) == (1, 0)
    assert row(found, "personas", "fused_queries").asks == 1
