"""Starts a program, passes on what it prints, and ends it with everything it started when it takes too much.

    python -I -S -B guard.py '{"command": […], "wall": 60, "cpu": 10, "memory": 1073741824, "tasks": 64,
                               "output": 1048576, "report": "/path" or null, "handed": [5], "filter": "base64" or null}'

It stands outside of the sandbox, so that nothing inside can touch it. Standard input goes to the program directly. It
ends as the program ended, or with 124 where a limit did; which one is then said on the last line of standard error and,
if asked for, in the file ``report``. It ends the program too when it is told to terminate or whoever started it has
gone. Standard library only.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO, Any

LIMIT_CODE = 124
_LOOK_SECONDS = 0.05
_CHUNK = 65536
_MIB = 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Pump:
    """Passes on what comes out, up to so many bytes in all."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.spent = False
        self.broken = False
        self._lock = threading.Lock()

    def start(self, source: IO[bytes], target: int) -> threading.Thread:
        """Begin with one stream."""
        thread = threading.Thread(target=self._run, args=(source, target), daemon=True)
        thread.start()
        return thread

    def _run(self, source: IO[bytes], target: int) -> None:
        while chunk := os.read(source.fileno(), _CHUNK):
            with self._lock:
                chunk = chunk[: self.left]
                self.left -= len(chunk)
                self.spent = self.left == 0
            try:
                while chunk:
                    chunk = chunk[os.write(target, chunk) :]
            except OSError:  # whoever listened has gone
                self.broken = True
            if self.spent or self.broken:
                return


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    children = told_children if Path(f"/proc/self/task/{os.getpid()}/children").exists() else found_children()
    todo = [pid]
    while todo:
        one = todo.pop()
        yield one
        todo += children(one)


def told_children(pid: int) -> list[int]:
    """The children of a process, where the kernel tells them."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        return [int(child) for t in threads for child in _read(f"/proc/{pid}/task/{t}/children").split()]
    except OSError:  # it has ended meanwhile
        return []


def found_children() -> Callable[[int], list[int]]:
    """The same by a look at all processes, for kernels that do not tell."""
    found: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parent = int(_read(f"/proc/{name}/stat").rpartition(")")[2].split()[1])
            found.setdefault(parent, []).append(int(name))
    return lambda pid: found.get(pid, [])


def _read(path: str) -> str:
    return Path(path).read_text(encoding="ascii", errors="replace")


def usage(pid: int, enough: float = math.inf) -> tuple[float, int, int]:
    """CPU seconds, bytes of memory, and number of processes and threads of a process and its descendants.

    Past ``enough`` of the last it counts no further.
    """
    ticks = resident = tasks = 0
    for one in family(pid):
        try:
            fields = _read(f"/proc/{one}/stat").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))  # its own and of those that it has waited for, user's and system's
        tasks += int(fields[17])
        resident += int(fields[21])
        if tasks > enough:
            break
    return ticks / _TICKS, resident * _PAGE, tasks


def excess(pid: int, began: float, pump: Pump, wanted: dict[str, Any]) -> str | None:
    """Which limit has been passed, in words."""
    if time.monotonic() - began > wanted["wall"]:
        return f"it ran longer than {wanted['wall']:g} seconds"
    if pump.spent:
        return f"it printed more than {wanted['output'] / _MIB:g} MiB"
    cpu, memory, tasks = usage(pid, wanted["tasks"])
    if cpu > wanted["cpu"]:
        return f"it used more than {wanted['cpu']:g} seconds of CPU time"
    if memory > wanted["memory"]:
        return f"it used more than {wanted['memory'] / _MIB:g} MiB of memory"
    if tasks > wanted["tasks"]:
        return f"it had more than {wanted['tasks']} processes and threads"
    return None


def watch(process: subprocess.Popen[bytes], pump: Pump, wanted: dict[str, Any]) -> str | None:
    """Waits for the end; the limit that brought it about, empty where nobody wants the program any more."""
    began, parent = time.monotonic(), os.getppid()
    while True:
        try:
            process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            gone = pump.broken or os.getppid() != parent
            if (why := "" if gone else excess(process.pid, began, pump, wanted)) is not None:
                end(process)
                return why
        else:
            return None


def start(wanted: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The program, with what is handed to it and nothing of our environment."""
    handed = list(wanted["handed"])
    if wanted["filter"] is not None:
        reading, writing = os.pipe()
        os.write(writing, base64.b64decode(wanted["filter"]))  # a pipe holds more than that
        os.close(writing)
        handed.append(reading)
        wanted["command"] = [str(reading) if word == "{filter}" else word for word in wanted["command"]]
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    return subprocess.Popen(
        wanted["command"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=handed,
        env=environment,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kills the program and what it started; in a sandbox nothing outlives its first process."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> None:
    """Read what is wanted, start, watch, say how it ended."""
    wanted = json.loads(sys.argv[1])

    def terminate(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, terminate)
    process = start(wanted)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        pump = Pump(int(wanted["output"]))
        threads = [pump.start(process.stdout, 1), pump.start(process.stderr, 2)]
        why = watch(process, pump, wanted)
        for thread in threads:
            thread.join(None if why is None and not pump.spent else 1.0)
        if why is None and pump.spent:
            why = excess(process.pid, time.monotonic(), pump, wanted)
    finally:
        end(process)
    if why:
        if wanted["report"]:
            Path(wanted["report"]).write_text(why, encoding="utf-8")
        os.write(2, f"\nsandbox: {why}\n".encode())
    code = process.returncode
    os._exit(LIMIT_CODE if why is not None else code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
