"""Runs a server module for a judge in another process: answers what it asks, knows nothing of what it expects.

    python -I -B server_host.py server.py world.sqlite SECONDS

One JSON object a line. The first that it writes is ``{"id": 0, "value": null}``, or ``{"id": 0, "raised": text}`` where
the module cannot be imported. Then each ``{"id": n, "do": what, …}`` on standard input is answered by ``{"id": n,
"value": …}`` or ``{"id": n, "raised": text}``: ``list``; ``open`` and ``close`` a ``session`` (a number); ``call`` a
``tool`` with ``arguments`` in it; ``image``: the pages of its database that differ from the world's. Standard library
only.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import json
import os
import signal
import sqlite3
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

_MOST_DETAIL = 600
_PAGE_SIZE_AT = slice(16, 18)


class TooSlow(Exception):
    """Something that ran past its time."""


class Host:
    """One module, its open sessions, and the world that they began with."""

    def __init__(self, module: ModuleType, world: Path) -> None:
        self.module = module
        self.world = world
        self.original = world.read_bytes()
        self.sessions: dict[int, Any] = {}

    def do(self, request: dict[str, Any]) -> Any:
        """What a request asks for, as JSON."""
        what, number = request["do"], request.get("session", 0)
        if what == "list":
            return self.module.list_tools()
        if what == "open":
            self.sessions[number] = self.module.open_session(self.world)
            return None
        if what == "call":
            return self.sessions[number].call(request["tool"], request["arguments"])
        if what == "image":
            return self.image(self.sessions[number].connection)
        return self.sessions.pop(number).close()

    def image(self, connection: sqlite3.Connection) -> dict[str, Any]:
        """The database of a session: its size, and the numbers (from 0) and contents of the pages that differ."""
        now = connection.serialize()
        size = int.from_bytes(now[_PAGE_SIZE_AT], "big")
        size = 65536 if size == 1 else size  # as the file format writes it
        differ = [
            number
            for number, at in enumerate(range(0, len(now), size))
            if now[at : at + size] != self.original[at : at + size]
        ]
        pages = b"".join(now[number * size : (number + 1) * size] for number in differ)
        packed = base64.b64encode(zlib.compress(pages, 1)).decode("ascii")
        return {"bytes": len(now), "page": size, "differ": differ, "pages": packed}


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupts what runs longer. Raises TooSlow."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"longer than {seconds:g} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def load(path: Path) -> ModuleType:
    """Import the server as a module."""
    spec = importlib.util.spec_from_file_location("server_under_test", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def reply(number: int, seconds: float, work: Callable[[], Any]) -> bytes:
    """The line that answers; whatever the server raises is an answer, too."""
    try:
        with time_limit(seconds):
            line = json.dumps({"id": number, "value": work()})
    except Exception as error:  # noqa: BLE001 - the code under test may raise anything
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} (line {last.lineno} of {Path(last.filename).name})"
        line = json.dumps({"id": number, "raised": text[:_MOST_DETAIL]})
    return line.encode("ascii") + b"\n"


def main() -> None:
    """Import the module, say so, answer until standard input ends."""
    server, world, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    answers = os.dup(1)
    os.dup2(2, 1)  # what a server prints is no answer
    found: list[Host] = []
    with os.fdopen(answers, "wb", buffering=0) as out:
        out.write(reply(0, seconds, lambda: found.append(Host(load(server), world))))
        for line in sys.stdin.buffer if found else ():
            request = json.loads(line)
            out.write(reply(request["id"], seconds, lambda request=request: found[0].do(request)))  # type: ignore[misc]


if __name__ == "__main__":
    main()
