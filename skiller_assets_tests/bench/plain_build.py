"""The same artifacts by the same builders and checks, without Dagster: ``python -m … <worker processes>``.

With 0 everything is built in this one process; with more by workers, as ``skiller run`` has them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

from resources.providers import make_door
from skiller_assets.artifact import Scope
from skiller_assets.build import Builder, Step
from skiller_assets.ontology.assets import ARTIFACTS as ONTOLOGY
from skiller_assets.project import Project, load_project
from skiller_assets.service.assets import ARTIFACTS as SERVICE
from skiller_assets.tasks.assets import ARTIFACTS as TASKS
from skiller_assets.work import Chain
from skiller_assets.workers import advance

_ARTIFACTS = (*ONTOLOGY, *SERVICE, *TASKS)
_PER: tuple[Scope, ...] = ("corpus", "domain")


def build(project: Project, processes: int) -> Iterator[Step]:
    """Every artifact of every key of the project, chain by chain."""
    work = replace(project.work, wanted=frozenset(artifact.name for artifact in _ARTIFACTS))
    builder = Builder(work)
    for chain in project.chains:
        keys = project.keys(chain)
        if processes:
            for steps in advance(work, chain.per, keys, processes):
                yield from steps
        else:
            for key in keys:
                yield from builder.steps(chain.per, key)


def main(processes: int) -> int:
    """Builds the project around the working directory; the exit code says whether all of it is good."""
    chains = [Chain(per, tuple(a for a in _ARTIFACTS if a.per == per)) for per in _PER]
    bad = [step for step in build(load_project(chains, make_door), processes) if step.status not in ("built", "reused")]
    for step in bad:
        print(f"{step.artifact}[{step.key}] {step.status}: {step.reason}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
