"""Sandboxes for tests, small enough to be filled at once."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from resources.sandbox import Finished, Limits, Sandbox

needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed: no sandbox to try")

SMALL = Limits(wall_seconds=20.0, cpu_seconds=10.0, memory_mb=384, processes=24, disk_mb=8, open_files=64, output_mb=2)


def ran(code: str, *readable: Path, stdin: bytes = b"", **limits: float) -> Finished:
    """A Python program in a small sandbox, to its end."""
    sandbox = Sandbox(replace(SMALL, **limits))  # type: ignore[arg-type]
    return sandbox.run([sys.executable, "-I", "-B", "-c", code], readable, stdin)


def said(code: str, *readable: Path) -> str:
    """What a program prints that must come to a good end."""
    done = ran(code, *readable)
    assert (done.code, done.why) == (0, None), done.stderr.decode()
    return done.stdout.decode().strip()
