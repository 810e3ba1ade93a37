"""An endpoint in a process of its own that answers every chat completion alike, after a while.

``python -m skiller_assets_tests.bench.quick_server MILLISECONDS`` prints its address and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import uvloop

ANSWER = {
    "towns": [
        {"name": "Ashford", "people": 12_400, "bank": "left"},
        {"name": "Birchley", "people": 3_150, "bank": "right"},
        {"name": "Coldwater", "people": 870, "bank": "both"},
    ]
}
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_LENGTH = b"content-length:"


class _Connection(asyncio.Protocol):
    """Reads requests one after the other; their words are passed over."""

    def __init__(self, reply: bytes, seconds: float) -> None:
        self._reply = reply
        self._seconds = seconds
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its base

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._end()) is not None:
            del self._read[:end]
            asyncio.get_running_loop().call_later(self._seconds, self._answer)

    def _end(self) -> int | None:
        """Where the first request ends, or None as long as it is not whole."""
        head = self._read.find(b"\r\n\r\n") + 4
        if head < 4:
            return None
        start = self._read[:head].lower().find(_LENGTH)
        length = 0 if start < 0 else int(self._read[start + len(_LENGTH) : self._read.find(b"\r", start)])
        return head + length if len(self._read) >= head + length else None

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._reply)


def reply() -> bytes:
    """The one answer of the server, with its head."""
    message = {"role": "assistant", "content": json.dumps(ANSWER)}
    usage = {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460}
    body = json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "quick",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message, "logprobs": None}],
            "usage": usage,
        }
    ).encode()
    return _HEAD % len(body) + body


async def _serve(seconds: float) -> None:
    said = reply()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(said, seconds), "127.0.0.1", 0, backlog=512
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


@contextmanager
def quick_server(milliseconds: float) -> Iterator[str]:
    """Its address, for as long as the block lasts."""
    command = [sys.executable, "-m", "skiller_assets_tests.bench.quick_server", str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    uvloop.run(_serve(float(sys.argv[1]) / 1000))
