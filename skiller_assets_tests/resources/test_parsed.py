"""What was parsed once is kept under the hash of its file, and nothing depends on it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from resources.offline.catalogue_files import BUNDLED
from resources.offline.parsed import parsed

TEXT = "a: {1: [x, 2.5, null, true]}\nb: |\n  two\n  lines\n"
VALUE = {"a": {1: ["x", 2.5, None, True]}, "b": "two\nlines\n"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "file.yaml").write_text(TEXT)
    return tmp_path / "file.yaml"


def test_what_is_kept_says_the_same(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert [parsed(path, where) for where in (None, kept, kept)] == [VALUE] * 3
    assert len(list(kept.iterdir())) == 1
    bundled = BUNDLED / "archetypes" / "book.yaml"
    assert parsed(bundled, kept) == parsed(bundled, kept) == parsed(bundled, None)


def test_a_changed_file_is_parsed_anew(path: Path, tmp_path: Path) -> None:
    parsed(path, tmp_path / "kept")
    path.write_text("a: 2")
    assert parsed(path, tmp_path / "kept") == {"a": 2}


def test_what_was_torn_or_cannot_be_kept_costs_time_only(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    parsed(path, kept)
    for file in kept.iterdir():
        file.write_bytes(file.read_bytes()[:-3])
    assert parsed(path, kept) == VALUE
    (tmp_path / "a file").write_text("")
    assert parsed(path, tmp_path / "a file") == VALUE


def test_a_file_that_is_no_yaml_stays_so(path: Path, tmp_path: Path) -> None:
    path.write_text("a: [")
    for _ in range(2):
        with pytest.raises(yaml.YAMLError):
            parsed(path, tmp_path / "kept")
