"""One request to an endpoint, sent until it is answered or there is no point in sending it again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

import httpx2
import openai

from resources.endpoint.body import Malformed
from resources.endpoint.limiter import Limiter
from resources.endpoint.waits import asked_wait, own_wait
from skiller_assets.ask import AskingEnded, ProviderFailed

Answer = TypeVar("Answer")
_AGAIN = frozenset({408, 409, 425, 429})
_FORM_WORDS = ("response_format", "json_schema", "json_object", "structured", "schema")
_TOLD = 300
_PATH = "/chat/completions"
_STREAMED: openai.RequestOptions = {"headers": {"X-Stainless-Raw-Response": "stream"}}
"""The client's own mark of an answer whose body it leaves to be read."""


class NotUnderstood(Exception):
    """The endpoint refused the form of the request; ``failure`` is what to raise where there is no other form."""

    def __init__(self, failure: ProviderFailed) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True)
class Endpoint:
    """Where requests go. The key is read from an environment variable when something is sent, and kept nowhere
    but in memory.

    Seconds: ``attempt_seconds`` for one try, its body included, ``total_seconds`` for all of them with their waits.
    """

    base_url: str | None
    key_variable: str
    tries: int
    attempt_seconds: float
    total_seconds: float


@dataclass(frozen=True)
class _Try:
    """Why a try came to nothing, how long the endpoint asks to wait, and whether there was anybody at all."""

    reason: str
    wait: float | None = None
    nobody: bool = False


class Line:
    """Sends requests through a limiter, with its own bounded retries: those of the client would sleep in a slot and
    hide the rejections that the limiter learns from.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limiter: Limiter,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._limiter = limiter
        self._clock = clock
        self._sleep = sleep

    @cached_property
    def _key(self) -> str:
        """Raises :class:`~skiller_assets.ask.AskingEnded` where the environment has none."""
        variable = self._endpoint.key_variable
        if key := os.environ.get(variable):
            return key
        raise AskingEnded(
            f"the environment variable {variable} is not set: put the endpoint's key there "
            f"(any word where the endpoint wants none)"
        )

    @cached_property
    def _client(self) -> openai.OpenAI:
        """Made when something is sent, so that a project without a key can be looked at."""
        at, seconds = self._endpoint.base_url, self._endpoint.attempt_seconds
        return openai.OpenAI(api_key=self._key, base_url=at, max_retries=0, timeout=seconds)

    def send(self, request: bytes, read: Callable[[bytes], Answer]) -> tuple[Answer, int]:
        """What ``read`` makes of the body of the answer to a request (JSON), and how many tries it took.

        Raises :class:`NotUnderstood` for a form of request that the endpoint does not know, and
        :class:`~skiller_assets.ask.ProviderFailed` when it cannot or does not answer, AskingEnded when it never will.
        """
        deadline: float | None = None
        last = _Try("it wants no requests for longer than one is waited for")
        for tries in range(1, self._endpoint.tries + 1):
            try:
                with self._limiter.slot(self._endpoint.total_seconds) as sent_at:
                    deadline = deadline or sent_at + self._endpoint.total_seconds
                    found = self._try(request, read, sent_at)
            except TimeoutError:
                break
            if not isinstance(found, _Try):
                return found, tries
            last = found
            wait = own_wait(request, tries) if last.wait is None else last.wait
            if tries < self._endpoint.tries:
                if self._clock() + wait >= deadline:
                    break
                self._sleep(wait)
        failure = AskingEnded if last.nobody else ProviderFailed
        raise failure(self._scrubbed(f"{self._place} did not answer: {last.reason}; the next run goes on here"))

    @property
    def _place(self) -> str:
        return str(self._client.base_url).rstrip("/")

    def _try(self, request: bytes, read: Callable[[bytes], Answer], sent_at: float) -> Answer | _Try:
        try:
            answer = read(self._body(request))
        except openai.APIStatusError as error:
            return self._status(error, sent_at)
        except (openai.APITimeoutError, httpx2.TimeoutException):
            return _Try(f"no answer within {self._endpoint.attempt_seconds:g} s")
        except (openai.APIConnectionError, httpx2.TransportError) as error:  # the client does not wrap those of a body
            cause = error.__cause__ or error
            return _Try(
                f"the connection failed ({type(cause).__name__})", nobody=isinstance(cause, httpx2.ConnectError)
            )
        except Malformed as error:
            return _Try(f"its answer is no chat completion ({error})")
        self._limiter.accepted()
        return answer

    def _body(self, request: bytes) -> bytes:
        """The whole body, read in pieces: a client's timeout bounds each piece, not an answer that trickles.

        The client's typed ``chat.completions`` is passed by: transforming a schema by its types takes it a third of all
        that a request costs.
        """
        until = self._clock() + self._endpoint.attempt_seconds
        body = bytearray()
        with closing(self._client.post(_PATH, cast_to=httpx2.Response, content=request, options=_STREAMED)) as response:
            for piece in response.iter_bytes():
                body += piece
                if self._clock() > until:
                    raise openai.APITimeoutError(response.request)
        return bytes(body)

    def _status(self, error: openai.APIStatusError, sent_at: float) -> _Try:
        """What a status other than 200 means: another try, another form of request, or the end."""
        said = self._scrubbed(error.message)[:_TOLD]
        wait = asked_wait(error.response.headers, datetime.now(UTC))
        if error.code == "insufficient_quota":
            raise AskingEnded(f"{self._place}: the account's quota is used up: {said}") from None
        if error.status_code in _AGAIN or error.status_code >= 500:
            if error.status_code in (429, 503):
                self._limiter.rejected(sent_at, wait or 0.0)
            return _Try(f"status {error.status_code}: {said}", wait)
        if error.status_code in (401, 403):
            advice = f"the key in {self._endpoint.key_variable} is not accepted"
            raise AskingEnded(f"{self._place}: {advice} (status {error.status_code})") from None
        failure = ProviderFailed(f"{self._place} refuses the request with status {error.status_code}: {said}")
        if error.status_code in (400, 422) and any(word in said.lower() for word in _FORM_WORDS):
            raise NotUnderstood(failure) from None
        raise failure from None

    def _scrubbed(self, text: str) -> str:
        return text.replace(self._key, "…")
