"""A server in an enclosure, for an MCP client outside of it: the command for stdio, an address for HTTP.

Client and comparison stay out here, where the server's code cannot touch them.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from skiller_assets.enclosure import Enclosure
from skiller_assets.service import server_relay

_RELAY = Path(server_relay.__file__)
_CHUNK = 65536
_MOST_BYTES = 64 * 1024 * 1024
"""Of everything that a server sends over HTTP."""


@dataclass(frozen=True)
class EnclosedServer:
    """A server and its world where an enclosure shows them, and the command that serves over stdio."""

    enclosure: Enclosure
    server: Path
    world: Path
    folder: Path

    @property
    def command(self) -> list[str]:
        """What to start for a client over stdio. Raises EnclosureUnavailable."""
        words = [sys.executable, "-I", "-B", str(self.server), "--world", str(self.world)]
        return self.enclosure.command(words, [self.server, self.world])

    @asynccontextmanager
    async def over_http(self, start_seconds: float) -> AsyncIterator[str]:
        """The server's address for clients out here. Raises RuntimeError, EnclosureUnavailable."""
        path = self.folder / "http"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            forward = _Forward(path)
            entrance = await asyncio.start_server(forward.connect, "127.0.0.1", 0)
            port = entrance.sockets[0].getsockname()[1]
            words = [sys.executable, "-I", "-B", str(_RELAY), str(listener.fileno()), str(self.server)]
            readable = [_RELAY, self.server, self.world]
            command = self.enclosure.command([*words, "--world", str(self.world)], readable, handed=[listener.fileno()])
            with _running(command, listener.fileno()) as process:
                await _listening(process, start_seconds)
                async with entrance:
                    yield f"http://127.0.0.1:{port}/mcp"
            await forward.close()


@contextmanager
def enclosed_server(enclosure: Enclosure, server: Path, world: Path) -> Iterator[EnclosedServer]:
    """The server with copies that can be seen in an enclosure, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="served") as folder:
        copies = [Path(folder) / path.name for path in (server, world)]
        for path, copy in zip((server, world), copies, strict=True):
            shutil.copyfile(path, copy)
            copy.chmod(0o644)
        yield EnclosedServer(enclosure, copies[0], copies[1], Path(folder))


@contextmanager
def _running(command: list[str], handed: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[handed],
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


async def _listening(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until the server answers inside. Raises RuntimeError where the process ends or takes too long."""
    assert process.stdout is not None
    said = asyncio.get_running_loop().run_in_executor(None, process.stdout.readline)
    try:
        line = await asyncio.wait_for(asyncio.shield(said), seconds)
    except TimeoutError as error:
        process.terminate()
        await said
        raise RuntimeError(f"the server did not listen within {seconds:.0f} seconds") from error
    if line != b"listening\n":
        raise RuntimeError(f"the server ended with {process.wait()} before it listened")


class _Forward:
    """Passes connections on to the socket that reaches inside, so many bytes from there in all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _MOST_BYTES
        self._running: set[asyncio.Task[None]] = set()

    def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin with one connection."""
        self._running.add(asyncio.create_task(self._pass_on(reader, writer)))

    async def close(self) -> None:
        """End what is left of all connections."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._path)
        try:
            await asyncio.gather(self._copy(reader, inner_writer, False), self._copy(inner_reader, writer, True))
        except OSError:  # a side that has gone takes the other with it
            pass
        finally:
            inner_writer.close()
            writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counts: bool) -> None:
        while (chunk := await reader.read(_CHUNK)) and self._left > 0:
            self._left -= len(chunk) if counts else 0
            writer.write(chunk)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()
