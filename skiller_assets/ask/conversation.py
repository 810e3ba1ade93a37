"""One ask from its first prompt to its verdict, whoever carries the prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from skiller_assets.ask.errors import Turn
from skiller_assets.ask.merge_patch import drafted, patched
from skiller_assets.ask.provider import Finish, Mending, Prompt
from skiller_assets.ask.reading import json_in
from skiller_assets.ask.replies import Received
from skiller_assets.ask.request import Ask, Reply

_MOST_COMPLAINTS = 40
"""What one turn is told at most: mending the first of many faults often mends the rest."""

_UNFINISHED: Mapping[Finish, str] = {
    "cut": "the reply was cut off at its greatest length: say it in fewer words",
    "refused": "the request was refused; nothing in it concerns real people, so write the reply that is asked for",
    "filtered": "the reply was stopped by a content filter: write it without anything that could offend",
    "empty": "the reply was empty",
}


@dataclass(frozen=True)
class Attempt:
    """A reply as it was received, and what was wrong with it."""

    received: Received
    complaints: tuple[str, ...]


class Conversation(Generic[Reply]):
    """Prompts and verdicts of one ask. It does no waiting itself: whoever drives it does."""

    def __init__(self, request: Ask[Reply]) -> None:
        self.request = request
        self.attempts: list[Attempt] = []
        self._text = request.prompt_text()

    @property
    def is_open(self) -> bool:
        """Whether there may be one more attempt."""
        return len(self.attempts) < self.request.attempts

    def prompt(self) -> Prompt:
        """What to send next."""
        request = self.request
        variables, schema = request.variables, request.schema()
        return Prompt(request.name, request.role, self._text, variables, schema, self.transcript(), self._mends())

    def judge(self, received: Received) -> Reply | None:
        """The reply when it is acceptable; otherwise its complaints go into the next prompt."""
        unfinished = _UNFINISHED.get(received.completion.finish)
        reply, complaints = (None, [unfinished]) if unfinished else self._judged(received.completion.text)
        self.attempts.append(Attempt(received, tuple(_bounded(complaints))))
        return None if complaints else reply

    def transcript(self) -> tuple[Turn, ...]:
        """Every reply so far with what was wrong with it."""
        return tuple(Turn(a.received.completion.text, a.complaints) for a in self.attempts)

    @property
    def _draft(self) -> dict[str, Any] | None:
        """What the replies so far amount to, where the next one is to patch it."""
        replies = (attempt.received.completion.text for attempt in self.attempts)
        return drafted(replies) if self.request.mends == "patch" else None

    def _mends(self) -> Mending:
        return "whole" if self._draft is None else "patch"

    def _judged(self, text: str) -> tuple[Reply | None, list[str]]:
        found, draft = json_in(text), self._draft
        if draft is not None:
            try:
                found = json.dumps(patched(draft, json.loads(found)), ensure_ascii=False)
            except ValueError as error:
                return None, [f"the patch is no JSON: {error}"]
        return self.request.judge(found)


def _bounded(complaints: Sequence[str]) -> list[str]:
    """Complaints without repetitions, the first ones of too many."""
    told = list(dict.fromkeys(complaints))
    rest = len(told) - _MOST_COMPLAINTS
    return told if rest <= 0 else [*told[:_MOST_COMPLAINTS], f"and {rest} more complaints"]
