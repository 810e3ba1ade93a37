"""Small files are whole or absent, and nothing is left beside them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from skiller_assets.ask.errors import CacheFailed
from skiller_assets.ask.files import add_line, drop_file, put_file
from skiller_assets.ask.journal import Journal, name_of
from skiller_assets.ask.provider import Prompt


def test_a_file_gets_its_content_in_folders_that_nobody_made_and_is_replaced_whole(tmp_path: Path) -> None:
    folder, pending = tmp_path / "a" / "b", tmp_path / "c"
    for data in (b"first, and longer than the second", b"second"):
        put_file(str(folder), "name", str(pending), data)
        assert (folder / "name").read_bytes() == data
    assert list(pending.iterdir()) == []


def test_many_writers_of_one_name_leave_what_one_of_them_wrote(tmp_path: Path) -> None:
    said = [bytes([65 + n]) * 10_000 for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: put_file(str(tmp_path), "name", str(tmp_path), data), said))
    assert (tmp_path / "name").read_bytes() in said
    assert [path.name for path in tmp_path.iterdir()] == ["name"]


def test_what_finds_no_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "name").mkdir()
    with pytest.raises(OSError):
        put_file(str(tmp_path), "name", str(tmp_path / "pending"), b"x")
    assert list((tmp_path / "pending").iterdir()) == []


def test_lines_are_added_and_a_file_that_is_gone_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "a" / "lines"
    add_line(path, b"one\n")
    add_line(path, b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"
    drop_file(str(path))
    drop_file(str(path))
    add_line(path, b"three\n")
    assert path.read_bytes() == b"three\n"


def test_a_journal_that_cannot_be_written_names_its_folder(tmp_path: Path) -> None:
    prompt = Prompt("fruit", "semantic", "Name a fruit.", {}, {})
    Journal(tmp_path / "prompts").note(prompt)
    assert (tmp_path / "prompts" / f"{name_of(prompt.text)}.json").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheFailed, match="file"):
        Journal(tmp_path / "file" / "prompts").note(prompt)
