"""``skiller check`` names every fault of a domain file with its place, and builds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from skiller_assets.cli import main
from skiller_assets.commands.check import check_file, file_problems
from skiller_assets.commands.exits import BAD, MISUSED
from skiller_assets.settings import Settings
from skiller_assets_tests.domains import FOLDER
from skiller_assets_tests.worlds import Patch, patched


def problems(folder: Path, patch: Patch) -> list[str]:
    path = folder / "library.yaml"
    path.write_text(yaml.safe_dump(patched(patch), sort_keys=False))
    return list(file_problems(path, Settings(root=folder, home=folder / "data"))[1])


def test_a_domain_that_is_good_is_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_file(FOLDER / "airline.yaml", Settings(root=tmp_path, home=tmp_path / "data"))
    assert "airline.yaml: good (" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        ({"tools.borrow_book.rules.3.check": "SELECT NOT banned FROM member"}, "rule not_suspended: "),
        (
            {"tools.borrow_book.rules.1.check": "SELECT 0"},
            "library.yaml: tool borrow_book: rule on_the_shelf never holds",
        ),
        (
            {"tools.borrow_book.rules.1.check": "SELECT 1"},
            "library.yaml: tool borrow_book: rule on_the_shelf never fails",
        ),
        ({"constants.max_loans.valu": 3}, "valu"),
        ({}, "library.yaml: has 6 tools; 10 to 20 are wanted"),
    ],
)
def test_every_gate_names_the_place(tmp_path: Path, patch: Patch, told: str) -> None:
    found = problems(tmp_path, patch)
    assert any(told in problem for problem in found), found


def test_a_file_that_is_not_there_is_one_of_its_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not check_file(tmp_path / "none.yaml", Settings(root=tmp_path, home=tmp_path / "data"))
    assert "none.yaml: 1 problem\n" in capsys.readouterr().out


def test_a_domain_is_named_by_its_file_or_by_its_name_and_a_pair_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKILLER_HOME", raising=False)
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "gym.yaml").write_text("domain: [")
    assert main(["check", "gym"]) == main(["check", "domains/gym.yaml"]) == BAD
    assert capsys.readouterr().out.count("domains/gym.yaml: 1 problem\n") == 2
    assert main(["check", "airline__gym"]) == MISUSED
    assert "airline__gym is a pair, and pairs have no file" in capsys.readouterr().err
