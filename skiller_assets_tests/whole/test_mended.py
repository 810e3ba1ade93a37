"""What a model writes wrongly into a contract or a server is found, told to it, and mended before it is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skiller_assets.ask.ledger import Entry, Ledger
from skiller_assets.commands.exits import GOOD
from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets_tests.loopback.service import Habits
from skiller_assets_tests.whole.authored import Authored, Served, served

DOMAIN = "card_statements"
SETTINGS = f"""seed: 1
topics: {{seeds: [{DOMAIN}], target: 1}}
pairs: {{target: 0}}
world: {{rows: 60}}
run: {{workers: 1}}
sandbox: {{allow_unsafe: true}}
"""


def made(project: Authored, artifact: str, *faults: str) -> Served:
    """An artifact of a domain, each of whose asks is answered wrongly once, if that can be done to it."""
    with served(project, Habits(1.0, faults, in_a_row=1)) as service:
        project.settle(SETTINGS, service.url)
        assert project.run("plan").returncode == GOOD
        project.built("--artifact", artifact)
    assert set(service.spoiled) == set(faults)
    return service


def expect_right_rules(project: Authored, service: Served) -> None:
    """Every predicate of the contract that was accepted is the author's own."""
    raw = json.loads((project.home / "blueprint" / DOMAIN / "contract.json").read_text(encoding="utf-8"))
    assert service.service.author.memory.wrong_rules(compile_contract(contract_from(raw, DOMAIN))) == []


def rejected(project: Authored, name: str) -> list[Entry]:
    """The asks of a name that were complained about."""
    return [e for e in Ledger(project.home / "asks").entries() if e.name == name and e.complaints]


@pytest.mark.soak
def test_a_predicate_that_does_not_say_what_its_sentence_says_is_found_by_a_second_reader(tmp_path: Path) -> None:
    project = Authored(tmp_path / "project")
    service = made(project, "blueprint", "wrong_rule")
    (entry,) = rejected(project, "blueprint_tools")
    assert any("rule " in complaint for complaint in entry.complaints)
    assert entry.attempts == 2
    expect_right_rules(project, service)


@pytest.mark.soak
def test_invented_columns_and_bugs_are_found_when_they_are_tried(tmp_path: Path) -> None:
    project = Authored(tmp_path / "project")
    service = made(project, "blueprint", "invented_column")
    assert {entry.attempts for entry in rejected(project, "blueprint_tools")} == {2}
    expect_right_rules(project, service)
    made(project, "mcp_server", "buggy_server")
    history = json.loads((project.home / "mcp_server" / DOMAIN / "history.json").read_text(encoding="utf-8"))
    assert [version["failed"] > 0 for version in history] == [True, False]
    (key,) = {key for artifact, key in project.manifests() if artifact == "mcp_server"}
    assert project.manifests()["mcp_server", key]["verdict"] == "good"
