"""The embedded author behind the loopback server: what a model would write, spoiled on demand."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from resources.endpoint import EndpointProvider
from resources.offline import OfflineAuthor
from skiller_assets.ask import Completion, Prompt
from skiller_assets_tests.loopback.server import Answer, Script, fails, says

KNOWN: dict[str, Prompt] = {}
"""Prompts in structured form by their words, for the author behind the loopback server, who sees the words alone."""


class Announcing(EndpointProvider):
    """Leaves each prompt where the author behind the loopback server finds it."""

    def complete(self, prompt: Prompt) -> Completion:
        KNOWN[_name(prompt.text, len(prompt.rejected))] = prompt
        return super().complete(prompt)


def _name(text: str, rejected: int) -> str:
    return hashlib.sha256(f"{rejected}:{text}".encode()).hexdigest()


def author(spoil: float) -> Script:
    """What the embedded author would write; a share of the answers is spoiled, by a draw from the request's number."""
    writer = OfflineAuthor(1)

    def script(number: int, request: Mapping[str, Any]) -> Answer:
        messages = request["messages"]
        prompt = KNOWN[_name(messages[0]["content"], len(messages) // 2)]
        text = writer.complete(prompt).text
        draw = random.Random(f"spoiled:{number}")
        return draw.choice(_spoiled(text)) if draw.random() < spoil else says(text)

    return script


def _spoiled(text: str) -> tuple[Answer, ...]:
    whole = says(text)
    extra = {**json.loads(text), "note": "Hope this helps!"}
    return (
        fails(429, retry_after="0.01"),
        fails(429),
        fails(500),
        Answer(drop=True),
        replace(whole, body=whole.body[: len(whole.body) // 2]),
        says(text[: len(text) // 2], "length"),
        says(f"```json\n{text}\n```"),
        says(f"Sure, here it is:\n\n{text}\n\nTell me if it fits."),
        says(json.dumps(extra)),
        says("[]"),
        says(None, refusal="I cannot help with that."),
        says(""),
    )
