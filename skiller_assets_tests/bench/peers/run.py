"""Our asks and the rows of three peers against the same server in one run, as one table.

``python -m skiller_assets_tests.bench.peers.run data_designer=VENV curator=VENV distilabel=VENV``; see the README here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from resources.providers import make_door
from skiller_assets_tests.bench.bench_asks import KEY_VARIABLE, MILLISECONDS, answered, asks, project, rate
from skiller_assets_tests.bench.peers.rows import IN_FLIGHT, ROWS, WARM_UP
from skiller_assets_tests.bench.quick_server import quick_server
from skiller_assets_tests.bench.table import Line, rendered

ROUNDS = 2
_HERE = Path(__file__).parent
_PATIENCE = 300
_TOLD = 3_000


def ours(url: str, folder: Path) -> float:
    """Asks a second, as users run them: each row once, nothing kept."""
    door, wanted = make_door(project(url, folder)), asks()
    return rate(lambda: answered(door, wanted)).a_second


def peer(name: str, venv: Path, url: str, folder: Path) -> tuple[float, float]:
    """Rows a second of a whole run, and of what it does beyond its first rows. Raises SystemExit with its words."""
    folder.mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"HF_HUB_OFFLINE": "1"}
    command = [str(venv / "bin" / "python"), str(_HERE / f"{name}_rows.py"), url, str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_PATIENCE)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{(done.stdout + done.stderr)[-_TOLD:]}")
    few, all_of_them = json.loads(done.stdout.strip().splitlines()[-1])
    return ROWS / all_of_them, (ROWS - WARM_UP) / max(all_of_them - few, 1e-9)


def main(peers: dict[str, Path]) -> None:
    """Prints the best of some rounds of each, taken in turn."""
    os.environ[KEY_VARIABLE] = "any"
    own: list[float] = []
    theirs: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
    with quick_server(MILLISECONDS) as url, tempfile.TemporaryDirectory() as scratch:
        for number in range(ROUNDS):
            own.append(ours(url, Path(scratch) / f"ours{number}"))
            for name, venv in peers.items():
                theirs[name].append(peer(name, venv, url, Path(scratch) / f"{name}{number}"))
    work, best = f"{ROWS} rows, {IN_FLIGHT} in flight, {MILLISECONDS} ms each", max(own)
    lines = [Line(f"{work}: ours", "ahead of all", f"{best:,.0f} /s")]
    for name, found in theirs.items():
        whole, beyond = max(found)
        told = f"{whole:,.0f} /s; {beyond:,.0f} /s beyond the first {WARM_UP}"
        lines.append(Line(f"… {name}", "–", f"{best:,.0f} /s", told, best / max(whole, beyond)))
    print(rendered(lines))


if __name__ == "__main__":
    main({name: Path(venv) for name, _, venv in (argument.partition("=") for argument in sys.argv[1:])})
