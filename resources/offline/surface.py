"""From drawn sentences to typed text: spacing, capitals, and the writer's habits."""

from __future__ import annotations

import re
from collections.abc import Mapping

from resources.offline.draws import Draws
from resources.offline.words import words

_KEPT = re.compile("\x02([^\x03]*)\x03")
_CODE = re.compile(r"@|[A-Z]{2,}[-\d]|\d[A-Z]{2,}|^\x02[A-Z0-9-]{4,}\x03$")
_START = re.compile(r"(^|(?<!\bDr)[.!?…]\s+|\n+)([a-z])")
_LONG_WORD = re.compile(r"(?<![\w'’@.\x02-])[a-z]{6,}(?![\w'’@\x03-])")


def keep(text: str) -> str:
    """Marks a name or value that no habit of writing may change."""
    return f"\x02{text}\x03"


def finish(text: str, manner: Mapping[str, str], draws: Draws) -> str:
    """The text as this person types it; kept parts stay as they are."""
    text = _START.sub(lambda match: match[1] + match[2].upper(), _seamed(_spaced(text)))
    text = _replaced(text, words("surface")["written_out"]) if manner["tone"] == "formal" else _contracted(text)
    text = _punctuated(text, manner["punctuation"], draws)
    if manner["case"] == "lower":
        text = _lower(text)
        if manner["tone"] in ("hurried", "friendly"):
            text = _replaced(text, words("surface")["shortened"])
    if manner["typos"] == "few":
        text = _mistyped(text, draws)
    return _KEPT.sub(r"\1", text)


def _seamed(text: str) -> str:
    """A sentence that comes after a comma or colon begins with a small letter, unless its first word is a name."""
    small = words("surface")["first_words"]
    return re.sub(
        r"(?<=[,:] )[A-Z][\w']*", lambda match: match[0].lower() if match[0].lower() in small else match[0], text
    )


def _spaced(text: str) -> str:
    text = re.sub(r"\s+([,.!?;:])", r"\1", re.sub(r"[ \t]+", " ", text)).strip()
    return re.sub(r"([.!?])\.+(?=\s|$)", r"\1", text)


def _replaced(text: str, table: Mapping[str, str]) -> str:
    for word, replacement in table.items():
        text = re.sub(rf"(?<![\w\x02]){re.escape(word)}(?![\w\x03])", replacement, text)
    return text


def _contracted(text: str) -> str:
    """Words run together, but not at the end of a clause, where they are stressed."""
    for full, short in words("surface")["contracted"].items():
        text = re.sub(rf"(?<![\w\x02]){full}(?= [a-z])", short, text)
    return text


def _punctuated(text: str, habit: str, draws: Draws) -> str:
    if habit == "expressive":
        text = re.sub(r"\.$", "!", text)
    if habit == "light":
        text = re.sub(r"[.!]$", "", text)
        if draws.chance(50):
            text = _replaced(text, words("surface")["no_apostrophe"])
    return text


def _lower(text: str) -> str:
    """Everything in small letters but addresses and codes, which are copied rather than typed."""
    parts = re.split("(\x02[^\x03]*\x03)", text)
    return "".join(part if _CODE.search(part) and part.startswith("\x02") else part.lower() for part in parts)


def _mistyped(text: str, draws: Draws) -> str:
    """One slip of the finger in a long word outside the kept parts."""
    bare = _KEPT.sub(lambda match: "\x02" + "-" * len(match[1]) + "\x03", text)
    places = list(_LONG_WORD.finditer(bare))
    if not places:
        return text
    place = draws.pick(places)
    word, at = place[0], 1 + draws.below(len(place[0]) - 3)
    slip = draws.pick(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        ]
    )
    return text[: place.start()] + slip + text[place.end() :]
