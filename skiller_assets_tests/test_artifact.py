"""Declarations refuse what cannot work, and builders see what they declared and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.artifact import (
    Artifact,
    Built,
    Check,
    Finding,
    Inputs,
    MissingInput,
    as_json,
    as_jsonl,
)
from skiller_assets.registry import Registry
from skiller_assets.settings import Settings
from skiller_assets.work import Chain, source_keys, validate_chains


def nothing(inputs: Inputs) -> Built:
    return Built({})


def passing(inputs: Inputs) -> Finding:
    return Finding(True)


def artifact(name: str, *needs: str, **fields: Any) -> Artifact:
    return Artifact(name, "For tests.", needs, nothing, **fields)


def inputs(root: Path, of: Artifact, *folders: tuple[str, str | None], key: str | None = "airline") -> Inputs:
    places = {(name, of_key): root / name / (of_key or "_") for name, of_key in folders}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
        (place / "body.txt").write_text(f"{place.parent.name} {place.name}")
    absent: dict[tuple[str, str | None], str] = {("blueprint", "zoo"): "blueprint[zoo] is missing: build it first"}
    return Inputs(of, key, Settings(root=root), places, lambda settings: pytest.fail("nobody asked"), left_out=absent)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../up", "a/../b", "a//b", "manifest.json", "quarantine.jsonl"])
def test_a_file_cannot_leave_its_folder_or_take_a_name_of_the_store(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        Built({name: ""})


def test_a_quarantined_item_has_a_reason() -> None:
    with pytest.raises(ValueError, match="has no reason"):
        Built({}, quarantine=[{"id": "1"}])


@pytest.mark.parametrize(("passed", "reason"), [(True, "why"), (False, "")])
def test_a_finding_has_a_reason_exactly_when_it_did_not_pass(passed: bool, reason: str) -> None:
    with pytest.raises(ValueError, match="exactly when"):
        Finding(passed, reason)


def test_declarations_that_cannot_work_are_refused() -> None:
    for declare in (
        lambda: artifact("Big"),
        lambda: artifact("a", "b", "b"),
        lambda: artifact("a", "a"),
        lambda: artifact("a", checks=(Check("c", "", passing), Check("c", "", passing))),
        lambda: Check("no good", "", passing),
    ):
        with pytest.raises(ValueError, match=r"cannot be the name|twice|needs itself"):
            declare()


@pytest.mark.parametrize(
    ("chains", "complaint"),
    [
        ([Chain("c", (artifact("a", "b"), artifact("b")))], "a needs b, which is not declared before it"),
        ([Chain("c", (artifact("a"),)), Chain("d", (artifact("a"),))], "two artifacts called a"),
        ([Chain("c", (artifact("a"), artifact("b", per="pair")))], "b is per pair, its chain c is per domain"),
        ([Chain("c", (artifact("a", per="pair"),)), Chain("d", (artifact("b", "a"),))], "cannot need a, per pair"),
        ([Chain("c", (artifact("b", "a", per="corpus"),)), Chain("d", (artifact("a"),))], "a, which is not declared"),
        ([Chain("c", (artifact("a", summarize=lambda inputs: {}),))], "a cannot be sent to a worker process"),
        ([Chain("c", (artifact("a", settings=("world.columns",)),))], r"setting world\.columns, which does not exist"),
    ],
)
def test_chains_that_do_not_fit_together_are_refused(chains: list[Chain], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        validate_chains(chains, Settings())


def test_a_builder_reads_what_it_declared(tmp_path: Path) -> None:
    seen = inputs(tmp_path, artifact("policy", "entities", "blueprint"), ("entities", None), ("blueprint", "airline"))
    assert seen.read("blueprint", "body.txt") == "blueprint airline"
    assert seen.blob("entities", "body.txt") == b"entities _"


def test_a_builder_that_reads_what_it_did_not_declare_is_told_so(tmp_path: Path) -> None:
    seen = inputs(tmp_path, artifact("policy", "blueprint"), ("blueprint", "airline"))
    with pytest.raises(MissingInput, match=r"policy\[airline\] reads database, which is not among its needs"):
        seen.read("database", "world.sqlite")
    with pytest.raises(MissingInput, match=r"reads blueprint\[airline\]/tools\.json, which does not exist"):
        seen.read("blueprint", "tools.json")
    with pytest.raises(MissingInput, match="declare reads_domain_file=True"):
        seen.domain_file()


def test_a_pair_names_the_domain_whose_artifact_it_reads(tmp_path: Path) -> None:
    fused = artifact("fused_blueprint", "blueprint", per="pair")
    seen = inputs(tmp_path, fused, ("blueprint", "airline"), ("blueprint", "hotel"), key="airline__hotel")
    assert seen.keys("blueprint") == ("airline", "hotel")
    assert seen.read("blueprint", "body.txt", "hotel") == "blueprint hotel"
    with pytest.raises(MissingInput, match="name one of airline, hotel"):
        seen.read("blueprint", "body.txt")
    assert fused.folder == "blueprint"


def test_a_pair_that_says_no_key_means_its_own_artifact_where_there_is_one(tmp_path: Path) -> None:
    members = (("blueprint", "airline"), ("blueprint", "hotel"), ("database", "airline"))
    seen = inputs(
        tmp_path,
        artifact("fused_database", per="pair"),
        *members,
        ("blueprint", "airline__hotel"),
        key="airline__hotel",
    )
    assert seen.read("blueprint", "body.txt") == "blueprint airline__hotel"
    assert seen.read("blueprint", "body.txt", "hotel") == "blueprint hotel"
    assert seen.read("database", "body.txt") == "database airline"
    assert seen.quarantine("blueprint") == []
    (tmp_path / "blueprint" / "airline__hotel" / "quarantine.jsonl").write_text('{"reason": "own"}\n')
    assert seen.quarantine("blueprint") == [{"reason": "own"}]
    assert seen.quarantine("blueprint", "hotel") == []


def test_what_is_gathered_for_the_corpus_names_what_is_left_out(tmp_path: Path) -> None:
    ranked = artifact("domain_pairs", "blueprint", per="corpus")
    seen = inputs(tmp_path, ranked, ("blueprint", "airline"), ("blueprint", "hotel"), key=None)
    assert seen.keys("blueprint") == ("airline", "hotel")
    assert seen.left_out("blueprint") == {"zoo": "blueprint[zoo] is missing: build it first"}
    with pytest.raises(MissingInput, match=r"blueprint\[zoo\], which was left out: blueprint\[zoo\] is missing"):
        seen.read("blueprint", "body.txt", "zoo")
    with pytest.raises(MissingInput, match="name one of airline, hotel"):
        seen.read("blueprint", "body.txt")


def test_a_users_file_is_remembered_whether_or_not_it_is_there(tmp_path: Path) -> None:
    seen = inputs(tmp_path, artifact("blueprint", reads_domain_file=True))
    assert seen.domain_file() is None
    assert seen.user_files == {"domains/airline.yaml": "absent"}
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "airline.yaml").write_text("contract: 1")
    assert seen.domain_file() == tmp_path / "domains" / "airline.yaml"
    assert seen.user_files["domains/airline.yaml"] != "absent"


def test_the_catalogue_and_the_plan_are_inputs_once_they_are_asked_for(tmp_path: Path) -> None:
    seen = inputs(tmp_path, artifact("topics", reads_catalogue=True, reads_plan=True))
    assert seen.user_files == {}
    seen.remember_catalogue()
    assert seen.user_files == {"catalogue/": "absent"}
    (tmp_path / "catalogue").mkdir()
    digests = set()
    for text in ("things: {}", "people: {}"):
        (tmp_path / "catalogue" / "mine.yaml").write_text(text)
        seen.remember_catalogue()
        digests.add(seen.user_files["catalogue/"])
    assert len(digests) == 2
    assert seen.plan() == {}
    assert set(seen.user_files) == {"catalogue/", "plan"}
    for read in (inputs(tmp_path, artifact("topics")).remember_catalogue, inputs(tmp_path, artifact("topics")).plan):
        with pytest.raises(MissingInput, match=r"declare reads_(catalogue|plan)=True"):
            read()


def test_keys_of_what_is_needed_follow_from_the_key() -> None:
    registry = Registry(("airline", "hotel"), ("airline__hotel",))
    domain, pair, corpus = (artifact(f"a_{per}", per=per) for per in ("domain", "pair", "corpus"))
    assert source_keys(domain, "airline__hotel", registry) == ("airline", "hotel")
    assert source_keys(pair, "airline__hotel", registry) == ("airline__hotel",)
    assert source_keys(corpus, "airline", registry) == (None,)
    assert source_keys(domain, "airline", registry) == ("airline",)
    assert source_keys(domain, None, registry) == ("airline", "hotel")
    assert source_keys(pair, None, registry) == ("airline__hotel",)


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), max_size=5))
def test_records_survive_being_written_and_read(tmp_path_factory: pytest.TempPathFactory, records: list[Any]) -> None:
    root = tmp_path_factory.mktemp("records")
    seen = inputs(root, artifact("tasks", "a"), ("a", "airline"))
    (root / "a" / "airline" / "records.jsonl").write_text(as_jsonl(records), encoding="utf-8", newline="")
    assert seen.jsonl("a", "records.jsonl") == records
    assert json.loads(as_json(records)) == records


def test_what_is_not_a_number_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"x": float("nan")})
