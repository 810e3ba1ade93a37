"""A program in a sandbox: bubblewrap around it, limits on it, a guard over it."""

from __future__ import annotations

import base64
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from resources.sandbox.bubblewrap import Mode, words_of
from resources.sandbox.limits import DEFAULT, MIB, Limits
from resources.sandbox.seccomp import MACHINES, filter_for
from skiller_assets.enclosure import EnclosureUnavailable

_GUARD = Path(__file__).with_name("guard.py")
_LAUNCH = Path(__file__).with_name("launch.py")
_FIRST_UID = 0x70000000
_UIDS = 0x00F00000
_PROBE_SECONDS = 20.0
_ADVICE = (
    "install the package bubblewrap on a Linux that lets programs make namespaces of their own, or, where code written "
    "by a model may do whatever it likes on this machine, set sandbox.allow_unsafe to true in skiller.yaml"
)


class SandboxUnavailable(EnclosureUnavailable):
    """There is no sandbox on this machine; says what is missing and what can be done about it."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"a model's code is not run outside of a sandbox, and there is none: {missing}; {_ADVICE}")


@dataclass(frozen=True)
class Finished:
    """How a program ended: exit code, what it printed, and, if a limit ended it, which one in plain words."""

    code: int
    stdout: bytes
    stderr: bytes
    why: str | None


@dataclass(frozen=True)
class Sandbox:
    """Runs programs that see no network, no environment and no files but the system's and those that are named.

    They can write only to their own ``/tmp``, which is in memory, small, and gone with them. See :class:`Limits`.
    """

    limits: Limits = DEFAULT

    def command(
        self,
        words: Sequence[str],
        readable: Sequence[Path] = (),
        report: Path | None = None,
        handed: Sequence[int] = (),
    ) -> list[str]:
        """What to start in place of ``words``, the first of which is the path of a program that can be seen inside.

        Standard streams are the program's. ``readable``: files and folders that can be seen, at their own paths.
        ``report``: a file in which the limit is told that ended it, if one did. ``handed``: descriptors, inherited by
        the command, that the program has too. Raises SandboxUnavailable.
        """
        bwrap, mode = sandbox_here()
        inner = json.dumps({"uid": _uid() if mode == "dropped" else None, "limits": _rlimits(self.limits)})
        launch = [sys.executable, "-I", "-S", "-B", str(_LAUNCH), inner]
        around = words_of(bwrap, mode, [_LAUNCH, *readable], self.limits.disk_mb)
        return guarded([*around, *launch, *words], self.limits, report, handed, filter_for())

    def run(self, words: Sequence[str], readable: Sequence[Path] = (), stdin: bytes = b"") -> Finished:
        """Run a program to its end. Raises SandboxUnavailable."""
        with tempfile.TemporaryDirectory(prefix="sandbox") as folder:
            report = Path(folder) / "report"
            command = self.command(words, readable, report)
            done = subprocess.run(command, input=stdin, capture_output=True, check=False)
            why = report.read_text(encoding="utf-8") if report.is_file() else None
        return Finished(done.returncode, done.stdout, done.stderr, why)


def guarded(
    words: Sequence[str], limits: Limits, report: Path | None, handed: Sequence[int], calls: bytes | None
) -> list[str]:
    """The command of a guard over a program; ``calls`` is the filter of system calls that it is to be handed."""
    wanted = {
        "command": list(words),
        "wall": limits.wall_seconds,
        "cpu": limits.cpu_seconds,
        "memory": limits.memory_mb * MIB,
        "tasks": limits.processes + _OWN_TASKS,
        "output": limits.output_mb * MIB,
        "report": None if report is None else str(report),
        "handed": list(handed),
        "filter": None if calls is None else base64.b64encode(calls).decode(),
    }
    return [sys.executable, "-I", "-S", "-B", str(_GUARD), json.dumps(wanted)]


_OWN_TASKS = 2
"""Processes of bubblewrap itself."""


def _rlimits(limits: Limits) -> dict[str, int]:
    """The guard counts what all processes use; these bind each one, at once, and hold where the guard looks late."""
    return {
        "RLIMIT_AS": limits.memory_mb * MIB,
        "RLIMIT_CPU": int(limits.cpu_seconds) + 2,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_FSIZE": limits.disk_mb * MIB,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
    }


def _uid() -> int:
    """A user number that nobody has, so that limits on a user bind this run alone."""
    return _FIRST_UID + secrets.randbelow(_UIDS)


@cache
def sandbox_here() -> tuple[str, Mode]:
    """Path of bubblewrap and the way it works here, tried out once a process. Raises SandboxUnavailable."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable("the program bwrap is not installed")
    if platform.machine() not in MACHINES:
        raise SandboxUnavailable(f"machines of the kind {platform.machine()} are not known here, {MACHINES} are")
    mode: Mode = "dropped" if os.geteuid() == 0 else "mapped"
    if (problem := _try(bwrap, mode)) is not None:
        raise SandboxUnavailable(f"bwrap does not work here ({problem})")
    return bwrap, mode


def _try(bwrap: str, mode: Mode) -> str | None:
    """What goes wrong when a program is run the way that programs will be run, or None."""
    limits = Limits(wall_seconds=_PROBE_SECONDS)
    inner = json.dumps({"uid": _uid() if mode == "dropped" else None, "limits": _rlimits(limits)})
    program = [sys.executable, "-I", "-B", "-c", "print('works')"]
    words = [*words_of(bwrap, mode, [_LAUNCH], limits.disk_mb), sys.executable, "-I", "-S", "-B", str(_LAUNCH), inner]
    command = guarded([*words, *program], limits, None, (), filter_for())
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.stdout == "works\n":
        return None
    return (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
