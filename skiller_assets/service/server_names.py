"""Python names for what a contract names: nothing may hide a keyword or a helper of the generated module."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Collection

MODULE_NAMES = frozenset(
    "session result done tool reply ok denied needs_confirmation cents real money truth unpacked calendar_date check "
    "check_members check_text open_session list_tools evaluate visible make_server serve_stdio serve_http main nth_id "
    "argparse ast dt hashlib json math operator re sqlite3 time closing contextmanager".split()
)


def python_name(name: str) -> str:
    """The name itself, or with an underscore behind it where it means something else in the generated module."""
    taken = keyword.iskeyword(name) or name in MODULE_NAMES or hasattr(builtins, name)
    return f"{name}_" if taken else name


def fresh_name(wanted: str, taken: Collection[str]) -> str:
    """A local name that is not taken yet."""
    name = python_name(wanted)
    while name in taken:
        name += "_"
    return name


def singular(name: str) -> str:
    """One of what a plural names: ``fees`` → ``fee``, ``entries`` → ``entry``; ``row`` where there is no plural."""
    word = name.rsplit("_", 1)[-1]
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return "row"
