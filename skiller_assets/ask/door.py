"""The one narrow door to an author, whoever that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic

from skiller_assets.ask.cache import ReplyCache, key_of
from skiller_assets.ask.errors import AskFailed, Turn
from skiller_assets.ask.ledger import Entry, Ledger
from skiller_assets.ask.provider import Completion, Finish, Prompt, Provider
from skiller_assets.ask.request import Ask, Reply

_UNFINISHED: Mapping[Finish, str] = {
    "cut": "the reply was cut off at its greatest length: say it in fewer words",
    "refused": "the request was refused; nothing in it concerns real people, so write the reply that is asked for",
    "filtered": "the reply was stopped by a content filter: write it without anything that could offend",
    "empty": "the reply was empty",
}


@dataclass(frozen=True)
class _Attempt:
    key: str
    completion: Completion
    complaints: tuple[str, ...]
    cached: bool


class _Conversation(Generic[Reply]):
    """One ask from its first prompt to its verdict. It does no waiting itself: whoever drives it does."""

    def __init__(self, request: Ask[Reply]) -> None:
        self._request = request
        self._text = request.prompt_text()
        self.attempts: list[_Attempt] = []

    def prompt(self) -> Prompt:
        request = self._request
        return Prompt(request.name, request.role, self._text, request.variables, request.schema(), self.transcript())

    def judge(self, key: str, completion: Completion, cached: bool) -> Reply | None:
        """The reply when it is acceptable; otherwise its complaints go into the next prompt."""
        unfinished = _UNFINISHED.get(completion.finish)
        reply, complaints = (None, [unfinished]) if unfinished else self._request.judge(completion.text)
        self.attempts.append(_Attempt(key, completion, tuple(complaints), cached))
        return None if complaints else reply

    def transcript(self) -> tuple[Turn, ...]:
        return tuple(Turn(attempt.completion.text, attempt.complaints) for attempt in self.attempts)


class Door:
    """Sends an ask, parses and validates the reply, asks again with the complaints attached, up to a bound.

    Every single reply is cached when it arrives and validated whenever it is used, so a rerun or a crash costs nothing
    that was paid for, and a stricter validator is never bypassed by an old reply.
    """

    def __init__(
        self, provider: Provider, cache: ReplyCache, ledger: Ledger, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._provider = provider
        self._cache = cache
        self._ledger = ledger
        self._timer = timer

    def ask(self, request: Ask[Reply]) -> Reply:
        """The accepted reply. Raises :class:`AskFailed` with the transcript, or what the provider raises."""
        started = self._timer()
        conversation = _Conversation(request)
        reply: Reply | None = None
        for _ in range(request.attempts):
            prompt = conversation.prompt()
            key = key_of(prompt, self._provider)
            kept = self._cache.get(key)
            completion = kept or self._complete(key, prompt)
            reply = conversation.judge(key, completion, cached=kept is not None)
            if reply is not None:
                break
        self._account(request, conversation.attempts, reply is not None, self._timer() - started)
        if reply is None:
            self._forget(conversation.attempts)
            raise AskFailed(request.name, self._provider.model(request.role), conversation.transcript())
        return reply

    def forget(self, request: Ask[Reply]) -> None:
        """Drops the kept replies to an ask. One that was accepted and led nowhere must not be repeated for ever."""
        conversation = _Conversation(request)
        for _ in range(request.attempts):
            key = key_of(conversation.prompt(), self._provider)
            kept = self._cache.get(key)
            if kept is None or conversation.judge(key, kept, cached=True) is not None:
                break
        self._cache.forget(key)
        self._forget(conversation.attempts)

    def _complete(self, key: str, prompt: Prompt) -> Completion:
        completion = self._provider.complete(prompt)
        self._cache.put(key, completion)
        return completion

    def _forget(self, attempts: list[_Attempt]) -> None:
        """A conversation that led nowhere must not be repeated from the cache for ever."""
        for attempt in attempts:
            self._cache.forget(attempt.key)

    def _account(self, request: Ask[Reply], attempts: list[_Attempt], accepted: bool, seconds: float) -> None:
        paid = [a.completion for a in attempts if not a.cached]
        self._ledger.add(
            Entry(
                name=request.name,
                key=attempts[0].key,
                model=self._provider.model(request.role),
                accepted=accepted,
                attempts=len(attempts),
                cached=len(attempts) - len(paid),
                complaints=tuple(c for a in attempts for c in a.complaints),
                seconds=round(seconds, 6),
                input_tokens=sum(c.input_tokens for c in paid),
                output_tokens=sum(c.output_tokens for c in paid),
            )
        )
