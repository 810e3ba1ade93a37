"""Where the door gets replies: kept ones from disk, new ones from a provider, each paid for once."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

from skiller_assets.ask.cache import ReplyCache, key_of
from skiller_assets.ask.journal import Journal
from skiller_assets.ask.ledger import Ledger, Payment
from skiller_assets.ask.money import Purse, tokens_of
from skiller_assets.ask.provider import Completion, Prompt, Provider, Role


@dataclass(frozen=True)
class Received:
    """A reply, the key under which it is kept, whether it was kept already, and what was paid for it now."""

    key: str
    completion: Completion
    kept: bool
    payment: Payment | None = None


class Replies(Protocol):
    """A source of replies, for any number of threads. ``at_once``: how many it is of use to ask for at a time."""

    @property
    def at_once(self) -> int: ...

    def model(self, name: str, role: Role) -> str:
        """The name of the model that answers an ask of this name and role."""
        ...

    def get(self, prompt: Prompt, at: str) -> Received:
        """The reply to a prompt, asked for the artifact ``at``. Raises :class:`ProviderFailed` when there is none."""
        ...

    def forget(self, key: str) -> None:
        """Drops a kept reply."""
        ...


@dataclass(frozen=True)
class Till:
    """What is done about replies that cost something: a limit, an account, and a journal of what was sent."""

    purse: Purse
    ledger: Ledger
    journal: Journal


class KeptReplies:
    """Replies of one provider, kept in a cache as soon as they come: a crash loses nothing that was paid for.

    Several threads that want the same reply at the same time share one request. ``till`` None: replies are free.
    """

    def __init__(self, provider: Provider, cache: ReplyCache, till: Till | None = None, at_once: int = 1) -> None:
        self._provider = provider
        self._cache = cache
        self._till = till
        self._at_once = at_once
        self._under_way: dict[str, Future[Received]] = {}
        self._looking = threading.Lock()

    @property
    def at_once(self) -> int:
        return self._at_once

    def model(self, name: str, role: Role) -> str:
        return self._provider.model(name, role)

    def get(self, prompt: Prompt, at: str) -> Received:
        key = key_of(prompt, self._provider)
        with self._looking:
            other = self._under_way.get(key)
            mine = self._under_way.setdefault(key, Future())
        if other is not None:
            return replace(other.result(), kept=True, payment=None)
        try:
            mine.set_result(received := self._get(key, prompt, at))
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._looking:
                del self._under_way[key]
        return received

    def forget(self, key: str) -> None:
        self._cache.forget(key)

    def _get(self, key: str, prompt: Prompt, at: str) -> Received:
        if kept := self._cache.get(key):
            return Received(key, kept, True)
        if self._till is None:
            completion = self._provider.complete(prompt)
            self._cache.put(key, completion)
            return Received(key, completion, False)
        return self._paid(self._till, key, prompt, at)

    def _paid(self, till: Till, key: str, prompt: Prompt, at: str) -> Received:
        model = self.model(prompt.name, prompt.role)
        till.journal.note(prompt)
        with till.purse.promised(prompt.name, model, prompt.sent):
            completion = self._provider.complete(prompt)
            self._cache.put(key, completion)
            payment = _payment(key, prompt, at, model, completion)
            till.ledger.pay(payment)
        return Received(key, completion, False, payment)


def _payment(key: str, prompt: Prompt, at: str, model: str, completion: Completion) -> Payment:
    """What a reply took; tokens are estimated from the texts where the endpoint did not count them."""
    counted = completion.input_tokens + completion.output_tokens > 0
    return Payment(
        name=prompt.name,
        at=at,
        key=key,
        model=model,
        finish=completion.finish,
        input_tokens=completion.input_tokens if counted else tokens_of(prompt.sent),
        cached_tokens=completion.cached_tokens,
        output_tokens=completion.output_tokens if counted else tokens_of(completion.text),
        estimated=not counted,
        tries=completion.tries,
        seconds=completion.seconds,
    )
