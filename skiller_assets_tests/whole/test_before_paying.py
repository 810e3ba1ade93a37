"""What building takes of a model is told before; a few tasks are seen before; what is paid for is paid for once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from resources.providers import make_door, seed_topics
from resources.store import Store
from skiller_assets.ask.ledger import Payment
from skiller_assets.commands.exits import BAD, GOOD, MISUSED
from skiller_assets.estimate.forecast import Forecast, forecast
from skiller_assets.estimate.table import PLANNING, Factors
from skiller_assets.program import ARTIFACTS, CHAINS
from skiller_assets.project import Project, load_project
from skiller_assets.registry import read_registry
from skiller_assets_tests.loopback.projects import Through, through_loopback

pytestmark = pytest.mark.soak

SEED = "boat_rental"
SETTINGS = f"""topics: {{seeds: [{SEED}], target: 2}}
world: {{rows: 80}}
tasks: {{per_domain: 16}}
pairs: {{target: 0}}
spend: {{limit: 50, prices: {{large-model: {{input: 2.5, output: 10}}, code-model: {{input: 3, output: 15}}}}}}
"""
_WITHIN = 0.35
_WAITING = "mcp_server"
"""What only a machine on which a model's code may be run makes."""


@dataclass(frozen=True)
class Told:
    """A project that was estimated, looked at in part, then built; what was said, and the account after each."""

    through: Through
    estimated: CompletedProcess[str]
    before: Forecast
    was_empty: bool
    previewed: CompletedProcess[str]
    after_preview: list[Payment]
    costs: CompletedProcess[str]
    built: CompletedProcess[str]
    after_all: list[Payment]


def the_project(root: Path) -> Project:
    return load_project(CHAINS, make_door, root, seeds=seed_topics)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    root = tmp_path_factory.mktemp("before") / "project"
    with through_loopback(root, SETTINGS) as through:
        estimated = through.skiller("plan", "--estimate")
        before = forecast(the_project(root), factors=Factors())
        was_empty = not (root / "data").exists() and not through.server.requests
        previewed = through.skiller("preview", SEED, "--tasks", "4")
        after_preview = list(through.ledger.payments())
        through.skiller("plan")
        built = through.skiller("run")
        costs = through.skiller("status", "--cost")
        after_all = list(through.ledger.payments())
        yield Told(through, estimated, before, was_empty, previewed, after_preview, costs, built, after_all)


def _made(root: Path) -> set[str]:
    """Artifacts that a run made of some key, and planning."""
    store, registry = Store(root / "data"), read_registry(root / "data" / "registry.json")
    assert registry
    return {PLANNING, *(a.name for a in ARTIFACTS if any(store.manifest(a.folder, k) for k in registry.keys(a.per)))}


def test_the_estimate_asks_nobody_and_writes_nothing(told: Told) -> None:
    assert told.estimated.returncode == GOOD, told.estimated.stderr
    assert told.was_empty
    assert "to be made or brought up to date: 2 domains (1 still to be found), 0 pairs" in told.estimated.stdout
    assert "left of spend.limit: 50.0000, enough" in told.estimated.stdout


def test_what_was_expected_is_near_to_what_a_clean_run_takes(told: Told) -> None:
    made = _made(told.through.root)
    asks = told.before.table.asks
    rows = [row for row in told.before.rows
            if row.artifact in made and not asks[row.ask].places[row.artifact].models_only]  # fmt: skip
    assert {row.artifact for row in told.before.rows} - made <= {_WAITING}
    again = _asked_again(told)
    paid = [payment for payment in told.after_all if payment not in again]
    for expected, taken in (
        (sum(row.calls for row in rows), len(paid)),
        (sum(row.asks * row.input for row in rows), sum(payment.input_tokens for payment in paid)),
        (sum(row.asks * row.output for row in rows), sum(payment.output_tokens for payment in paid)),
    ):
        assert abs(expected / taken - 1) <= _WITHIN, (expected, taken)


def test_a_preview_shows_tasks_of_a_topic_that_is_not_planned_yet_and_what_the_rest_would_take(told: Told) -> None:
    said = told.previewed.stdout
    assert told.after_preview
    assert "the user opens with" in said
    assert f"this preview {len(told.after_preview):,} replies" in said
    assert "the rest     " in said
    assert {payment.at.partition("[")[2].rstrip("]") for payment in told.after_preview} <= {SEED, ""}
    home = told.through.root / "data"
    tasks = home / "preview" / SEED / "validated_tasks" / SEED / "tasks.jsonl"
    assert 1 <= len(tasks.read_text(encoding="utf-8").splitlines()) <= 4
    assert not list((home / "preview" / SEED).glob("asks*"))


def _asked_again(told: Told) -> list[Payment]:
    """What the preview paid for and a run asks in other words."""
    used = Counter((entry.name, entry.key) for entry in told.through.ledger.entries())
    return [payment for payment in told.after_preview if used[payment.name, payment.key] < 2]


def test_a_run_after_a_preview_pays_for_the_rest_alone(told: Told) -> None:
    keys = [payment.key for payment in told.after_all]
    assert len(keys) == len(set(keys)) == len(told.through.server.requests)
    of_seed = Counter(p.name for p in told.after_all[len(told.after_preview) :] if p.at.endswith(f"[{SEED}]"))
    assert set(of_seed) <= {"query"}, of_seed
    assert {payment.name for payment in _asked_again(told)} <= {"query"}


def test_the_account_is_read_at_one_glance(told: Told) -> None:
    account = told.costs.stdout.partition("\n\nask ")[2]
    lines = account.splitlines()
    assert max(len(line) for line in lines) <= 120
    assert told.costs.returncode == GOOD or _WAITING in told.costs.stdout
    total, verdicts = (line.split() for line in lines if line.startswith("all "))
    assert total[1] == f"{len(told.after_all):,}"
    assert verdicts[1] == str(len(list(told.through.ledger.entries())))
    assert any(line.startswith(SEED) for line in lines)
    assert "of 50 (spend.limit): " in account


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("boat_rental__yoga_school", "is a pair: look at one of its domains first"),
        ("Boat Rental", "cannot be the name of a domain"),
        ("zzz_nothing", "zzz_nothing"),
    ],
)
def test_a_preview_of_what_nobody_knows_is_a_wrong_word(key: str, advice: str, told: Told, tmp_path: Path) -> None:
    done = told.through.skiller("preview", key)
    assert done.returncode == MISUSED, done.stderr
    assert advice in done.stderr
    assert not (told.through.root / "data" / "preview" / key).exists()


def test_a_reached_limit_is_said_once_and_a_higher_one_goes_on(told: Told) -> None:
    file = told.through.root / "skiller.yaml"
    text = file.read_text(encoding="utf-8")
    paid = len(list(told.through.ledger.payments()))
    file.write_text(text.replace("limit: 50", "limit: 0.01").replace("per_domain: 16", "per_domain: 22"))
    stopped = told.through.skiller("run")
    assert stopped.returncode == BAD
    assert stopped.stderr.count("the spending limit of 0.01 is reached") == 1
    assert "raise spend.limit and run again, what was answered is kept" in stopped.stderr
    assert len(list(told.through.ledger.payments())) == paid
    file.write_text(text)
    told.through.skiller("run")
    assert len(list(told.through.ledger.payments())) == paid
