"""What the guard counts, and how."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from resources.sandbox.guard import family, found_children, told_children, usage


@pytest.fixture
def parent() -> Iterator[int]:
    """A process with two children, one of which has a thread beside its first and a child of that thread's."""
    code = (
        "import os, sys, threading, time\n"
        "def begin():\n    if os.fork() == 0:\n        os.write(1, b'x'); time.sleep(60)\n    time.sleep(60)\n"
        "if os.fork() == 0:\n    threading.Thread(target=begin).start(); os.write(1, b'x'); time.sleep(60)\n"
        "if os.fork() == 0:\n    os.write(1, b'x'); time.sleep(60)\n"
        "time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    for _ in range(3):
        assert process.stdout.read(1) == b"x"
    yield process.pid
    os.killpg(process.pid, 9)
    process.wait()
    process.stdout.close()


def test_a_family_are_all_that_descend_from_a_process(parent: int) -> None:
    assert len(set(family(parent))) == 4


def test_both_ways_of_finding_children_find_the_same(parent: int) -> None:
    look = found_children()
    assert sorted(look(parent)) == sorted(told_children(parent))
    assert len(look(parent)) == 2


def test_memory_and_threads_of_the_whole_family_count(parent: int) -> None:
    cpu, memory, tasks = usage(parent)
    assert tasks == 5
    assert memory > 4 * 2 * 2**20
    assert 0 <= cpu < 60


def test_a_process_that_has_gone_uses_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert usage(process.pid) == (0.0, 0, 0)
    assert told_children(process.pid) == []
