"""``skiller run``: brings a selection up to date, and says what became of each artifact and key."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence

from skiller_assets.commands.exits import BAD, GOOD, INTERRUPTED
from skiller_assets.commands.faults import Misuse, expect_known, expect_sound
from skiller_assets.commands.progress import Watch, faults, summary
from skiller_assets.commands.terminal import Screen
from skiller_assets.launch import Outcome, Selection, run_chains
from skiller_assets.project import Project


def execute(arguments: Namespace) -> int:
    """Runs in the project around the working directory."""
    from skiller_assets.program import current_project

    project = current_project()
    return bring_up_to_date(project, [selection(project, arguments)])


def selection(project: Project, arguments: Namespace) -> Selection:
    """What the options ask for. Raises Misuse for an artifact that does not exist."""
    names = tuple(arguments.artifact or ())
    for name in names:
        expect_known("artifact", name, [artifact.name for artifact in project.work.artifacts])
    keys = tuple(arguments.domain) if arguments.domain else None
    return Selection(with_needs(project, names) if names else None, keys, arguments.force)


def bring_up_to_date(project: Project, selections: Sequence[Selection]) -> int:
    """Runs selections one after another; the exit code. Raises Misuse before anything is begun."""
    expect_sound(project)
    for wanted in selections:
        for key in wanted.keys or ():
            expect_known("domain or pair", key, [*project.registry.domains, *project.registry.pairs])
    for warning in project.warnings:
        print(f"skiller: {warning}", file=sys.stderr)
    if not project.registry.domains:
        raise Misuse("there is no domain to build: write one in domains/ and run: skiller plan")
    screen = Screen()
    watches: list[Watch] = []
    outcomes: list[Outcome] = []
    try:
        for wanted in selections:
            watches.append(Watch(screen, _asked_for(project, wanted)))
            outcomes.append(run_chains(project, wanted, watches[-1]))
    except KeyboardInterrupt:
        screen.close()
        _report(watches, ["stopped; what was finished is kept, the next run goes on from there"])
        return INTERRUPTED
    screen.close()
    _report(
        watches,
        [problem for outcome in outcomes for problem in outcome.problems],
        [note for outcome in outcomes for note in outcome.notes],
    )
    return GOOD if all(outcome.good for outcome in outcomes) else BAD


def _report(watches: Sequence[Watch], problems: Sequence[str], notes: Sequence[str] = ()) -> None:
    steps = [step for watch in watches for step in watch.steps]
    print("\n".join((f"\n{summary(steps)}\n", *notes)))
    sys.stdout.flush()
    for line in (*faults(steps), *problems):
        print(line, file=sys.stderr)


def with_needs(project: Project, names: Iterable[str]) -> frozenset[str]:
    """Artifacts with everything that they are made from."""
    found = set(names)
    for artifact in reversed(project.work.artifacts):  # what is needed is declared before what needs it
        if artifact.name in found:
            found.update(artifact.needs)
    return frozenset(found)


def _asked_for(project: Project, wanted: Selection) -> list[list[str]]:
    """The names of the artifacts of each chain that a selection asks for."""
    names = wanted.artifacts
    return [[a.name for a in chain.artifacts if names is None or a.name in names] for chain in project.chains]
