"""A server on trial: a separate process holds it against a frozen suite and reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skiller_assets.enclosure import Enclosure
from skiller_assets.service import conformance_runner
from skiller_assets.service.judge import judge
from skiller_assets.service.suite import Suite

_RUNNER = Path(conformance_runner.__file__)
_CASE_SECONDS = 10.0
_TOTAL_SECONDS = 600.0
_MOST_COMPLAINTS = 12


@dataclass(frozen=True)
class Failure:
    """A case that did not come out as the engine's: the step (None: the listing or the final diff), both sides."""

    case: str
    step: int | None
    expected: str
    got: str

    def __str__(self) -> str:
        step = "" if self.step is None else f", step {self.step + 1}"
        return f"case {self.case}{step}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True)
class Report:
    """The outcome of one trial. ``broken`` says why the module could not be tried at all."""

    suite: str
    cases: int
    failures: tuple[Failure, ...]
    broken: str | None

    @property
    def passed(self) -> bool:
        """Whether the server may be used."""
        return self.broken is None and not self.failures and self.cases > 0

    def complaints(self) -> list[str]:
        """What to mend, most telling first: one failure of each tool and kind, then how many more there are."""
        if self.broken is not None:
            return [f"the module cannot be used: {self.broken}"]
        first: dict[str, Failure] = {}
        for failure in self.failures:
            first.setdefault("/".join(failure.case.split("/")[:2]), failure)
        told = [str(failure) for failure in first.values()][:_MOST_COMPLAINTS]
        rest = len(self.failures) - len(told)
        return told + ([f"and {rest} more of {self.cases} cases fail"] if rest > 0 else [])


def run_conformance(
    server: Path,
    world: Path,
    suite: Suite,
    case_seconds: float = _CASE_SECONDS,
    enclosure: Enclosure | None = None,
) -> Report:
    """Try a server module in a process with a clean environment, outside every checkout.

    With an enclosure it runs in there and is judged out here. Without one, judge and server share that process: that is
    for code that is vouched for. Raises EnclosureUnavailable.
    """
    if enclosure is not None:
        return _as_report(judge(server, world, suite, enclosure, case_seconds, _TOTAL_SECONDS))
    with tempfile.TemporaryDirectory(prefix="trial") as folder:
        frozen = Path(folder) / "suite.json"
        suite.save(frozen)
        paths = [str(path.resolve()) for path in (server, world, frozen)]
        command = [sys.executable, "-I", "-B", str(_RUNNER), *paths, "--seconds", str(case_seconds)]
        return _report(command, folder, suite.hash)


def _report(command: Sequence[str], folder: str, suite: str) -> Report:
    environment = {"PATH": os.defpath, "HOME": folder, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TOTAL_SECONDS, env=environment, cwd=folder, check=False
        )
    except subprocess.TimeoutExpired:
        return Report(suite, 0, (), f"the suite did not end within {_TOTAL_SECONDS:.0f} seconds")
    try:
        data = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return Report(suite, 0, (), f"the process ended with {done.returncode}: {last}")
    return _as_report(data)


def _as_report(data: Mapping[str, Any]) -> Report:
    failures = tuple(Failure(**failure) for failure in data["failures"])
    return Report(data["suite"], data["cases"], failures, data["broken"])
