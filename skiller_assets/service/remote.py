"""A server module in an enclosure, as if it were a module of ours: the same two functions, sessions with the same call.

Whatever comes out of the enclosure may be a lie or garbage. It is read with bounds on time and size, as JSON.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from skiller_assets.enclosure import Enclosure
from skiller_assets.service import server_host

_HOST = Path(server_host.__file__)
_GRACE_SECONDS = 3.0
"""How much longer than a server that can be interrupted one is waited for that cannot."""
_START_SECONDS = 30.0
_CHUNK = 65536
_MIB = 1024 * 1024
_MOST_BESIDE = 8 * _MIB
"""The longest answer, but for a database, which may grow to four times the world's size and that much."""


class ServerRaised(Exception):
    """The server raised something; told in its words."""

    is_told = True


class ServerLost(Exception):
    """The server's process is gone, hangs, or does not keep to the protocol."""

    is_told = True


@dataclass
class RemoteServer:
    """One server module in a process of its own, started when it is needed and again when it was lost.

    ``seconds``: how long a single answer may take. ``endings`` counts the processes that were lost.
    """

    enclosure: Enclosure
    server: Path
    world: Path
    seconds: float
    folder: Path
    endings: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _waiting: bytes = b""
    _asked: int = 0
    _opened: int = 0

    def start(self) -> None:
        """Start the process unless it runs. Raises ServerRaised where the module cannot be imported, ServerLost."""
        if self._process is not None:
            return
        words = [sys.executable, "-I", "-B", str(_HOST), str(self.server), str(self.world), str(self.seconds)]
        self._report.unlink(missing_ok=True)
        command = self.enclosure.command(words, [_HOST, self.server, self.world], self._report)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._waiting, self._asked = b"", 0
        self._answer(_START_SECONDS)

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        process.terminate()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def list_tools(self) -> Any:
        """What the module lists. Raises ServerRaised, ServerLost."""
        return self.ask("list")

    def open_session(self, world: Path) -> RemoteSession:
        """A session of the module. Raises ServerRaised, ServerLost."""
        self._opened += 1
        self.ask("open", session=self._opened)
        return RemoteSession(self, self._opened, self.endings)

    def ask(self, what: str, **more: Any) -> Any:
        """One request and its answer. Raises ServerRaised, ServerLost."""
        self.start()
        self._asked += 1
        line = json.dumps({"id": self._asked, "do": what, **more}).encode("ascii") + b"\n"
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except OSError as error:
            raise self._lost("") from error
        return self._answer(self.seconds + _GRACE_SECONDS)

    def _answer(self, seconds: float) -> Any:
        line = self._line(time.monotonic() + seconds, seconds)
        try:
            answer = json.loads(line)
            number = answer["id"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._lost("its process wrote something that is no answer") from error
        if number != self._asked or not ("value" in answer) ^ ("raised" in answer):
            raise self._lost("its process answered something that was not asked")
        if "raised" in answer:
            raise ServerRaised(str(answer["raised"]))
        return answer["value"]

    def _line(self, deadline: float, seconds: float) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        source = self._process.stdout.fileno()
        parts = [self._waiting]
        size = len(self._waiting)
        while b"\n" not in parts[-1]:
            if not select.select([source], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise self._lost(f"no answer within {seconds:g} seconds")
            chunk = os.read(source, _CHUNK)
            size += len(chunk)
            if not chunk:
                raise self._lost("")
            if size > 2 * self.most_image:
                raise self._lost(f"an answer of more than {2 * self.most_image // _MIB} MiB")
            parts.append(chunk)
        line, _, self._waiting = b"".join(parts).partition(b"\n")
        return line

    def _lost(self, why: str) -> ServerLost:
        """Ends what is left of the process; the reason, a limit's where it was one."""
        process = self._process
        assert process is not None
        if not why:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_SECONDS)
            why = f"its process ended with {process.returncode}"
        self.stop()
        self.endings += 1
        limit = self._report.read_text(encoding="utf-8") if self._report.is_file() else ""
        return ServerLost(limit or why)

    @cached_property
    def most_image(self) -> int:
        """Bytes of the largest database that is read."""
        return 4 * self.world.stat().st_size + _MOST_BESIDE

    @property
    def _report(self) -> Path:
        return self.folder / "limit"


@dataclass(frozen=True)
class RemoteSession:
    """A session of a server in an enclosure. ``process``: how many had been lost before the one that it lives in."""

    server: RemoteServer
    number: int
    process: int

    def call(self, tool: str, arguments: Any) -> Any:
        """What the server answers. Raises ServerRaised, ServerLost."""
        return self.server.ask("call", session=self.number, tool=tool, arguments=arguments)

    def image(self, original: bytes) -> bytes:
        """The session's database, as the server's process has it. Raises ServerRaised, ServerLost, ValueError."""
        told = self.server.ask("image", session=self.number)
        size, page, differ = int(told["bytes"]), int(told["page"]), list(map(int, told["differ"]))
        if not (0 < page <= size <= self.server.most_image and 0 <= len(differ) * page <= size):
            raise ValueError("the database is of a size that cannot be")
        pages = zlib.decompressobj().decompress(base64.b64decode(told["pages"]), size)
        image = bytearray(original[:size].ljust(size, b"\0"))
        for place, number in enumerate(differ):
            image[number * page : (number + 1) * page] = pages[place * page : (place + 1) * page]
        if len(image) != size:
            raise ValueError("the pages of the database do not make up its size")
        return bytes(image)

    def close(self) -> None:
        """Closes it, unless it went with its process. Raises ServerRaised."""
        if self.process == self.server.endings:
            with contextlib.suppress(ServerLost):
                self.server.ask("close", session=self.number)


@contextmanager
def remote_server(
    enclosure: Enclosure, server: Path, world: Path, seconds: float, folder: Path
) -> Iterator[RemoteServer]:
    """A server that is not running yet and does not run afterwards."""
    remote = RemoteServer(enclosure, server, world, seconds, folder)
    try:
        yield remote
    finally:
        remote.stop()
