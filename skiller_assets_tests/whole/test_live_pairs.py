"""Three domains and two pairs in a real webserver and daemon: what the UI shows of pairs, and what a change reaches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skiller_assets.program import CHAINS
from skiller_assets_tests.dagster_live.servers import Servers, wait_for
from skiller_assets_tests.whole.live import (
    MODULE,
    domain_file,
    edit,
    idle,
    not_green,
    skiller,
    stale,
    versions,
    write_domain,
)
from skiller_assets_tests.whole.pages import browser, text_of
from skiller_assets_tests.whole.test_project import ARTIFACTS

pytestmark = pytest.mark.soak

DOMAINS = ("airline", "bank", "clinic")
CHANGED, PAIR, OTHER = "clinic", "bank__clinic", "airline__bank"
FUSED = tuple(artifact.name for chain in CHAINS for artifact in chain.artifacts if artifact.per == "pair")
READERS = [a.name for chain in CHAINS for a in chain.artifacts if a.name in FUSED and set(a.needs) & set(ARTIFACTS)]
"""What is made from artifacts of the domains themselves; the rest of a pair follows from these."""

SETTINGS = """world: {rows: 100}
tasks: {per_domain: 20}
pairs: {target: 2, tasks_per_pair: 10}
run: {workers: 2}
topics: {target: 0}
"""
TITLES = ("Larkspur Airways", "Alder Street Bank")
SENTENCE = "The specialty must be one that the clinic offers."
OTHER_WORDS = "The specialty must be among those that the clinic offers."
YET_OTHERS = "The specialty must be one of those that the clinic offers."
SENSORS = ("user_files", "rebuild_what_changed")
FORCE = {"skiller/force": "true"}
LONG = 400.0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers of a project that was built by the command."""
    root = tmp_path_factory.mktemp("live_pairs")
    (root / "domains").mkdir()
    (root / "skiller.yaml").write_text(SETTINGS, encoding="utf-8")
    for domain in DOMAINS:
        write_domain(root, domain)
    skiller(root, "plan")
    assert f"new pairs: {OTHER}, {PAIR}" in skiller(root, "run")
    with Servers(root, MODULE).running() as running:
        yield running


def written(root: Path) -> dict[str, int]:
    """When the artifacts of each key were last made."""
    found = (root / "data").glob("[a-z]*/*/manifest.json")
    return {f"{path.parts[-3]} {path.parts[-2]}": path.stat().st_mtime_ns for path in found}


def rewritten(root: Path, before: dict[str, int]) -> set[str]:
    """The keys of which something was made since."""
    return {name.rpartition(" ")[2] for name, at in written(root).items() if before.get(name) != at}


def test_what_the_command_built_is_shown_as_made_fresh_and_green(servers: Servers) -> None:
    both = {"materialized": sorted((OTHER, PAIR)), "failed": [], "unmaterialized": []}
    assert {name: servers.keys_by_status(name) for name in FUSED} == dict.fromkeys(FUSED, both)
    for pair in (OTHER, PAIR):
        assert stale(servers, FUSED, pair) == []
        assert not_green(servers, FUSED, pair) == []


def test_the_pages_of_a_pair_name_its_domains_and_lead_to_what_it_is_made_from(servers: Servers) -> None:
    with browser() as window:
        window.get(f"{servers.url}/assets/fused_blueprint?view=partitions&partition={OTHER}")
        wait_for(lambda: all(title in text_of(window) for title in TITLES), "both domains in the page of a pair")
        assert "value_flows" in text_of(window)
        window.get(f"{servers.url}/assets/fused_database?view=lineage&lineageScope=upstream")
        above = ("blueprint", "database", "fused_blueprint", "fused_database")
        wait_for(lambda: set(above) <= set(text_of(window).split()), "what the database of a pair is made from")


def test_every_column_of_a_fused_table_is_traced_to_a_table_of_its_domain(servers: Servers) -> None:
    data = servers.ask(_COLUMNS, key={"path": ["fused_database"]}, keys=[OTHER])["assetNodeOrError"]
    entries = {entry["label"]: entry for entry in data["assetMaterializations"][0]["metadataEntries"]}
    lineage = {
        column["columnName"]: [(".".join(d["assetKey"]["path"]), d["columnName"]) for d in column["columnDeps"]]
        for column in entries["dagster/column_lineage"]["lineage"]
    }
    assert lineage["bank__account.balance"] == [("database", "bank/account.balance")]
    assert lineage["flight.flight_id"] == [("database", "airline/flight.flight_id")]
    columns = {column["name"] for column in entries["dagster/column_schema"]["schema"]["columns"]}
    assert columns - lineage.keys() == {name for name in columns if name.startswith("linked_account.")}


def test_a_changed_sentence_makes_the_pairs_of_its_domain_stale_and_a_run_of_all_makes_only_those(
    servers: Servers,
) -> None:
    other = versions(servers, FUSED, OTHER)
    edit(servers.root, CHANGED, SENTENCE, OTHER_WORDS)
    assert servers.launch(["domain_file"], CHANGED) == "SUCCESS"
    assert servers.launch(list(ARTIFACTS), CHANGED) == "SUCCESS", servers.reasons()
    assert stale(servers, FUSED, PAIR) == READERS
    assert stale(servers, FUSED, OTHER) == []

    before = written(servers.root)
    assert servers.launch(list(FUSED), OTHER, PAIR) == "SUCCESS", servers.reasons()
    assert rewritten(servers.root, before) == {PAIR}
    assert {servers.newest(name, PAIR)["status"] for name in FUSED} == {"built"}
    assert {servers.newest(name, OTHER)["status"] for name in FUSED} == {"reused"}
    assert stale(servers, FUSED, PAIR) == stale(servers, FUSED, OTHER) == []
    assert versions(servers, FUSED, OTHER) == other


def test_a_domain_made_again_with_the_same_content_makes_no_pair_stale(servers: Servers) -> None:
    before = written(servers.root)
    assert servers.launch(["blueprint", "database", "policy"], CHANGED, tags=FORCE) == "SUCCESS"
    assert rewritten(servers.root, before) == {CHANGED}
    assert stale(servers, FUSED, PAIR) == stale(servers, FUSED, OTHER) == []
    assert servers.launch(list(FUSED), OTHER, PAIR) == "SUCCESS"
    assert {servers.newest(name, PAIR)["status"] for name in FUSED} == {"reused"}


def test_the_daemon_follows_a_file_into_its_pairs_once_and_chooses_none(servers: Servers) -> None:
    for sensor in SENSORS:
        servers.start_sensor(sensor)
    servers.start_daemon()
    look_again(servers)
    settle(servers)
    known, before = {run["id"] for run in servers.runs()}, written(servers.root)
    edit(servers.root, CHANGED, OTHER_WORDS, YET_OTHERS)
    wait_for(lambda: stale(servers, FUSED, PAIR), "the change to reach the pair", LONG)
    settle(servers)
    look_again(servers)
    runs = [run for run in servers.runs() if run["id"] not in known]
    assert {run["status"] for run in runs} == {"SUCCESS"}
    whole, *more = [run["artifacts"] for run in reversed(runs) if set(FUSED) & set(run["artifacts"])]
    assert whole == sorted(FUSED)
    # A run that ends while the automation looks may be asked for in part once more, and finds nothing to do.
    assert len(more) <= 1, more
    assert {servers.newest(name, PAIR)["status"] for names in more for name in names} <= {"reused"}
    assert "domain_pairs" not in {name for run in runs for name in run["artifacts"]}
    assert rewritten(servers.root, before) == {"_", CHANGED, PAIR}


def test_a_domain_that_leaves_takes_its_pairs_to_the_trash_and_that_is_said(servers: Servers) -> None:
    before = written(servers.root)
    domain_file(servers.root, CHANGED).unlink()
    assert f"unpaired {PAIR}; what was built of it is in" in skiller(servers.root, "plan")
    servers.reload()
    left = {"materialized": [OTHER], "failed": [], "unmaterialized": []}
    assert {name: servers.keys_by_status(name) for name in FUSED} == dict.fromkeys(FUSED, left)
    trashed = {path.parents[1].name for path in (servers.root / "data").glob(f".trash/**/{PAIR}/manifest.json")}
    assert trashed == {name.removeprefix("fused_") for name in FUSED}
    assert not [name for name in written(servers.root) if CHANGED in name]
    assert before.keys() - written(servers.root).keys() == {name for name in before if CHANGED in name}


def look_again(servers: Servers) -> None:
    """Waits until the automation has looked around twice."""
    ticks = servers.ticks(SENSORS[1])
    wait_for(lambda: servers.ticks(SENSORS[1]) >= ticks + 2, "the automation to look again", LONG)


def settle(servers: Servers) -> None:
    """Waits until no run is going on and everything of the pairs and of the domains is fresh."""

    def over() -> bool:
        keys = [(FUSED, PAIR), (FUSED, OTHER), *((ARTIFACTS, domain) for domain in DOMAINS)]
        return idle(servers) and not any(stale(servers, names, key) for names, key in keys)

    wait_for(over, "everything to be fresh", LONG)


_COLUMNS = """
query ($key: AssetKeyInput!, $keys: [String!]) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  assetMaterializations(limit: 1, partitions: $keys) { metadataEntries { label
    ... on TableColumnLineageMetadataEntry { lineage { columnName columnDeps { assetKey { path } columnName } } }
    ... on TableSchemaMetadataEntry { schema { columns { name } } } } } } } }
"""
