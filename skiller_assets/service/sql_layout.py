"""SQL set out for a reader: one clause a line. Only white space between tokens changes."""

from __future__ import annotations

import re

from sqlglot.tokenizer_core import Token

from skiller_assets.contract.sql import tokens_of

_CLAUSES = frozenset(
    "FROM WHERE GROUP ORDER LIMIT HAVING VALUES SET UNION EXCEPT INTERSECT JOIN LEFT CROSS INNER SELECT".split()
)
_JOIN_WORDS = frozenset({"LEFT", "CROSS", "INNER", "OUTER"})
_INDENT = "  "
_RELATION = re.compile(r"(WITH |, )(\w+) AS \(", re.IGNORECASE)


def laid_out(sql: str, width: int) -> list[str]:
    """The lines of a statement: one where it fits ``width``, else as its author broke it, else clause by clause."""
    relation = _RELATION.match(sql)
    if relation:
        end = _closing(sql, relation.end() - 1)
        rest = sql[end + 1 :].lstrip()
        comma = rest.startswith(",")
        inner = [_INDENT + line for line in laid_out(sql[relation.end() : end], width - len(_INDENT))]
        opening = relation.group(0).strip() if relation.group(1) != ", " else f"{relation.group(2)} AS ("
        return [opening, *inner, ")," if comma else ")", *laid_out(f", {rest[1:].lstrip()}" if comma else rest, width)]
    written = [line.rstrip() for line in sql.strip().splitlines()]
    if not _is_plain(sql) or (len(written) > 1 and max(map(len, written)) <= width):
        return written
    plain = " ".join(sql.split())
    if len(plain) <= width:
        return [plain]
    return [line for clause in _clauses(plain) for line in _wrapped(clause, width)]


def _closing(sql: str, opening: int) -> int:
    """Where the parenthesis that stands at ``opening`` is closed."""
    depth = 0
    for token in tokens_of(sql[opening:]):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            return opening + token.start
    raise ValueError(f"an open parenthesis in {sql!r}")


def _is_plain(sql: str) -> bool:
    """Whether white space may be changed: no string holds a run of blanks or a line break."""
    return all(text == " ".join(text.split()) for text in (_text(sql, token) for token in tokens_of(sql)))


def _text(sql: str, token: Token) -> str:
    return sql[token.start : token.end + 1]


def _clauses(sql: str) -> list[str]:
    """The statement cut before each clause keyword that stands outside parentheses."""
    cuts, depth, previous = [0], 0, ""
    for token in tokens_of(sql):
        word = _text(sql, token).upper()
        depth += (word == "(") - (word == ")")
        starts = any(word == clause or word.startswith(f"{clause} ") for clause in _CLAUSES)
        starts &= sql[token.start - 1 : token.start] != ":"  # a parameter may be called like a clause
        if depth == 0 and starts and previous not in _JOIN_WORDS and token.start > 0:
            cuts.append(token.start)
        previous = word
    return [sql[a:b].strip() for a, b in zip(cuts, [*cuts[1:], len(sql)], strict=True)]


def _wrapped(clause: str, width: int) -> list[str]:
    lines: list[str] = []
    start = 0
    while len(clause) - start > width - (len(_INDENT) if lines else 0):
        cut = _best_cut(clause, start, start + width - len(_INDENT))
        if cut is None:
            break
        lines.append(clause[start:cut].rstrip())
        start = cut
    lines.append(clause[start:])
    return [line if i == 0 else _INDENT + line for i, line in enumerate(lines)]


def _best_cut(clause: str, start: int, limit: int) -> int | None:
    """The last good place to break: before AND, OR or a clause where there is one, else after a comma or any blank."""
    tokens = [t for t in tokens_of(clause) if start < t.start <= limit and clause[t.start - 1] == " "]
    if not tokens:
        return None
    half = start + (limit - start) // 3
    strong = [t.start for t in tokens if t.start > half and _text(clause, t).upper() in {"AND", "OR", *_CLAUSES}]
    after_comma = [t.start for t in tokens if t.start > half and clause[: t.start].rstrip().endswith(",")]
    return max(strong or after_comma or [t.start for t in tokens])
