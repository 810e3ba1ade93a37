"""``skiller rebuild``: makes one artifact of one key anew, and what follows from it as far as content changed.

Of a domain, what all domains share is brought up to date first where it is needed, and not made anew; its pairs follow.
Of a pair, nothing else is touched. Which pairs there are is never chosen again.
"""

from __future__ import annotations

from argparse import Namespace

from skiller_assets.artifact import Artifact
from skiller_assets.commands.faults import expect_known, expect_sound
from skiller_assets.commands.run import bring_up_to_date, with_needs
from skiller_assets.launch import Selection
from skiller_assets.project import Project


def execute(arguments: Namespace) -> int:
    """Rebuilds in the project around the working directory."""
    from skiller_assets.program import current_project

    return rebuild(current_project(), arguments.key, arguments.artifact)


def rebuild(project: Project, key: str, artifact: str | None) -> int:
    """Rebuilds a key from one of its artifacts on, or from its beginning; the exit code. Raises Misuse."""
    expect_sound(project)
    expect_known("domain or pair", key, [*project.registry.domains, *project.registry.pairs])
    per = "pair" if key in project.registry.pairs else "domain"
    own = [a for a in project.work.artifacts if a.per == per]
    if artifact is not None:
        expect_known(f"artifact of {key}", artifact, [a.name for a in own])
    anew = frozenset([artifact] if artifact else _beginnings(own))
    shared = {a.name for a in project.work.artifacts if a.per == "corpus"} & with_needs(project, anew)
    selections = [Selection(frozenset(shared), (key,))] if shared and per == "domain" else []
    selections.append(Selection(anew, (key,), force=True))
    if after := _after(project, anew):
        selections.append(Selection(after, (key,)))
    return bring_up_to_date(project, selections)


def _beginnings(own: list[Artifact]) -> list[str]:
    """The artifacts of a key that need no other artifact of it."""
    names = {artifact.name for artifact in own}
    return [artifact.name for artifact in own if not names & set(artifact.needs)]


def _after(project: Project, names: frozenset[str]) -> frozenset[str]:
    """Everything of a domain or a pair that is made from some artifacts, near and far."""
    found = set(names)
    for artifact in project.work.artifacts:  # what is needed is declared before what needs it
        if found & set(artifact.needs) and artifact.per != "corpus":
            found.add(artifact.name)
    return frozenset(found - names)
