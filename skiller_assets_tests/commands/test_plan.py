"""What planning says: counts and names, and what did not go as wished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.cli import main
from skiller_assets.commands.exits import BAD, GOOD
from skiller_assets.registry import read_registry
from skiller_assets_tests.catalogues import PATTERN, service, write_catalogue
from skiller_assets_tests.loopback.server import Answer, loopback, says

OWN = [f"{animal}_yoga" for animal in ("goat", "horse", "sheep", "duck")]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a few services of its own, as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKILLER_HOME", raising=False)
    (tmp_path / "skiller.yaml").write_text(f"topics: {{seeds: [{OWN[0]}], target: 1}}\n")
    said = {name: f"House of the {name.partition('_')[0]}, {name * 2} for {name[::-1]}." for name in OWN}
    write_catalogue(tmp_path, services={name: service(title=said[name][:20], describe=said[name]) for name in OWN})
    return tmp_path


def test_names_and_counts_are_said_and_a_second_time_nothing_is_new(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan"]) == GOOD
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "added    goat_yoga",
        "domains  goat_yoga",
        "authored 1",
        "  strategies  seed 1",
        "  contexts    sports 1",
    ]
    assert main(["plan"]) == GOOD
    assert capsys.readouterr().out.splitlines() == lines[1:5]


def test_a_target_on_the_command_line_adds_and_takes_away(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--target", "3"]) == GOOD
    assert "authored 3\n" in capsys.readouterr().out
    assert main(["plan"]) == GOOD
    assert "authored 3\n" in capsys.readouterr().out
    assert main(["plan", "--target", "1"]) == GOOD
    said = capsys.readouterr().out
    assert "authored 1\n" in said
    assert "what was built of it is in data/.trash" in said


def test_an_author_that_has_run_out_of_topics_is_not_a_fault_and_is_said(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--target", "4000"]) == GOOD
    assert "of 4000: nothing else comes to the author's mind" in capsys.readouterr().out


def test_seeds_that_nobody_knows_are_told_with_the_nearest(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "skiller.yaml").write_text("topics: {seeds: [yoga_skool], target: 1}\n")
    assert main(["plan"]) == BAD
    assert f"knows no topic yoga_skool; the nearest that it knows: {PATTERN}" in capsys.readouterr().err


SEEDS = "topics: {seeds: [llama_trekking, {notary_office: Sworn deeds and certified copies.}], target: 2}\n"


def _topics(number: int, request: Mapping[str, Any]) -> Answer:
    """What a model that was never told of this project says of two names."""
    assert "`llama_trekking`" in request["messages"][0]["content"]
    trek = {"domain": "llama_trekking", "title": "Sierra Llama Treks", "describe": "Guided day tours with llamas.",
            "context": "travel", "person": "hiker", "things": ["llama", "trail", "guide"]}  # fmt: skip
    deeds = {"domain": "notary_office", "title": "Alder & Finch", "describe": "An office that certifies papers.",
             "context": "legal", "person": "client", "things": ["deed", "certified copy"]}  # fmt: skip
    return says(json.dumps({"topics": [trek, deeds]}))


def test_a_model_is_asked_about_its_seeds_by_plan_alone_and_once(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SKILLER_TEST_KEY", "k")
    with loopback(_topics) as server:
        endpoint = f"endpoint: {{base_url: '{server.url}', key_variable: SKILLER_TEST_KEY, tries: 1}}\n"
        (root / "skiller.yaml").write_text(f"{SEEDS}ask: {{provider: openai, semantic_model: large}}\n{endpoint}")
        assert main(["status"]) in (GOOD, BAD)
        assert "only the names are known so far: run skiller plan" in "".join(capsys.readouterr())
        assert server.requests == []
        for _ in range(2):
            assert main(["plan"]) == GOOD
        assert len(server.requests) == 1
    assert "contexts    legal 1, travel 1" in capsys.readouterr().out
    registry = read_registry(root / "data" / "registry.json")
    assert registry is not None
    assert [t.describe for t in registry.topics] == [
        "Guided day tours with llamas.", "Sworn deeds and certified copies.",
    ]  # fmt: skip


def test_a_broken_catalogue_is_told_in_a_line_and_files_are_planned(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_catalogue(root, services={"goat_yoga": service(archetype="dance")})
    (root / "domains").mkdir()
    (root / "domains" / "clinic.yaml").write_text("")
    assert main(["plan"]) == BAD
    said = capsys.readouterr()
    assert "added    clinic" in said.out
    assert f"skiller: {path}: services: goat_yoga: there is no archetype dance" in said.err
