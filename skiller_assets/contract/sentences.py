"""Numbers and words that SQL applies, and whether the sentence beside it says them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sqlglot.tokenizer_core import Token, TokenType

_UNITS = frozenset(
    {"7", "10", "12", "24", "60", "100", "365", "1000", "1440", "3600", "86400", "100.0", "24.0", "60.0"}
)
_SMALL = {
    "2": "two twice both second pair", "3": "three third", "4": "four fourth", "5": "five fifth", "6": "six sixth",
    "7": "seven week", "8": "eight", "9": "nine", "10": "ten", "11": "eleven", "12": "twelve year", "14": "fourteen",
    "24": "day", "30": "thirty month", "365": "year", "50": "half",
}  # fmt: skip
_MODIFIER_WORDS = re.compile(r"\b(days?|months?|years?|hours?|minutes?|seconds?|start of|weekday|localtime|utc)\b")


def unsaid(tokens: tuple[Token, ...], sentence: str, *, words: Collection[str] | None) -> Iterator[str]:
    """Literals of a statement that its sentence does not say.

    Numbers count everywhere but as 0, 1 and unit conversions (``* 24``, ``/ 100``, the 50 that rounds a percentage).
    Of strings only those in ``words`` count (None: all that read as words). Minor units may be said as money.
    """
    said = _normalise(sentence)
    for i, token in enumerate(tokens):
        if token.token_type == TokenType.NUMBER and not _is_conversion(tokens, i):
            if not _says_number(token.text, said):
                yield token.text
        elif token.token_type == TokenType.STRING:
            yield from _unsaid_string(token.text, said, words)


def _unsaid_string(text: str, said: str, words: Collection[str] | None) -> Iterator[str]:
    if text.startswith(("%", "$")) or not re.search(r"[A-Za-z0-9]", text):
        return
    if re.fullmatch(r"[+-]?\s*\d*\.?\d*\s*[a-z ]+", text) and _MODIFIER_WORDS.search(text):
        yield from (n for n in re.findall(r"\d+", text) if n not in ("0", "1") and not _says_number(n, said))
        return
    if (words is None or text in words) and _normalise(text).strip() not in said:
        yield f"'{text}'"


def _normalise(text: str) -> str:
    return " " + re.sub(r"[\s_\-\u2010-\u2014]+", " ", text.lower()).replace(",", "") + " "


def _says_number(number: str, said: str) -> bool:
    value = float(number)
    spellings = {number, f"{value:g}", f"{value / 100:g}", f"{value / 100:.2f}", f"{value * 100:g}"}
    if any(re.search(rf"(?<![\d.]){re.escape(s)}(?![\d]|\.\d)", said) for s in spellings):
        return True
    return any(re.search(rf"\b{word}s?\b", said) for word in _SMALL.get(f"{value:g}", "").split())


def _is_conversion(tokens: tuple[Token, ...], i: int) -> bool:
    text = tokens[i].text
    if text in ("0", "1", "0.0", "1.0"):
        return True
    before = tokens[i - 1].token_type if i else None
    after = [token.text for token in tokens[i + 1 : i + 4]]
    if text == "50" and after[:3] == [")", "/", "100"]:
        return True
    multiplied = before in (TokenType.STAR, TokenType.SLASH, TokenType.MOD) or (after[:1] and after[0] in "*/%")
    if text in _UNITS and multiplied:
        return True
    return _is_substring_position(tokens, i)


def _is_substring_position(tokens: tuple[Token, ...], i: int) -> bool:
    """The positions of ``substr(x, 1, 7)`` pick a month out of a date; they are no business constant."""
    depth = 0
    for j in range(i - 1, -1, -1):
        if tokens[j].token_type == TokenType.R_PAREN:
            depth += 1
        elif tokens[j].token_type == TokenType.L_PAREN:
            if depth == 0:
                return j > 0 and tokens[j - 1].text.lower() in ("substr", "substring", "round")
            depth -= 1
    return False
