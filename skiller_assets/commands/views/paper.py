"""Pages for a terminal: text that is filled to the width of a page, and names too long for a line."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

PAGE = 100
"""Columns of a page; fewer where the terminal is narrower."""
_NARROWEST = 60
_PART = re.compile(r"[^+:]+[+:]*|[+:]+")
"""What an id of a template or a walk is composed of."""
_MARK = re.compile(r" *(?:[-*]|\d+\.) +")
_BEGINS = re.compile(rf"{_MARK.pattern}|#")
"""How an item of a list begins, and what begins a line of its own."""


def page_width() -> int:
    """How wide a page is in this terminal."""
    return max(_NARROWEST, min(shutil.get_terminal_size((PAGE, 0)).columns, PAGE))


def filled(text: str, head: str = "", below: str | None = None) -> str:
    """A text behind its head, its further lines indented by ``below``: by default as far as the head is long."""
    indent = " " * len(head) if below is None else below
    width = page_width()
    return textwrap.fill(text, width, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False,
                         break_long_words=False) or head.rstrip()  # fmt: skip


def listed(items: Iterable[str], head: str = "", most: int = 12) -> str:
    """Items behind a head, separated by commas; of more than ``most`` the rest is counted."""
    names = list(items)
    more = [f"… and {len(names) - most:,} more"] if len(names) > most else []
    return filled(", ".join([*names[:most], *more]), head)


def broken(name: str, head: str = "") -> Iterator[str]:
    """A long id over as many lines as it needs, broken where it is composed."""
    line = head
    for part in _PART.findall(name):
        if len(line) + len(part) > page_width() and line.strip() != head.strip():
            yield line
            line = " " * len(head)
        line += part
    yield line


def quoted(text: str, indent: str) -> str:
    """The lines of a text as they are, those that are too long filled."""
    return "\n".join(filled(line, indent, indent) if line.strip() else "" for line in text.splitlines())


def paragraphs(text: str, indent: str) -> str:
    """A text of headings, lists and paragraphs, each filled anew whatever the lines were in which it came."""
    blocks: list[list[str]] = []
    is_open = False
    for line in text.splitlines():
        if is_open and line.strip() and not _BEGINS.match(line):
            blocks[-1].append(line.strip())
        else:
            blocks.append([line])
            is_open = bool(line.strip()) and not line.startswith("#")
    return "\n".join(_paragraph(" ".join(block), indent) for block in blocks)


def _paragraph(text: str, indent: str) -> str:
    mark = _MARK.match(text)
    head = indent + (mark[0] if mark else "")
    return filled(text[len(mark[0]) if mark else 0 :], head) if text.strip() else ""


def section(title: str, lines: Sequence[str]) -> str:
    """Lines under their title; nothing where there is none."""
    return "\n".join([title, *lines]) if lines else ""


def as_json(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters; one that was longer says so."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
