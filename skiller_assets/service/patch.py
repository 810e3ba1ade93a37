"""Edits that mend a server: asked for with what failed, applied exactly or not at all."""

from __future__ import annotations

import ast
import difflib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from skiller_assets.ask import Ask

_PROMPT = Path(__file__).parent / "prompts" / "server_patch.md"
_ALLOWED = frozenset(sys.stdlib_module_names) | {"mcp", "mcp_types", "anyio", "uvicorn"}
"""The standard library, the package ``mcp`` and what it brings along."""

_ATTEMPTS = 3
_SHOWN = 100


class Edit(BaseModel):
    """A text that stands in the code exactly once, and what is to stand there instead."""

    find: Annotated[str, Field(min_length=1)]
    replace: str

    def __str__(self) -> str:
        return f"{_short(self.find)} → {_short(self.replace) if self.replace.strip() else 'nothing'}"


class ServerPatch(BaseModel):
    """The reply to ``server_patch``: edits, applied one after another."""

    edits: Annotated[list[Edit], Field(min_length=1, max_length=60)]


class EditMisfit(Exception):
    """An edit that cannot be applied; says which one and what is wrong with it."""


def patch_ask(code: str, variables: Mapping[str, Any]) -> Ask[ServerPatch]:
    """The ask for a patch of some code. A reply will do when it can be applied and what comes out can be tried."""
    return Ask(
        name="server_patch",
        role="coding",
        template=_PROMPT,
        variables={**variables, "code": code},
        reply=ServerPatch,
        validators=(partial(patch_complaints, code),),
        attempts=_ATTEMPTS,
    )


def patch_complaints(code: str, patch: ServerPatch) -> list[str]:
    """Why a patch cannot be applied, or why what comes of it cannot be tried."""
    try:
        patched = apply_edits(code, patch.edits)
    except EditMisfit as misfit:
        return [str(misfit)]
    if patched == code:
        return ["the edits leave the code as it is"]
    return code_complaints(patched)


def apply_edits(code: str, edits: Sequence[Edit]) -> str:
    """The code with all edits made, each on what the one before it left. Raises EditMisfit."""
    for number, edit in enumerate(edits, 1):
        times = code.count(edit.find)
        if times == 0:
            raise EditMisfit(f"edit {number}: `find` stands nowhere in the code: {_nearest(code, edit.find)}")
        if times > 1:
            advice = "take in lines around it until it stands there once"
            raise EditMisfit(f"edit {number}: `find` stands {times} times in the code ({_short(edit.find)}): {advice}")
        code = code.replace(edit.find, edit.replace)
    return code


def code_complaints(code: str) -> list[str]:
    """Syntax errors and imports beyond the standard library and ``mcp``."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        return [f"the code does not parse: {error}"]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    foreign = sorted(names - _ALLOWED)
    return [f"imports {', '.join(foreign)}; only the standard library and mcp may be used"] if foreign else []


def _nearest(code: str, find: str) -> str:
    """The line most like the first one of a text that was not found."""
    wanted = next((line for line in find.splitlines() if line.strip()), find)
    near = difflib.get_close_matches(wanted.strip(), [line.strip() for line in code.splitlines()], n=1, cutoff=0.5)
    if not near:
        return "copy it from the code, with its indentation"
    return f"copy it from the code, with its indentation; most like its first line is `{near[0][:_SHOWN]}`"


def _short(text: str) -> str:
    """A text's first words that say something, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
