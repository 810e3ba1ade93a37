"""Replies on disk: whole or absent, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.ask.cache import ReplyCache
from skiller_assets.ask.errors import CacheFailed
from skiller_assets.ask.ledger import Entry, Ledger
from skiller_assets.ask.provider import Completion

KEY = "ab" * 32


def _file(folder: Path) -> Path:
    return folder / KEY[:2] / KEY


@given(text=st.text(), tokens=st.integers(0, 10**9))
def test_what_is_put_is_got(tmp_path_factory: pytest.TempPathFactory, text: str, tokens: int) -> None:
    cache = ReplyCache(tmp_path_factory.mktemp("replies"))
    text = text.encode("utf-8", "replace").decode()
    cache.put(KEY, Completion(text, tokens, 1))
    assert cache.get(KEY) == Completion(text, tokens, 1)


@pytest.mark.parametrize("keep", [0, 1, 64, 65, 80])
def test_a_torn_file_counts_as_absent_and_is_replaced(tmp_path: Path, keep: int) -> None:
    cache = ReplyCache(tmp_path)
    cache.put(KEY, Completion("something long enough to be cut"))
    _file(tmp_path).write_bytes(_file(tmp_path).read_bytes()[:keep])
    assert cache.get(KEY) is None
    cache.put(KEY, Completion("again"))
    assert cache.get(KEY) == Completion("again")


def test_a_file_changed_by_hand_counts_as_absent(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    cache.put(KEY, Completion("three apples"))
    _file(tmp_path).write_bytes(_file(tmp_path).read_bytes().replace(b"three", b"seven"))
    assert cache.get(KEY) is None


def test_a_forgotten_reply_is_absent(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    cache.put(KEY, Completion("x"))
    cache.forget(KEY)
    cache.forget(KEY)
    assert cache.get(KEY) is None


def test_many_writers_of_one_reply_leave_one_whole_reply(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    replies = [Completion(str(k) * 5000) for k in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda reply: cache.put(KEY, reply), replies))
    assert cache.get(KEY) in replies
    assert not list((tmp_path / "pending").iterdir())


_WRITE_FOR_EVER = """
import sys
from pathlib import Path
from skiller_assets.ask.cache import ReplyCache
from skiller_assets.ask.provider import Completion
cache, key = ReplyCache(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
while True:
    for letter in "abcdef":
        cache.put(key, Completion(letter * 200_000))
"""


def test_a_killed_writer_leaves_a_whole_reply(tmp_path: Path) -> None:
    for _ in range(3):
        command = [sys.executable, "-c", _WRITE_FOR_EVER, str(tmp_path), KEY]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            while not _file(tmp_path).exists():
                time.sleep(0.01)
            time.sleep(0.05)
            writer.send_signal(signal.SIGKILL)
        kept = ReplyCache(tmp_path).get(KEY)
        assert kept is not None
        assert len(set(kept.text)) == 1
        assert len(kept.text) == 200_000


def test_what_a_killed_writer_left_behind_is_swept_once_it_is_old(tmp_path: Path) -> None:
    ReplyCache(tmp_path)
    old, young = tmp_path / "pending" / "old", tmp_path / "pending" / "young"
    for path in (old, young):
        path.write_text("half")
    os.utime(old, (0, 0))
    ReplyCache(tmp_path)
    assert not old.exists()
    assert young.exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(CacheFailed, match="file"):
        ReplyCache(blocked / "replies")
    with pytest.raises(CacheFailed, match="file"):
        Ledger(blocked).add(_entry(0))


def _entry(k: int) -> Entry:
    return Entry("query", "queries[clinic]", f"{k:064d}", "m", True, 1, 0, ("zu lang – ä",), 0.5)


def test_ledger_lines_of_many_writers_do_not_mix_and_a_cut_line_costs_only_itself(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: ledger.add(_entry(k)), range(200)))
    assert sorted(ledger.entries(), key=lambda entry: entry.key) == [_entry(k) for k in range(200)]
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write('{"name": "qu')
    assert len(list(ledger.entries())) == 200
