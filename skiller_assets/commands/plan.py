"""``skiller plan``: from settings, domain files and topics to the registry."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence

from skiller_assets.commands.exits import BAD, GOOD
from skiller_assets.commands.faults import Misuse, expect_sound
from skiller_assets.commands.terminal import place, wrapped
from skiller_assets.planning import Plan, planned_pairs
from skiller_assets.project import Project, apply_plan, is_project

_NAMED = 20
"""So many domains are listed by name; of more, only how many there are."""


def execute(arguments: Namespace) -> int:
    """Plans the project around the working directory."""
    from skiller_assets.program import current_project

    if arguments.estimate:
        return estimate_project(current_project(), arguments.target, arguments.pairs)
    return plan_project(current_project(), arguments.target, arguments.pairs)


def estimate_project(project: Project, target: int | None = None, pairs: int | None = None) -> int:
    """Says what the plan would take of a model. Raises Misuse."""
    from skiller_assets.commands.estimates import estimate_told

    expect_sound(project)
    print(estimate_told(project, target, pairs))
    return GOOD


def plan_project(project: Project, target: int | None = None, pairs: int | None = None) -> int:
    """Writes the registry and says what changed; 1 when a domain could not be taken. Raises Misuse."""
    root = project.settings.root
    expect_sound(project)
    if not is_project(project.settings):
        raise Misuse(f"{root} is no project: write domains/<name>.yaml there first (docs/contract.md says how)")
    planned = apply_plan(project, target, pairs)
    wanted = planned_pairs(project.settings, planned.registry)
    for line in _summary(planned, wanted, place(project.settings.home / ".trash")):
        print(line)
    for problem in planned.problems:
        print(f"skiller: {problem}", file=sys.stderr)
    return BAD if planned.problems else GOOD


def _summary(planned: Plan, pairs: int, trash: str) -> Iterator[str]:
    registry, authored = planned.registry, planned.authored
    if planned.added:
        yield wrapped("added    ", ", ".join(planned.added))
    if planned.removed:
        yield wrapped("removed  ", ", ".join(planned.removed)) + f"; what was built of it is in {trash}"
    if planned.unpaired:
        yield wrapped("unpaired ", ", ".join(planned.unpaired)) + f"; what was built of it is in {trash}"
    few = len(registry.domains) <= _NAMED
    yield wrapped("domains  ", ", ".join(registry.domains) or "none") if few else f"domains  {len(registry.domains)}"
    if registry.pairs or pairs:
        yield wrapped("pairs    ", _pairs(registry.pairs, pairs))
    if authored or registry.target:
        yield f"authored {_of(planned)}{_dropped(len(registry.dropped))}"
    if authored:
        yield wrapped("  strategies  ", _counted([topic.strategy.replace("_", " ") for topic in authored]))
        yield wrapped("  contexts    ", _counted([topic.context for topic in authored]))
    if planned.added or planned.removed or planned.unpaired:
        yield "A running UI sees this after Deployment > Reload definitions."


def _pairs(pairs: Sequence[str], wanted: int) -> str:
    names = f": {', '.join(pairs)}" if 0 < len(pairs) <= _NAMED else ""
    missing = wanted - len(pairs)
    return f"{len(pairs)}{names}" + (f"; skiller run chooses {missing} more" if missing > 0 else "")


def _of(planned: Plan) -> str:
    count, target = len(planned.authored), planned.registry.target
    if count == target:
        return str(count)
    return f"{count} of {target}" + ("" if planned.problems else ": nothing else comes to the author's mind")


def _dropped(count: int) -> str:
    return f"; {count} near-duplicate{'s were' if count > 1 else ' was'} dropped" if count else ""


def _counted(names: Sequence[str]) -> str:
    """``sports 12, travel 9``: the most frequent first."""
    return ", ".join(f"{name} {count}" for name, count in sorted(Counter(names).items(), key=lambda i: (-i[1], i[0])))
