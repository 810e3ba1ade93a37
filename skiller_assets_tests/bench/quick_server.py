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
from typing import Any, cast

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


def answer(message: dict[str, Any], finish: str) -> bytes:
    """A whole answer with its head."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}, "logprobs": None}
    usage = {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460}
    completion = {"id": "1", "object": "chat.completion", "created": 1_700_000_000, "model": "quick"}
    body = json.dumps({**completion, "choices": [choice], "usage": usage}).encode()
    return _HEAD % len(body) + body


_CALL = {"id": "1", "type": "function", "function": {"name": "Towns", "arguments": json.dumps(ANSWER)}}
_TEXT = answer({"content": json.dumps(ANSWER)}, "stop")
_TOOL = answer({"content": None, "tool_calls": [_CALL]}, "tool_calls")


class _Connection(asyncio.Protocol):
    """Reads requests one after the other; of their words it looks for tools only, since some clients ask by them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its base

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._end()) is not None:
            said = _TOOL if b'"tools":' in self._read[:end] else _TEXT
            del self._read[:end]
            asyncio.get_running_loop().call_later(self._seconds, self._say, said)

    def _end(self) -> int | None:
        """Where the first request ends, or None as long as it is not whole."""
        head = self._read.find(b"\r\n\r\n") + 4
        if head < 4:
            return None
        start = self._read[:head].lower().find(_LENGTH)
        length = 0 if start < 0 else int(self._read[start + len(_LENGTH) : self._read.find(b"\r", start)])
        return head + length if len(self._read) >= head + length else None

    def _say(self, said: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(said)


async def _serve(seconds: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(seconds), "127.0.0.1", 0, backlog=512)
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
