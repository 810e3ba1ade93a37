"""``skiller draft`` writes what passes the gates, says what became of the rest, and writes over nothing unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from skiller_assets.cli import main
from skiller_assets.commands.check import file_problems
from skiller_assets.commands.exits import BAD, GOOD, MISUSED
from skiller_assets.settings import load_settings
from skiller_assets_tests.ontology.tool_pool.pools import FOLDER, SERVICES, write


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKILLER_HOME", raising=False)
    (tmp_path / "skiller.yaml").write_text("seed: 7\nworld: {rows: 200}\n")
    return tmp_path


def test_a_pool_becomes_domain_files_that_pass_the_check(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(project / "more.json", [{"name": "calculate_tax", "parameters": {}}, {"name": "x", "parameters": 3}])
    assert main(["draft", str(FOLDER), "more.json"]) == GOOD
    told = capsys.readouterr().out
    assert "tools         41 read, 40 usable, 1 set aside" in told
    assert "set aside     more.json:2 x: unusable schema" in told
    assert "communities   3 found, 1 tools in none" in told
    assert "written       domains/repair.yaml: 11 of 11 tools; added get_my_profile, list_teams" in told
    assert "left out      calculate_postage computes" in told
    assert "dropped       freeze_membership(member_id) is the person who is authorized" in told
    assert "drafts        3 written" in told
    assert sorted(path.stem for path in (project / "domains").iterdir()) == sorted(SERVICES)
    assert file_problems(project / "domains" / "repair.yaml", load_settings(project))[1] == []


def test_a_file_that_exists_stays_until_it_may_be_replaced(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = project / "drafts"
    out.mkdir()
    mine = out / "repair.yaml"
    mine.write_text("mine")
    assert main(["draft", str(FOLDER / "repairs.jsonl"), "--out", "drafts"]) == BAD
    assert mine.read_text() == "mine"
    assert "repair.yaml exists already: rename it, or say --replace" in capsys.readouterr().out
    assert main(["draft", str(FOLDER / "repairs.jsonl"), "--out", "drafts", "--replace"]) == GOOD
    assert mine.read_text().startswith("# Drafted by `skiller draft` from repairs.jsonl")


def test_communities_and_edges_can_be_looked_at_alone(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draft", str(FOLDER), "--communities"]) == GOOD
    told = capsys.readouterr().out
    assert "class_booking" in told
    assert "register_device.device_id" in told
    assert sorted(path.name for path in project.iterdir()) == ["skiller.yaml"]


def test_a_community_that_does_not_pass_is_refused_with_its_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reads = [{"name": f"{verb}_comet", "parameters": {}} for verb in ("list", "get", "find", "show", "track", "fetch")]
    write(project / "reads.json", reads)
    assert main(["draft", "reads.json"]) == BAD
    assert "refused       comet (6 tools): only 0 of its tools can write; 4 are wanted" in capsys.readouterr().out
    assert not (project / "domains").exists()


def test_edges_in_doubt_may_be_put_to_the_author(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draft", str(FOLDER), "--communities", "--refine"]) == GOOD
    assert "in doubt" not in capsys.readouterr().out


def test_a_pool_that_is_not_there_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draft", "none.json"]) == MISUSED
    assert capsys.readouterr().err.startswith("skiller: none.json does not exist")
