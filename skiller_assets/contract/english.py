"""The forms of English nouns, as far as spelling tells."""

from __future__ import annotations

import re

_VOWEL_SOUND = re.compile(r"^(?:[aeiouAEIOU]|[Hh](?:our|eir|onest|onor)|[FHLMNRSX](?:[A-Z]|-))")
_CONSONANT_SOUND = re.compile(r"^(?:[Uu]ni(?!n|m)|[Uu]s[aeu]|[Uu]t[ei]|[Ee]u|[Oo]ne\b|[Oo]nce\b|U[A-Z-])")


def plural(noun: str) -> str:
    """The plural by rule; exceptions are declared."""
    if re.search(r"(?:s|x|z|ch|sh)$", noun):
        return f"{noun}es"
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def with_article(noun: str) -> str:
    """``a booking``, ``an hour``, ``a university``."""
    vowel = _VOWEL_SOUND.match(noun) and not _CONSONANT_SOUND.match(noun)
    return f"{'an' if vowel else 'a'} {noun}"
