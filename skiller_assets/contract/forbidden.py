"""What a statement must not say, though SQLite would prepare it: told from its words, before it is prepared.

Refused is what makes a result depend on anything but the tables and parameters (a clock, a time zone), what changes
rows without saying so (REPLACE and its kin delete or skip in silence, ``OR ROLLBACK`` ends the session's transaction),
and what other parts of the kernel cannot read (blobs, other spellings of parameters and numbers).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot.tokenizer_core import Token, TokenType

_READS = ("SELECT", "WITH", "VALUES")
_WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
_CLOCK_WORDS = frozenset({"current_date", "current_time", "current_timestamp"})
_TIME_FUNCTIONS = {"date": 1, "time": 1, "datetime": 1, "julianday": 1, "unixepoch": 1, "strftime": 2}
"""Functions that mean now when they have fewer arguments than this."""
_ZONES = frozenset({"localtime", "utc"})

Check = Callable[[Sequence[Token], int], str | None]


def forbidden(sql: str, tokens: Sequence[Token], *, write: bool) -> str | None:
    """What is wrong with a statement's words, or None."""
    if not tokens:
        return "is empty"
    if "--" in sql[tokens[-1].end + 1 :]:
        return "ends in a comment; in folded YAML a comment swallows the lines after it"
    allowed = _WRITES if write else _READS
    if tokens[0].text.upper() not in allowed:
        article = "an" if tokens[0].text.upper()[:1] in "AEIOU" else "a"
        return f"is {article} {tokens[0].text.upper()}; {', '.join(allowed[:-1])} or {allowed[-1]} is expected"
    for i in range(len(tokens)):
        for check in _CHECKS:
            if found := check(tokens, i):
                return found
    return None


def _clock(tokens: Sequence[Token], i: int) -> str | None:
    token = tokens[i]
    text = token.text.strip().lower()
    if token.token_type == TokenType.STRING:
        if text == "now":
            return "reads the clock; use :now"
        return f"depends on the machine's time zone ('{text}')" if text in _ZONES else None
    if token.token_type != TokenType.IDENTIFIER and text in _CLOCK_WORDS:
        return "reads the clock; use :now"
    if text in _TIME_FUNCTIONS and _is_call(tokens, i) and _arguments(tokens, i + 1) < _TIME_FUNCTIONS[text]:
        return f"reads the clock: {text}() without a time means now; use :now"
    return None


def _is_call(tokens: Sequence[Token], i: int) -> bool:
    return i + 1 < len(tokens) and tokens[i + 1].token_type == TokenType.L_PAREN


def _arguments(tokens: Sequence[Token], opening: int) -> int:
    """How many arguments stand between the parenthesis at ``opening`` and its partner."""
    depth, commas = 0, 0
    for j in range(opening, len(tokens)):
        kind = tokens[j].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        commas += depth == 1 and kind == TokenType.COMMA
        if depth == 0:
            return commas + 1 if j > opening + 1 else 0
    return commas + 1


def _silent_change(tokens: Sequence[Token], i: int) -> str | None:
    text = tokens[i].text.upper()
    if tokens[i].token_type in (TokenType.STRING, TokenType.IDENTIFIER):
        return None
    if text == "RETURNING":
        return "uses RETURNING; results come from returns"
    if i and text == "OR" and tokens[i - 1].text.upper() in ("INSERT", "UPDATE"):
        what = tokens[i + 1].text.upper() if i + 1 < len(tokens) else ""
        return f"uses OR {what}, which hides what fails; let it fail, or say it in SQL"
    if text == "REPLACE" and not _is_call(tokens, i):
        return "uses REPLACE, which deletes in silence; UPDATE, or INSERT … ON CONFLICT"
    return None


def _spelling(tokens: Sequence[Token], i: int) -> str | None:
    token = tokens[i]
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    touching = after is not None and after.start == token.end + 1
    if token.token_type == TokenType.PARAMETER or (token.token_type == TokenType.VAR and token.text.startswith("$")):
        return "spells a parameter as $name or @name; use :name"
    if token.token_type == TokenType.PLACEHOLDER:
        return "has a positional parameter; use :name"
    if token.token_type == TokenType.NUMBER and touching and after and after.token_type == TokenType.VAR:
        return f"has the number {token.text}{after.text}; write it in decimal digits"
    blob = token.text.upper() == "X" and touching and after is not None and after.token_type == TokenType.STRING
    if blob or (token.text.upper() == "BLOB" and i and tokens[i - 1].text.upper() == "AS"):
        return "makes a blob; values are text and numbers"
    return None


_CHECKS: tuple[Check, ...] = (_clock, _silent_change, _spelling)
