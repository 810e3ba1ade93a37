"""What an endpoint's answer says: text, or why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from skiller_assets.ask import Completion, Finish

_FINISH: Mapping[str, Finish] = {"length": "cut", "content_filter": "filtered"}


class Malformed(Exception):
    """An answer that is no chat completion; worth another try."""


def completion_of(body: bytes) -> Completion:
    """The reply in the body of a chat completion. Raises :class:`Malformed`.

    Read leniently, since endpoints differ in what they leave out: ``usage`` may be missing or null, and so may
    ``finish_reason`` and ``refusal``.
    """
    try:
        answer = json.loads(body)
        choice = answer["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise Malformed(f"{type(error).__name__} in an answer of {len(body)} bytes") from error
    if refusal:
        return _counted(Completion(str(refusal), finish="refused"), answer)
    finish = _FINISH.get(choice.get("finish_reason") or "stop", "stop")
    if finish == "stop" and not (isinstance(text, str) and text.strip()):
        finish = "empty"
    return _counted(Completion(text if isinstance(text, str) else "", finish=finish), answer)


def _counted(completion: Completion, answer: Mapping[str, Any]) -> Completion:
    usage = answer.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    return Completion(
        completion.text,
        input_tokens=usage.get("prompt_tokens") or 0,
        output_tokens=usage.get("completion_tokens") or 0,
        cached_tokens=details.get("cached_tokens") or 0,
        finish=completion.finish,
    )
