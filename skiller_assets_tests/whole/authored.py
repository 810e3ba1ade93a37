"""Projects whose domains a model writes: the loopback server, asked over HTTP by the real command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skiller_assets.ask.ledger import Ledger, Payment
from skiller_assets_tests.bench.processes import tree
from skiller_assets_tests.loopback.author import Author
from skiller_assets_tests.loopback.journals import Journals
from skiller_assets_tests.loopback.server import Loopback, loopback
from skiller_assets_tests.loopback.service import Habits, Service
from skiller_assets_tests.whole.conftest import Project

KEY = "sk-of-nobody-1234567890"
VARIABLE = "SKILLER_TEST_KEY"
IN_FLIGHT = 6
ATTEMPT, STALL = 8.0, 9.0
"""Seconds: what an answer may take, and how late one comes that stalls."""
SECONDS = 900
"""A run that takes longer hangs."""

Partition = tuple[str, str]
"""An artifact's folder and a key, ``_`` where there is none."""


@dataclass(frozen=True)
class Authored(Project):
    """A project with a model's key in its environment."""

    def environment(self) -> dict[str, str]:
        return {**super().environment(), VARIABLE: KEY}

    def settle(self, text: str, url: str | None = None, more: str = "", model: str = "large") -> None:
        """Writes the settings; with an address those that have a model asked there."""
        asked = f"ask: {{provider: openai, semantic_model: {model}, coding_model: coder{more}}}\n"
        limits = f"in_flight: {IN_FLIGHT}, attempt_seconds: {ATTEMPT}, total_seconds: 120"
        endpoint = f"endpoint: {{base_url: '{url}', key_variable: {VARIABLE}, {limits}}}\n"
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "skiller.yaml").write_text(text + (asked + endpoint if url else ""), encoding="utf-8")

    def built(self, *words: str, codes: Iterable[int] = (0,)) -> subprocess.CompletedProcess[str]:
        """``skiller run``, which ends with one of some exit codes."""
        done = self.run("run", *words)
        assert done.returncode in codes, done.stdout + done.stderr
        return done

    @contextmanager
    def begun(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """``skiller run`` in the background; nothing is left of it at the end."""
        command = [sys.executable, "-m", "skiller_assets.cli", "run", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=self.root, env=self.environment(), stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        try:
            yield process
        finally:
            kill_all(process.pid)
            process.communicate()

    def manifests(self) -> dict[Partition, Mapping[str, Any]]:
        """What was built, with what its manifest says."""
        paths = sorted(self.home.glob("[a-z]*/*/manifest.json"))
        return {path.parts[-3:-1]: json.loads(path.read_text(encoding="utf-8")) for path in paths}  # type: ignore[misc]

    def contents(self) -> dict[Partition, str]:
        """The hash of everything that was built."""
        return {partition: manifest["hash"] for partition, manifest in self.manifests().items()}

    def payments(self) -> list[Payment]:
        """Every reply that was paid for."""
        return list(Ledger(self.home / "asks").payments())

    def kept(self) -> set[str]:
        """The keys of the replies in the cache."""
        return {path.name for path in (self.home / "asks" / "replies").glob("??/*")}

    def lost(self) -> list[Payment]:
        """Replies that were paid for and can be found neither in the cache nor in a failed conversation."""
        kept = self.kept()
        return [p for p in self.payments() if p.key not in kept and not self._transcripts(p)]

    def _transcripts(self, payment: Payment) -> list[Path]:
        return sorted((self.home / "asks" / "failed" / payment.at).glob(f"{payment.name}-*.md"))

    def telling(self, secret: str) -> list[Path]:
        """Files in which a text stands."""
        files = (path for path in self.root.rglob("*") if path.is_file())
        return [path for path in files if secret.encode() in path.read_bytes()]


@contextmanager
def served(project: Authored, habits: Habits) -> Iterator[Served]:
    """A model for a project, for as long as the block lasts."""
    service = Service(Author(kept=project.home / "asks" / "catalogue"), Journals([project.home]), habits)
    with loopback(service) as server:
        yield Served(service, server)


@dataclass(frozen=True)
class Served:
    """A service that can be reached, and what it was asked."""

    service: Service
    server: Loopback

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    @property
    def requests(self) -> list[str]:
        """A hash of each request, in the order in which they came."""
        return [one.request for one in self.service.served]

    @property
    def answered(self) -> list[str]:
        """Those of the requests that got a reply."""
        return [one.request for one in self.service.served if one.answered]

    @property
    def asked(self) -> Counter[str]:
        """How many requests there were for each kind of ask."""
        return Counter(one.ask for one in self.service.served)

    @property
    def spoiled(self) -> Counter[str]:
        """How often each fault was met."""
        return Counter(one.fault for one in self.service.served if one.fault)


def until(is_so: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Waits for something to be so, while a process runs if one is given."""
    end = time.monotonic() + SECONDS
    while not is_so():
        assert process is None or process.poll() is None, f"it ended before its time: {process.communicate()}"
        assert time.monotonic() < end, "it hangs"
        time.sleep(0.02)


def reasons(complaints: str) -> list[str]:
    """What a run says was wrong: a line for each thing, or for all that went wrong alike."""
    return [line for line in complaints.splitlines() if line and not line.startswith((" ", "skiller: "))]


def kill_all(root: int) -> None:
    """Kills a process and all that it started, at once and without a word."""
    for pid in list(tree(root)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
