"""From a contract to a server that may be used: asked for, tried, mended, and promoted only when everything passes."""

from __future__ import annotations

import ast
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, AskFailed, Door
from skiller_assets.service.suite import Suite
from skiller_assets.service.trial import Report, run_conformance
from skiller_assets.world.image import World
from skiller_assets.world.listing import tool_cards

_PROMPT = Path(__file__).parent / "prompts" / "server_code.md"
_ALLOWED = frozenset(sys.stdlib_module_names) | {"mcp", "mcp_types", "anyio", "uvicorn"}
"""The standard library, the package ``mcp`` and what it brings along."""


class ServerCode(BaseModel):
    """The reply to ``server_code``: one Python module."""

    code: str


@dataclass(frozen=True)
class Attempt:
    """One version of a server and what was wrong with it."""

    number: int
    failed: int
    complaints: tuple[str, ...]


@dataclass(frozen=True)
class Promotion:
    """The best version there was, its last report, and whether it may be used."""

    code: str
    promoted: bool
    report: Report
    history: tuple[Attempt, ...]


class ServerRejected(Exception):
    """No version could even be tried; carries what was wrong with each."""

    def __init__(self, domain: str, history: tuple[Attempt, ...]) -> None:
        self.history = history
        last = "; ".join(history[-1].complaints) if history else "no version parsed as a reply"
        super().__init__(f"{domain}: no usable server after {len(history)} versions: {last}")


def promote_server(world: World, suite: Suite, door: Door, attempts: int = 5) -> Promotion:
    """Ask for a server until one passes the suite, up to ``attempts`` versions; each sees what failed before it.

    Returns the first that passes, or the one that fails least. Raises ServerRejected where none could be tried.
    """
    trials = _Trials(world, suite)
    request = Ask(
        name="server_code",
        role="coding",
        template=_PROMPT,
        variables=ask_variables(world),
        reply=ServerCode,
        validators=(trials.complaints,),
        attempts=attempts,
    )
    try:
        door.ask(request)
    except AskFailed as failed:
        if trials.best is None:
            raise ServerRejected(world.contract.domain, tuple(trials.history)) from failed
    if trials.best is None:
        raise ServerRejected(world.contract.domain, tuple(trials.history))
    code, report = trials.best
    return Promotion(code, report.passed, report, tuple(trials.history))


def ask_variables(world: World) -> dict[str, Any]:
    """What an author is told: the contract, the tools as they are listed, the world's instant."""
    compiled = world.program.compiled
    cards = tool_cards(compiled)
    return {
        "domain": world.contract.domain,
        "now": world.now,
        "contract": world.contract.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "tools": [{"name": c.name, "description": c.description, "input_schema": dict(c.schema)} for c in cards],
        "schema": list(compiled.schema),
    }


@dataclass
class _Trials:
    """Tries every version that the door brings, and remembers the best."""

    world: World
    suite: Suite
    history: list[Attempt] = field(default_factory=list)
    best: tuple[str, Report] | None = None

    def complaints(self, reply: ServerCode) -> list[str]:
        """What is wrong with a version; it is tried only if it parses and keeps to the allowed imports."""
        found = code_complaints(reply.code)
        report = None if found else self._try(reply.code)
        if report is not None:
            found = report.complaints()
            if self.best is None or len(report.failures) < len(self.best[1].failures):
                self.best = (reply.code, report)
        failed = len(report.failures) if report else len(self.suite.cases)
        self.history.append(Attempt(len(self.history) + 1, failed, tuple(found)))
        return found

    def _try(self, code: str) -> Report | None:
        with tempfile.TemporaryDirectory(prefix="server") as folder:
            server, image = Path(folder) / "server.py", Path(folder) / "world.sqlite"
            server.write_text(code, encoding="utf-8")
            image.write_bytes(self.world.image)
            return run_conformance(server, image, self.suite)


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
