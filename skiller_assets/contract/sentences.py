"""Numbers and words that SQL applies, and whether the sentence beside it says them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from decimal import Decimal

from sqlglot.tokenizer_core import Token, TokenType

from skiller_assets.contract.spoken import plain, spoken_numbers

_UNITS = frozenset(Decimal(n) for n in (7, 12, 24, 60, 100, 365, 1000, 1440, 3600, 86400))
_POSITIONAL = {"substr", "substring", "round"}
"""Functions whose arguments after the first are positions or digits and no business constants."""

_FORMATTING = {"strftime", "format", "printf"}
_MODIFIER = re.compile(
    r"\s*(?:[+-]?\s*(?P<number>\d+(?:\.\d+)?)?\s*(?:second|minute|hour|day|month|year)s?|start of (?:day|month|year)"
    r"|weekday \d|unixepoch|julianday|auto|subsec(?:ond)?|ceiling|floor)\s*"
)


def unsaid(tokens: tuple[Token, ...], sentence: str, *, words: Collection[str] | None) -> Iterator[str]:
    """Literals of a statement that its sentence does not say.

    Numbers count everywhere but as 0, 1 and unit conversions (``* 24``, ``/ 100``, the 50 that rounds a percentage).
    Of strings only those in ``words`` count (None: all that read as words). Minor units may be said as money.
    """
    said, text = spoken_numbers(sentence), plain(sentence)
    for i, token in enumerate(tokens):
        if token.token_type == TokenType.NUMBER and not _is_conversion(tokens, i):
            if Decimal(token.text) not in said:
                yield token.text
        elif token.token_type == TokenType.STRING and _function_before(tokens, i) not in _FORMATTING:
            yield from _unsaid_string(token.text, said, text, words)


def _unsaid_string(
    literal: str, said: frozenset[Decimal], sentence: str, words: Collection[str] | None
) -> Iterator[str]:
    bare = literal.strip("% ")
    if not re.search(r"[A-Za-z0-9]", bare) or literal == "$" or literal.startswith(("$.", "$[")):
        return
    modifier = _MODIFIER.fullmatch(literal)
    number = modifier["number"] if modifier else bare if re.fullmatch(r"\d{1,2}", bare) else None
    if number is not None:
        if Decimal(number) not in said | {Decimal(0), Decimal(1)}:
            yield number
    elif not modifier and (words is None or literal in words) and not _says(sentence, bare):
        yield f"'{literal}'"


def _says(sentence: str, literal: str) -> bool:
    """Whether the words of a literal stand in a plain sentence, a plural or third person ending allowed."""
    return re.search(rf"(?<!\w){re.escape(plain(literal).strip())}(?:s|es|'s)?(?!\w)", sentence) is not None


def _function_before(tokens: tuple[Token, ...], i: int) -> str:
    """The function whose first argument is the token at ``i``, or nothing."""
    is_first = i > 1 and tokens[i - 1].token_type == TokenType.L_PAREN
    return tokens[i - 2].text.lower() if is_first else ""


def _is_conversion(tokens: tuple[Token, ...], i: int) -> bool:
    value = Decimal(tokens[i].text)
    if value in (0, 1):
        return True
    before = tokens[i - 1].token_type if i else None
    after = [token.text for token in tokens[i + 1 : i + 4]]
    if value == 50 and after[:3] == [")", "/", "100"]:
        return True
    multiplied = before in (TokenType.STAR, TokenType.SLASH, TokenType.MOD) or after[:1] in (["*"], ["/"], ["%"])
    return (value in _UNITS and multiplied) or _is_position(tokens, i)


def _is_position(tokens: tuple[Token, ...], i: int) -> bool:
    """The positions of ``substr(x, 1, 7)`` pick a month out of a date; they are no business constant."""
    depth, commas = 0, 0
    for j in range(i - 1, 0, -1):
        kind = tokens[j].token_type
        if kind == TokenType.R_PAREN:
            depth += 1
        elif kind == TokenType.COMMA:
            commas += depth == 0
        elif kind == TokenType.L_PAREN:
            if depth == 0:
                return commas > 0 and tokens[j - 1].text.lower() in _POSITIONAL
            depth -= 1
    return False
