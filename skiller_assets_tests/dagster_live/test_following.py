"""The daemon follows files, the catalogue and the plan through corpus, domains and pairs: once, and in few runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.store import Store
from skiller_assets.ontology.topics import Topic
from skiller_assets.registry import FILE, Registry, read_registry, write_registry
from skiller_assets_tests import toys
from skiller_assets_tests.dagster_live.servers import Servers, wait_for

pytestmark = pytest.mark.soak

CORPUS = ["ideas", "words"]
CHOOSING = ["domain_pairs"]
X = ["x1", "x2", "x3", "x4"]
Y = ["y1", "y2"]
AUTOMATION = "rebuild_what_changed"
LONG = 300.0
PLANNED = Registry(
    ("a", "b", "c", "f", "ski"),
    ("a__b", "b__c", "c__f"),
    (Topic("ski", "Ski rental", "Somebody who rents skis.", "sports"),),
    target=1,
)
"""``d`` has left with its pair, ``f`` came with a file and ``ski`` without one."""


@pytest.fixture
def following(tmp_path: Path) -> Iterator[Servers]:
    """Servers of a project in which everything was made, with both sensors and the daemon running."""
    toys.lay_out(tmp_path)
    with Servers(tmp_path, "skiller_assets_tests.dagster_live.followers").running() as servers:
        assert servers.launch(CORPUS) == "SUCCESS"
        assert servers.launch(X, *toys.DOMAINS) == "SUCCESS"
        assert servers.launch(CHOOSING) == "SUCCESS"
        assert servers.launch(Y, *toys.PAIRS) == "SUCCESS"
        for sensor in ("user_files", AUTOMATION):
            servers.start_sensor(sensor)
        servers.start_daemon()
        look_again(servers, 3)
        assert len(servers.runs()) == 4
        toys.built_since(tmp_path)
        yield servers


def look_again(servers: Servers, times: int) -> None:
    ticks = servers.ticks(AUTOMATION)
    wait_for(lambda: servers.ticks(AUTOMATION) >= ticks + times, "the automation to look again", LONG)


def followed(servers: Servers, what: str, domains: tuple[str, ...], pairs: tuple[str, ...]) -> list[list[str]]:
    """Waits until something was done and all is fresh, then whether it stays so; the artifacts of each new run."""
    before = {run["id"] for run in servers.runs()}
    keyed = [(name, key) for names, keys in ((X, domains), (Y, pairs)) for name in names for key in keys]

    def over() -> bool:
        runs = servers.runs()
        if len(runs) == len(before) or any(run["status"] not in ("SUCCESS", "FAILURE") for run in runs):
            return False
        return all(servers.staleness(name, key) == "FRESH" for name, key in [*((n, None) for n in CORPUS), *keyed])

    wait_for(over, f"{what} to be followed", LONG)
    look_again(servers, 4)
    assert over()
    new = [run for run in reversed(servers.runs()) if run["id"] not in before]
    assert [run["artifacts"] for run in new if run["status"] != "SUCCESS"] == []
    return [run["artifacts"] for run in new]


def test_a_changed_file_is_followed_into_its_domain_and_its_pairs_and_the_catalogue_to_where_it_ends(
    following: Servers,
) -> None:
    root = following.root
    toys.write_word(root, "a", "another word")
    assert followed(following, "a changed file", toys.DOMAINS, toys.PAIRS) == [["words"], X, Y]
    assert toys.built_since(root) == ["words _", "x1 a", "x2 a", "x3 a", "x4 a", "y1 a__b", "y2 a__b"]

    (root / "domains" / "a.yaml").write_text("word: another word  # the same one")
    assert followed(following, "a file that says the same", toys.DOMAINS, toys.PAIRS) == [["words"], X]
    assert toys.built_since(root) == ["words _", "x1 a", "x2 a"]

    (root / "catalogue").mkdir()
    (root / "catalogue" / "mine.yaml").write_text("things: none")
    assert len(followed(following, "a file in the catalogue", toys.DOMAINS, toys.PAIRS)) == 2
    assert toys.built_since(root) == ["words _", *(f"x1 {name}" for name in toys.DOMAINS)]

    assert following.staleness("domain_pairs", None) == "STALE"


def test_the_pairs_of_a_domain_that_fails_wait_and_others_go_on_without_a_storm(following: Servers) -> None:
    root = following.root
    toys.order(root, fail={"x3": ["b"]})
    before = len(following.runs())
    toys.write_word(root, "b", "a word that cannot be passed on")
    wait_for(lambda: following.keys_by_status("x3")["failed"] == ["b"], "the key to fail", LONG)
    look_again(following, 12)
    tried = toys.built_since(root)
    assert len(following.runs()) - before <= 3
    assert 1 <= tried.count("x3 b") <= 2
    assert not [line for line in tried if line.startswith("y")]

    toys.write_word(root, "d", "a word that can be passed on")
    assert followed(following, "another file", ("c", "d"), ("c__d",)) == [["words"], X, Y]
    assert toys.built_since(root) == ["words _", "x1 d", "x2 d", "x3 d", "x4 d", "y1 c__d", "y2 c__d"]

    toys.order(root)
    toys.write_word(root, "b", "a word that can be passed on")
    followed(following, "the mended file", toys.DOMAINS, toys.PAIRS)
    made = toys.built_since(root)
    assert set(made) >= {"x3 b", "y1 a__b", "y2 a__b", "y1 b__c", "y2 b__c"}
    assert not [line for line in made if line.startswith("domain_pairs") or line.endswith("c__d")]


@pytest.mark.parametrize("reload_late", [False, True])
def test_new_domains_and_pairs_are_made_once_and_those_that_left_start_nothing(
    following: Servers, reload_late: bool
) -> None:
    root = following.root
    toys.write_word(root, "f", "a new word")
    (root / "domains" / "d.yaml").unlink()
    write_registry(Store(root / "data"), PLANNED)
    if reload_late:
        look_again(following, 6)
        assert len(following.runs()) == 4
    following.reload()
    runs = followed(following, "the plan", PLANNED.domains, PLANNED.pairs)
    assert len(runs) <= 5, runs
    new = [f"{name} {key}" for name in X for key in ("f", "ski")]
    known = [f"x1 {key}" for key in ("a", "b", "c")]
    assert toys.built_since(root) == sorted(["ideas _", "words _", *new, *known, "y1 c__f", "y2 c__f"])
    assert read_registry(root / "data" / FILE) == PLANNED
