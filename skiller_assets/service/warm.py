"""The command that starts a Python program in a clean interpreter which has the MCP package loaded already.

Importing that package takes longer than most servers under test live. One interpreter a process imports it once; each
program runs in a fork of it (never of us), alone, with streams and working directory of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_INTERPRETER = Path(__file__).with_name("warm_interpreter.py")


class WarmInterpreterFailed(Exception):
    """The interpreter for servers cannot be started."""


def warm_command(program: Path, *words: str) -> list[str]:
    """What to start in place of ``python -I program words``. Raises WarmInterpreterFailed."""
    return [sys.executable, "-I", "-S", str(_INTERPRETER), "run", _host().folder(), str(program), *words]


class _Host:
    """The interpreter of this process, started again when it is gone. It ends with us: its standard input does."""

    def __init__(self) -> None:
        self._running: tuple[subprocess.Popen[bytes], str] | None = None

    def folder(self) -> str:
        """Where it listens."""
        if self._running and self._running[0].poll() is not None:
            shutil.rmtree(self._running[1], ignore_errors=True)  # it was killed before it could
            self._running = None
        self._running = self._running or _start()
        return self._running[1]


@cache
def _host() -> _Host:
    return _Host()


def _start() -> tuple[subprocess.Popen[bytes], str]:
    folder = tempfile.mkdtemp(prefix="warm")  # it removes it when it ends, which may be after us
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", str(_INTERPRETER), "host", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.defpath, "HOME": folder, "LC_ALL": "C.UTF-8"},
        cwd=folder,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout as said:
        if said.readline() != b"ready\n":
            raise WarmInterpreterFailed(f"the interpreter for servers ended with {process.wait()}")
    return process, folder
