"""Python source set out as a person would: literals, calls, comments and docstrings within the line length."""

from __future__ import annotations

import json
import keyword
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from skiller_assets.service.sql_layout import laid_out

WIDTH = 120
STEP = "    "
SPREAD = "**"
"""The key under which a dict names another one that it extends."""


def literal(value: Any, indent: str = "", lead: int = 0) -> str:
    """A JSON value as Python source; ``lead`` is how many characters stand before it on its first line."""
    flat = _flat(value)
    if len(indent) + lead + len(flat) <= WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + STEP
    if isinstance(value, dict):
        items = [_member(k, literal(v, inner, len(k) + 5)) + "," for k, v in value.items()]
    else:
        items = [literal(v, inner, 1) + "," for v in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return "\n".join([opening, *(inner + item for item in items), indent + closing])


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(_member(k, _flat(v)) for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flat, value)) + "]"
    return text(value) if isinstance(value, str) else repr(value)


def _member(key: str, value: str) -> str:
    return f"**{value[1:-1]}" if key == SPREAD else f"{text(key)}: {value}"


def text(value: str) -> str:
    """A string literal in double quotes; patterns and other text with backslashes as a raw string."""
    if "\\" in value and value.isprintable() and '"' not in value and not value.endswith("\\"):
        return f'r"{value}"'
    return json.dumps(value, ensure_ascii=False)


def comment(words: str, indent: str) -> list[str]:
    """Lines of a comment."""
    return [f"{indent}# {line}" for line in textwrap.wrap(words, WIDTH - len(indent) - 2)]


def docstring(words: str, indent: str) -> list[str]:
    """A docstring, its first sentence on a line of its own; splitting it at white space gives the words again."""
    if '"""' in words:
        return [indent + text(words)]
    opening = 'r"""' if "\\" in words else '"""'
    if len(words) + len(indent) + 7 <= WIDTH and words[-1:] not in ('"', "\\"):
        return [f'{indent}{opening}{words}"""']
    head, stop, rest = words.partition(". ")
    first = textwrap.wrap(opening + head + stop.rstrip(), WIDTH - len(indent), break_long_words=False)
    more = textwrap.wrap(rest, WIDTH - len(indent), break_long_words=False)
    return [*(indent + line for line in first), *([""] if more else []), *(indent + m for m in more), indent + '"""']


def call(function: str, parts: Sequence[str], indent: str, before: str = "", after: str = "") -> list[str]:
    """Lines of ``before function(parts) after``: on one line, else each part on its own."""
    flat = f"{indent}{before}{function}({', '.join(parts)}){after}"
    if len(flat) <= WIDTH and not any("\n" in part for part in parts):
        return [flat]
    inner = indent + STEP
    lines = [f"{indent}{before}{function}("]
    for part in parts:
        lines += (inner + part + ",").split("\n")
    return [*lines, f"{indent}){after}"]


def query(
    function: str, sql: str, bindings: Mapping[str, str], indent: str, before: str = "", after: str = ""
) -> list[str]:
    """Lines of a call that passes a statement and the values it uses (name → Python expression)."""
    values = passed(bindings)
    lines = laid_out(sql, WIDTH - len(indent) - len(STEP) - 4)
    short = len(lines) == 1 and '"' not in sql and "\\" not in sql
    return call(function, [f'"{lines[0]}"' if short else _block(lines, indent + STEP), *values], indent, before, after)


def passed(bindings: Mapping[str, str]) -> list[str]:
    """Keyword arguments; a name that is a keyword of Python itself goes in by a dict."""
    return [f"**{{{text(n)}: {e}}}" if keyword.iskeyword(n) else f"{n}={e}" for n, e in bindings.items()]


def _block(lines: Sequence[str], indent: str) -> str:
    raw = "r" if any("\\" in line for line in lines) else ""
    return "\n".join([raw + '"""', *(indent + line for line in lines), indent + '"""'])


def sentence(words: str, indent: str) -> str:
    """A string literal for an argument that stands at ``indent``; a long one in neighbouring pieces."""
    if len(text(words)) + len(indent) + 1 <= WIDTH:
        return text(words)
    pieces = textwrap.wrap(words, WIDTH - len(indent) - 4, break_long_words=False)
    spaced = [piece + " " for piece in pieces[:-1]] + [pieces[-1]]
    return ("\n" + indent).join(text(piece) for piece in spaced)
