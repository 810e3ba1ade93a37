"""The lines of the README for an own model are run as they stand, against the loopback server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from skiller_assets.ask.ledger import Ledger
from skiller_assets_tests.loopback.author import Author
from skiller_assets_tests.loopback.journals import Journals
from skiller_assets_tests.loopback.projects import REPOSITORY, environment
from skiller_assets_tests.loopback.server import loopback
from skiller_assets_tests.loopback.service import Service


def _lines() -> list[str]:
    """The first block of the section."""
    section = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition("## With your own model\n")[2]
    return section.split("```")[1].strip().splitlines()


@pytest.mark.soak
def test_five_lines_build_a_domain_with_a_model(tmp_path: Path) -> None:
    lines = _lines()
    assert len(lines) == 5
    command = tmp_path / "bin" / "skiller"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m skiller_assets.cli "$@"\n')
    command.chmod(0o755)
    home = tmp_path / "desk" / "data"
    with loopback(Service(Author(), Journals([home]))) as server:
        clean = environment()
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            cwd=tmp_path,
            env={**clean, "PATH": f"{command.parent}:{clean['PATH']}", "OPENAI_BASE_URL": server.url},
            capture_output=True,
            text=True,
            timeout=420,
            check=False,
        )
    said = done.stdout
    assert "Traceback" not in done.stderr
    for part in (
        "to be made or brought up to date: 1 domains",
        "no price is known of gpt-4.1; say in skiller.yaml",
        "this preview ",
        "authored 1\n",
        "\nyoga_school ",
    ):
        assert part in said, done.stderr
    assert re.search(r"^query +gpt-4\.1 ", said, re.MULTILINE)
    assert {key.removeprefix("Bearer ") for key in server.keys} == {"your-key"}
    payments = list(Ledger(home / "asks").payments())
    assert len({payment.key for payment in payments}) == len(payments) == len(server.requests)
    assert (home / "queries" / "yoga_school" / "queries.jsonl").stat().st_size > 0
