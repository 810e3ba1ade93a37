"""What the tests in a real webserver and daemon do to their project, and what they ask of a key."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from skiller_assets_tests.dagster_live.servers import Servers
from skiller_assets_tests.whole.conftest import REPOSITORY

MODULE = "skiller_assets_tests.whole.live_definitions"
"""The code location that is served."""


def domain_file(root: Path, domain: str) -> Path:
    return root / "domains" / f"{domain}.yaml"


def write_domain(root: Path, domain: str) -> None:
    shutil.copy(domain_file(REPOSITORY, domain), domain_file(root, domain))


def edit(root: Path, domain: str, old: str, new: str) -> None:
    path = domain_file(root, domain)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def skiller(root: Path, *words: str) -> str:
    """What the command says in a project, where all goes well."""
    environ = {name: value for name, value in os.environ.items() if name not in ("SKILLER_HOME", "DAGSTER_HOME")}
    command = [sys.executable, "-m", "skiller_assets.cli", *words]
    done = subprocess.run(
        command, cwd=root, env={**environ, "PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def versions(servers: Servers, artifacts: Iterable[str], key: str) -> dict[str, str]:
    """The data version of every artifact of a key."""
    return {name: servers.newest(name, key)["dagster/data_version"] for name in artifacts}


def stale(servers: Servers, artifacts: Iterable[str], key: str) -> list[str]:
    """The artifacts of a key that the UI does not show as fresh."""
    return [name for name in artifacts if servers.staleness(name, key) != "FRESH"]


def not_green(servers: Servers, artifacts: Iterable[str], key: str) -> list[str]:
    """The checks of a key that did not succeed."""
    checks = [(name, check) for name in artifacts for check in servers.checks(name)]
    assert checks
    return [f"{name}.{check}" for name, check in checks if servers.check(name, check, key) != "SUCCEEDED"]


def idle(servers: Servers) -> bool:
    """Whether no run is going on."""
    return all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in servers.runs())
