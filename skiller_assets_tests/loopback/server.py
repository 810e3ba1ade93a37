"""A model server on this machine: real HTTP, answers by script, misbehaves on demand."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_BACKLOG = 512
"""Connections that wait to be accepted: hundreds may come in the same moment."""
_PIECES = 20


@dataclass(frozen=True)
class Answer:
    """What one request gets. ``drop``: the connection is cut instead; ``trickle``: seconds between two pieces of the
    body; ``short``: that many bytes of the body never come, and the connection is cut.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    trickle: float = 0.0
    drop: bool = False
    short: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole chat completion that reaches whoever asked."""
        return self.status == 200 and not self.drop and not self.short


Script = Callable[[int, Mapping[str, Any]], Answer]
"""The answer to a request, by its number (from 0) and its JSON."""


def says(text: str | None, finish: str = "stop", **message: Any) -> Answer:
    """A chat completion of ten tokens in and three out."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 3,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 4},
    }
    return Answer(
        body=json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
    )


def fails(status: int, message: str = "no", code: str | None = None, **headers: str) -> Answer:
    """An error in the form that OpenAI's endpoint has; ``retry_after`` becomes the header ``retry-after``."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class Loopback:
    """A running server: where it is, what it was sent, and how many requests it had in hand at once at most."""

    url: str
    requests: list[Mapping[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    most: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = _BACKLOG


@contextmanager
def loopback(script: Script, port: int = 0) -> Iterator[Loopback]:
    """A server for as long as the block lasts; ``port`` 0: any free one."""
    with _Server(("127.0.0.1", port), BaseHTTPRequestHandler) as server:
        found = Loopback(f"http://127.0.0.1:{server.server_port}/v1")
        server.RequestHandlerClass = _handler(found, script)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def _handler(found: Loopback, script: Script) -> type[BaseHTTPRequestHandler]:
    counting, in_hand = threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together: a second small packet would wait for the first to be acknowledged

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with counting:
                number = len(found.requests)
                found.requests.append(sent)
                found.keys.append(self.headers.get("authorization", ""))
                in_hand[0] += 1
                found.most = max(found.most, in_hand[0])
            try:
                answer = script(number, sent)
                time.sleep(answer.delay)
            finally:
                with counting:
                    in_hand[0] -= 1
            try:
                self._give(answer)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        def _give(self, answer: Answer) -> None:
            if answer.drop:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            for name, value in {"content-type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            sent = answer.body[: len(answer.body) - answer.short]
            step = max(1, len(sent) // _PIECES) if answer.trickle else len(sent) or 1
            for start in range(0, len(sent), step):
                self.wfile.write(sent[start : start + step])
                self.wfile.flush()
                time.sleep(answer.trickle)
            self.wfile.flush()
            self.close_connection = self.close_connection or bool(answer.short)

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:  # what was not taken is lost
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
