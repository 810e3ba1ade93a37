"""Finding the JSON value in what a model wrote."""

from __future__ import annotations

import json
import re

_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```[a-zA-Z]*[ \t]*\n(.*?)\n?```", re.DOTALL)


def json_in(text: str) -> str:
    """The JSON text of a reply: without a model's thoughts, code fences or words around it.

    Words around a value are no reason to have it written again; where there is no whole value, what is there is given
    back, so that what is wrong with it can be told.
    """
    text = _THOUGHTS.sub("", text).strip()
    if _is_json(text):
        return text
    for candidate in _FENCED.findall(text):
        if _is_json(candidate):
            return str(candidate)
    return _first_value(text) or text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _first_value(text: str) -> str | None:
    """The first object that stands among words, whole."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            _, end = decoder.raw_decode(text, start)
        except ValueError:
            start = text.find("{", start + 1)
            continue
        return text[start:end]
    return None
