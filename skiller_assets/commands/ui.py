"""``skiller ui``: Dagster's own UI over this project, with the records that ``skiller run`` writes."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from skiller_assets.commands.faults import Fault
from skiller_assets.launch import open_instance
from skiller_assets.settings import load_settings

WORKSPACE = "workspace.yaml"


def execute(arguments: Namespace) -> int:
    """Becomes ``dagster dev``, so that Ctrl-C and exit code are its own. Raises Fault when there is no workspace."""
    settings = load_settings()
    workspace = settings.root / WORKSPACE
    if not workspace.is_file():
        raise Fault(f"{workspace} does not exist: copy it from the project's repository")
    with open_instance(settings.home) as instance:
        folder = instance.root_directory
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(workspace)]
    command += ["--host", arguments.host, "--port", str(arguments.port)]
    print(f"skiller: the UI will be at http://{arguments.host}:{arguments.port} (Ctrl-C ends it)", file=sys.stderr)
    os.chdir(settings.root)
    os.execve(sys.executable, command, {**os.environ, "DAGSTER_HOME": folder})
