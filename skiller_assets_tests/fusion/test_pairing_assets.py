"""The artifact ``domain_pairs``: what it holds, and for each of its checks a planted fault that it notices."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from resources.providers import make_door
from resources.store import Store
from skiller_assets.artifact import Artifact, BuildFailed, Built, Finding, Inputs, TableOf, as_json
from skiller_assets.build import Builder
from skiller_assets.fusion.pairing_assets import DOMAIN_PAIRS, PAIRING, build_domain_pairs, show_domain_pairs
from skiller_assets.project import apply_plan, load_project
from skiller_assets.service.loading import contract_text
from skiller_assets.settings import Settings
from skiller_assets.work import Chain
from skiller_assets_tests.composed import composed
from skiller_assets_tests.domains import DOMAINS, FOLDER, contract_of
from skiller_assets_tests.fusion.profiled import NAMES

BROKEN = {"clinic": "blueprint[clinic] was rejected: a rule is dead"}
Plant = Callable[[dict[str, Any]], None]


def no_door(settings: Settings) -> Any:
    raise AssertionError("pairs are chosen without asking anybody")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifacts of all domains, and the choice among them."""
    home = tmp_path_factory.mktemp("home")
    for name in NAMES:
        for artifact in DOMAIN_PAIRS.needs:
            (home / artifact / name).mkdir(parents=True)
        (home / "blueprint" / name / "contract.json").write_text(contract_text(composed(name)))
        (home / "validated_tasks" / name / "tasks.jsonl").write_text("")
    (home / "domain_pairs").mkdir()
    built = build_domain_pairs(inputs(home))
    (home / "domain_pairs" / "pairs.json").write_text(str(built.files["pairs.json"]))
    return home


def inputs(home: Path, target: int | None = None, domains: tuple[str, ...] = NAMES) -> Inputs:
    settings = Settings.model_validate({"home": home, "pairs": {"target": target}})
    folders: dict[tuple[str, str | None], Path] = {
        (artifact, name): home / artifact / name for artifact in DOMAIN_PAIRS.needs for name in domains
    }
    own: dict[tuple[str, str | None], Path] = {("domain_pairs", None): home / "domain_pairs"}
    missing: dict[tuple[str, str | None], str] = {("blueprint", name): reason for name, reason in BROKEN.items()}
    return Inputs(DOMAIN_PAIRS, None, settings, folders | own, no_door, left_out=missing)


def pairs(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "domain_pairs" / "pairs.json").read_text())
    return found


def findings(home: Path, target: int | None = None) -> dict[str, Finding]:
    return {check.name: check.run(inputs(home, target)) for check in DOMAIN_PAIRS.checks}


def test_it_holds_pairs_their_reasons_and_who_was_left_out(stored: Path) -> None:
    found = pairs(stored)
    assert found["target"] == (len(NAMES) + 1) // 2 == len(found["chosen"])
    assert set(found["chosen"][0]) == {"pair", "score", "parts", "reasons", "bridges"}
    assert found["coverage"]["left_out"] == BROKEN
    assert found["coverage"]["domains"] == len(NAMES)
    assert PAIRING == (DOMAIN_PAIRS,)


def test_it_is_the_same_whenever_it_is_built(stored: Path) -> None:
    assert build_domain_pairs(inputs(stored)).files["pairs.json"] == as_json(pairs(stored))


def test_the_target_is_that_of_the_settings(stored: Path) -> None:
    for target in (0, 3):
        built = json.loads(str(build_domain_pairs(inputs(stored, target)).files["pairs.json"]))
        assert (built["target"], len(built["chosen"])) == (target, target)


def test_few_domains_are_no_fault(stored: Path) -> None:
    for domains in ((), NAMES[:1]):
        built = build_domain_pairs(inputs(stored, domains=domains))
        assert built.counts["pairs"] == 0


def test_who_is_in_no_pair_is_named_with_the_reason(stored: Path) -> None:
    built = json.loads(str(build_domain_pairs(inputs(stored, 1)).files["pairs.json"]))
    unpaired = built["coverage"]["unpaired"]
    assert len(unpaired) == len(NAMES) - 2
    assert set(unpaired.values()) <= {
        "the target was reached before its turn",
        "no other domain could give it a bridge that one person would use",
    }


def test_the_page_shows_every_pair_with_its_reasons(stored: Path) -> None:
    shown = show_domain_pairs(inputs(stored))
    table = shown["pairs"]
    assert isinstance(table, TableOf)
    assert [row[0] for row in table.rows] == [entry["pair"] for entry in pairs(stored)["chosen"]]
    missing = shown["in no pair"]
    assert isinstance(missing, TableOf)
    assert ["clinic", BROKEN["clinic"]] in missing.rows


def test_what_is_built_passes_every_check(stored: Path) -> None:
    assert {name: found.reason for name, found in findings(stored).items() if not found.passed} == {}


def twice(found: dict[str, Any]) -> None:
    found["chosen"].append(found["chosen"][0])


def unsorted(found: dict[str, Any]) -> None:
    found["chosen"][0]["pair"] = "__".join(reversed(found["chosen"][0]["pair"].split("__")))


def with_itself(found: dict[str, Any]) -> None:
    found["chosen"][0]["pair"] = f"{NAMES[0]}__{NAMES[0]}"


def with_one_left_out(found: dict[str, Any]) -> None:
    found["chosen"][0]["pair"] = "bike_workshop__clinic"


def chosen_and_spare(found: dict[str, Any]) -> None:
    found["spare"].append(found["chosen"][0])


def invented_bridge(found: dict[str, Any]) -> None:
    found["chosen"][0]["bridges"][0] = "The colour of the car can become the name of the dog."


def no_bridge(found: dict[str, Any]) -> None:
    found["chosen"][0]["bridges"] = []


def other_target(found: dict[str, Any]) -> None:
    found["target"] += 1


def too_many(found: dict[str, Any]) -> None:
    found["chosen"].append(found["spare"].pop())


def too_few(found: dict[str, Any]) -> None:
    found["spare"].append(found["chosen"].pop())


def more_are_paired(found: dict[str, Any]) -> None:
    found["coverage"]["paired"] += 1


def nobody_left_out(found: dict[str, Any]) -> None:
    found["coverage"]["left_out"] = {}


def unpaired_and_unnamed(found: dict[str, Any]) -> None:
    gone = found["chosen"].pop()["pair"].split("__")
    found["coverage"]["paired"] -= len(gone)


def without_a_reason(found: dict[str, Any]) -> None:
    found["chosen"][0]["reasons"] = found["chosen"][0]["reasons"][:1]


def untrue_reason(found: dict[str, Any]) -> None:
    found["chosen"][0]["reasons"][0] = "Both have to do with submarines."


def better_score(found: dict[str, Any]) -> None:
    found["spare"][0]["score"] = 1.0


@pytest.mark.parametrize(
    ("check", "plant"),
    [
        ("well_formed", twice),
        ("well_formed", unsorted),
        ("well_formed", with_itself),
        ("well_formed", with_one_left_out),
        ("well_formed", chosen_and_spare),
        ("bridges", invented_bridge),
        ("bridges", no_bridge),
        ("quota", other_target),
        ("quota", too_many),
        ("quota", too_few),
        ("coverage", more_are_paired),
        ("coverage", nobody_left_out),
        ("coverage", unpaired_and_unnamed),
        ("reasons", without_a_reason),
        ("reasons", untrue_reason),
        ("reasons", better_score),
    ],
)
def test_a_planted_fault_is_noticed(check: str, plant: Plant, stored: Path) -> None:
    path = stored / "domain_pairs" / "pairs.json"
    before = path.read_text()
    found = pairs(stored)
    plant(found)
    path.write_text(as_json(found))
    try:
        finding = findings(stored)[check]
    finally:
        path.write_text(before)
    assert not finding.passed
    assert finding.severity == "error"


def store_contract(given: Inputs) -> Built:
    """A blueprint as pairing reads it; the bank's cannot be made."""
    if given.key == "bank":
        raise BuildFailed("the vault is locked")
    return Built({"contract.json": contract_text(contract_of(str(given.key)))})


def store_nothing(given: Inputs) -> Built:
    return Built({"tasks.jsonl": ""})


CHAINS = (
    Chain(
        "domain",
        (
            Artifact("blueprint", "A contract.", (), store_contract),
            Artifact("validated_tasks", "No tasks.", ("blueprint",), store_nothing),
        ),
    ),
    Chain("pairing", PAIRING),
)


def test_it_is_built_and_accepted_in_a_chain_without_the_domains_that_failed(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "domains")
    (tmp_path / "skiller.yaml").write_text("topics: {target: 0}\n")
    apply_plan(load_project(CHAINS, make_door, tmp_path))
    project = load_project(CHAINS, make_door, tmp_path)
    work = replace(project.work, wanted=frozenset(a.name for chain in CHAINS for a in chain.artifacts))
    for domain in DOMAINS:
        list(Builder(work).steps("domain", domain))
    for expected in ("built", "reused"):
        (step,) = [s for s in Builder(work).steps("corpus", None) if s.artifact == "domain_pairs"]
        assert (step.status, step.reason) == (expected, "")
    found = json.loads((Store(project.settings.home).folder("domain_pairs", None) / "pairs.json").read_text())
    assert [entry["pair"] for entry in found["chosen"]] == ["airline__clinic"]
    assert list(found["coverage"]["left_out"]) == ["bank"]
