"""``skiller ui`` as a user starts it: Dagster's own servers over this project, ended by one Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUERY = "{ assetNodes { assetKey { path } } }"


def asked(address: str) -> set[str]:
    """The assets that the webserver knows; none while it is not there yet."""
    body = json.dumps({"query": QUERY}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return {node["assetKey"]["path"][0] for node in json.load(reply)["data"]["assetNodes"]}
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return set()


@pytest.mark.soak
def test_the_ui_shows_every_artifact_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    process = subprocess.Popen(
        [sys.executable, "-m", "skiller_assets.cli", "ui", "--port", str(port)],
        cwd=ROOT,
        env={**environ, "SKILLER_HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (found := asked(f"http://127.0.0.1:{port}")):
            assert process.poll() is None
            time.sleep(0.2)
        assert {"domain_file", "catalogue", "plan", "domain_topics", "entities", "blueprint"} <= found
        assert {"database", "validated_tasks", "queries"} <= found
        assert (tmp_path / "dagster" / "dagster.yaml").is_file()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
