"""Running a command while the memory of it and of all that it starts is watched."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class Done:
    """What a command took: wall seconds, seconds of cores, and the peak of its processes' memory together.

    ``megabytes`` counts a page that several processes share once (PSS), sampled; 0 where there is no ``/proc``.
    """

    seconds: float
    core_seconds: float
    megabytes: float


def watched(command: Sequence[str], folder: Path, environment: Mapping[str, str], good: Sequence[int] = (0,)) -> Done:
    """Runs a command to its end. Raises CalledProcessError with what it said when its exit code is none of ``good``."""
    before, began = os.times(), time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        peak = _Peak(process.pid)
        peak.start()
        said, _ = process.communicate()
        seconds = time.perf_counter() - began
        peak.stop()
    if process.returncode not in good:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    after = os.times()
    cores = after.children_user + after.children_system - before.children_user - before.children_system
    return Done(seconds, cores, peak.kilobytes / 1024)


class _Peak(threading.Thread):
    """Samples the memory of a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self.kilobytes = 0

    def run(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self.kilobytes = max(self.kilobytes, sum(_shared_out(pid) for pid in tree(self._pid)))

    def stop(self) -> None:
        self._over.set()
        self.join()


def tree(root: int) -> Iterator[int]:
    """A process and its descendants."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(folder.name))
    waiting = [root]
    while waiting:
        yield (pid := waiting.pop())
        waiting += children[pid]


def _shared_out(pid: int) -> int:
    """Kilobytes of a process, its part of what it shares only; 0 for one that is gone."""
    with suppress(OSError):
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
