"""One process that holds the line: it answers for the worker processes, so that they share its limiter and its till."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from skiller_assets.ask import AskError, Prompt, ProviderFailed, Role
from skiller_assets.ask.replies import Received, Replies

_SOCKET = "switchboard"
_LAST_SECONDS = 20.0
"""How long replies that are under way at the end are waited for: they will be paid for, so they had better be kept."""


@dataclass(frozen=True)
class Number:
    """Where a switchboard is reached, and the secret without which it does not answer."""

    address: str
    secret: bytes
    at_once: int


@contextmanager
def switchboard(replies: Replies) -> Iterator[Number]:
    """Answers calls for replies as long as the block lasts, each caller in a thread of its own.

    At its end it asks for nothing more, and waits a while for what it has asked for; another Ctrl-C ends that, too.
    """
    with tempfile.TemporaryDirectory(prefix="skiller") as folder:
        address, secret = str(Path(folder) / _SOCKET), secrets.token_bytes()
        with Listener(address, "AF_UNIX", backlog=256, authkey=secret) as listener:
            board = _Switchboard(replies, listener)
            thread = threading.Thread(target=board.answer, name="skiller-switchboard", daemon=True)
            thread.start()
            try:
                yield Number(address, secret, replies.at_once)
            finally:
                board.closing.set()
                with suppress(OSError):  # wakes who waits for callers
                    Client(address, "AF_UNIX", authkey=secret).close()
                thread.join()
                board.wait_for_the_last(_LAST_SECONDS)


class _Switchboard:
    def __init__(self, replies: Replies, listener: Listener) -> None:
        self._replies = replies
        self._listener = listener
        self._under_way = 0
        self._changed = threading.Condition()
        self.closing = threading.Event()

    def answer(self) -> None:
        """Takes calls until told to close."""
        while not self.closing.is_set():
            try:
                caller = self._listener.accept()
            except (AuthenticationError, OSError, EOFError):  # no secret, or a wrong one
                continue
            threading.Thread(target=self._serve, args=(caller,), name="skiller-caller", daemon=True).start()

    def wait_for_the_last(self, seconds: float) -> None:
        """Until no reply is under way any more, or so long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, seconds)

    def _get(self, prompt: Prompt, at: str) -> Received:
        with self._changed:
            if self.closing.is_set():
                raise ProviderFailed("the run has ended: nothing more is asked")
            self._under_way += 1
        try:
            return self._replies.get(prompt, at)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _serve(self, caller: Connection) -> None:
        """One caller, until it hangs up."""
        with caller, suppress(EOFError, OSError):
            while True:
                word, *arguments = caller.recv()
                caller.send(self._answered(word, arguments))

    def _answered(self, word: str, arguments: list[Any]) -> tuple[Any, AskError | None]:
        """What is given back, or what is to be raised by the caller."""
        replies = self._replies
        known: dict[str, Callable[..., Any]] = {
            "get": self._get,
            "model": replies.model,
            "forget": replies.forget,
        }
        try:
            return known[word](*arguments), None
        except AskError as error:
            return None, error
        except Exception as error:  # noqa: BLE001  whatever it is, the caller waits for an answer
            return None, ProviderFailed(f"asking failed: {type(error).__name__}: {error}")


class Extension:
    """Replies that a switchboard in another process gets for us; each thread has its own connection to it."""

    def __init__(self, number: Number) -> None:
        self._number = number
        self._models: dict[tuple[str, Role], str] = {}
        self._own = threading.local()

    @property
    def at_once(self) -> int:
        return self._number.at_once

    def model(self, name: str, role: Role) -> str:
        if (name, role) not in self._models:
            self._models[name, role] = self._call("model", name, role)
        return self._models[name, role]

    def get(self, prompt: Prompt, at: str) -> Received:
        received: Received = self._call("get", prompt, at)
        return received

    def forget(self, key: str) -> None:
        self._call("forget", key)

    def _call(self, word: str, *arguments: Any) -> Any:
        try:
            connection = self._connection()
            connection.send((word, *arguments))
            found, error = connection.recv()
        except (AuthenticationError, EOFError, OSError) as fault:
            raise ProviderFailed("the process that asks the model for us is gone: run again") from fault
        if error is not None:
            raise error
        return found

    def _connection(self) -> Connection:
        """This thread's connection, opened when it is first used; not the one of a process that we were forked from."""
        known: tuple[int, Connection] | None = getattr(self._own, "connection", None)
        if known is None or known[0] != os.getpid():
            known = os.getpid(), Client(self._number.address, "AF_UNIX", authkey=self._number.secret)
            self._own.connection = known
        return known[1]
