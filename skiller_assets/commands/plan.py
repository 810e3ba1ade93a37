"""``skiller plan``: from settings and domain files to the registry."""

from __future__ import annotations

import sys
from argparse import Namespace

from skiller_assets.commands.exits import BAD, GOOD
from skiller_assets.commands.faults import Misuse, expect_sound
from skiller_assets.commands.terminal import place
from skiller_assets.project import Project, apply_plan


def execute(_: Namespace) -> int:
    """Plans the project around the working directory."""
    from skiller_assets.definitions import current_project

    return plan_project(current_project())


def plan_project(project: Project) -> int:
    """Writes the registry and says what changed; 1 when a domain could not be taken. Raises Misuse."""
    root = project.settings.root
    expect_sound(project)
    if project.settings.domains is None and not (root / "domains").is_dir():
        raise Misuse(f"{root} is no project: write domains/<name>.yaml there first (docs/contract.md says how)")
    planned = apply_plan(project)
    for name in planned.added:
        print(f"added    {name}")
    for name in planned.removed:
        print(f"removed  {name}; what was built of it is in {place(project.settings.home / '.trash')}")
    print(f"domains  {', '.join(planned.registry.domains) or 'none'}")
    if planned.added or planned.removed:
        print("A running UI sees this after Deployment > Reload definitions.")
    for problem in planned.problems:
        print(f"skiller: {problem}", file=sys.stderr)
    return BAD if planned.problems else GOOD
