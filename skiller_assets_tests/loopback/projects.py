"""Real projects whose asks go through the loopback server, built with the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skiller_assets.ask.ledger import Ledger
from skiller_assets_tests.loopback.author import Author
from skiller_assets_tests.loopback.journals import Journals
from skiller_assets_tests.loopback.server import Loopback, loopback
from skiller_assets_tests.loopback.service import Service

REPOSITORY = Path(__file__).parents[2]
KEY_VARIABLE = "SKILLER_TEST_KEY"
THROUGH = """
ask: {{provider: openai, semantic_model: large-model, coding_model: code-model}}
endpoint: {{base_url: "{url}", key_variable: {variable}, in_flight: 8}}
run: {{workers: 2}}
"""


@dataclass(frozen=True)
class Through:
    """A project that asks a server."""

    root: Path
    server: Loopback

    @property
    def ledger(self) -> Ledger:
        """What it asked and paid for."""
        return Ledger(self.root / "data" / "asks")

    def skiller(self, *words: str, seconds: float = 420) -> subprocess.CompletedProcess[str]:
        """The ``skiller`` command in this project."""
        return subprocess.run(
            [sys.executable, "-m", "skiller_assets.cli", *words],
            cwd=self.root,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def environment() -> dict[str, str]:
    """A clean environment with a key in it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONPATH": str(REPOSITORY), KEY_VARIABLE: "sk-of-nobody-1234567890", "COLUMNS": "120"}


@contextmanager
def through_loopback(root: Path, settings: str) -> Iterator[Through]:
    """A project with these settings, and the embedded author behind a server, for as long as the block lasts."""
    root.mkdir(parents=True, exist_ok=True)
    with loopback(Service(Author(), Journals([root / "data"]))) as server:
        text = settings + THROUGH.format(url=server.url, variable=KEY_VARIABLE)
        (root / "skiller.yaml").write_text(text, encoding="utf-8")
        yield Through(root, server)
