"""How long the domains take to build, and one of them to build again: offline, by ``skiller run``, Dagster included."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from skiller_assets_tests.bench.processes import Done
from skiller_assets_tests.bench.projects import Project, lay_out
from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.domains import DOMAINS

CORES = len(os.sched_getaffinity(0))
CORPUS_DOMAINS = 300
_PLAIN = "skiller_assets_tests.bench.plain_build"
_IMPORTS = "import skiller_assets.definitions, great_expectations, matplotlib.figure"
_SENTENCE = "describe: Establish who is asking; everything else needs it."
_CHANGED = "describe: Establish who is asking; everything else depends on it."


@dataclass(frozen=True)
class Whole:
    """A project that was built, what that took, and the same without Dagster: by as many workers, and in one process.

    ``domains`` are the seconds of each domain's artifacts by their manifests; ``idle``: a run with nothing to do.
    """

    project: Project
    run: Done
    idle: Done
    pool: Done
    single: Done
    domains: dict[str, float]
    tasks: int

    @property
    def for_a_corpus(self) -> float:
        """Seconds for 300 domains without pairs, if the core seconds of one process are spread evenly over all cores.

        The start of a process is in them and is not taken off.
        """
        return self.single.core_seconds / len(self.domains) * CORPUS_DOMAINS / CORES


@dataclass(frozen=True)
class Rebuild:
    """A run after one sentence of a domain has changed, and what it made, by kind and key."""

    run: Done
    imports: Done
    made: tuple[str, ...]


def build(folder: Path) -> Whole:
    """Builds three projects that are the same: by the command, by workers alone and in one process."""
    project = lay_out(folder / "run")
    run = project.skiller("run")
    domains = {domain: project.seconds(domain) for domain in DOMAINS}
    idle = project.skiller("run")
    pool = lay_out(folder / "pool").python("-m", _PLAIN, str(CORES))
    single = lay_out(folder / "single").python("-m", _PLAIN, "0")
    return Whole(project, run, idle, pool, single, domains, project.tasks())


def rebuild(project: Project, domain: str) -> Rebuild:
    """Changes what a domain says about its first tool, and brings a built project up to date."""
    path = project.root / "domains" / f"{domain}.yaml"
    text = path.read_text(encoding="utf-8")
    if text.count(_SENTENCE) != 1:
        raise ValueError(f"{path} does not say {_SENTENCE!r} once")
    path.write_text(text.replace(_SENTENCE, _CHANGED), encoding="utf-8")
    imports = project.python("-c", _IMPORTS)
    before = project.made()
    run = project.skiller("run")
    made = (folder for folder, at in project.made().items() if before.get(folder) != at)
    return Rebuild(run, imports, tuple(sorted(str(Path(f).relative_to(project.root / "data")) for f in made)))


def build_lines(whole: Whole) -> list[Line]:
    """The lines of a whole build."""
    run, pool, single = whole.run, whole.pool, whole.single
    each = ", ".join(f"{domain} {seconds:.0f} s" for domain, seconds in whole.domains.items())
    return [
        Line(
            f"{len(whole.domains)} domains offline, Dagster included, {CORES} cores",
            "≤ 180 s, ≤ 2 GiB",
            f"{run.seconds:.0f} s, {run.megabytes / 1024:.2f} GiB; {whole.tasks} tasks, "
            f"{whole.tasks / run.seconds:.1f} /s; {each}",
            f"without Dagster {pool.seconds:.0f} s; in one process {single.seconds:.0f} s",
            run.seconds / pool.seconds,
        ),
        Line(
            f"{CORPUS_DOMAINS} domains, no pairs, extrapolated",
            "≤ 600 s on 4 cores, pairs included",
            f"{whole.for_a_corpus:,.0f} s on {CORES} cores",
            f"{single.core_seconds / len(whole.domains):.1f} core seconds a domain in one process, spread evenly",
        ),
        Line(
            "a run with nothing to do",
            "–",
            f"{whole.idle.seconds:.1f} s",
            f"the whole build {run.seconds:.0f} s",
            whole.idle.seconds / run.seconds,
        ),
    ]


def rebuild_line(rebuilt: Rebuild, domain: str) -> Line:
    """The line of a rebuild."""
    beyond = rebuilt.run.seconds - rebuilt.imports.seconds
    own = sum(Path(name).name == domain for name in rebuilt.made)
    return Line(
        f"rebuild of {domain} after one sentence",
        "≤ 15 s beyond imports, its own only",
        f"{beyond:.1f} s; {own} artifacts of {domain}, {len(rebuilt.made) - own} others",
        f"imports {rebuilt.imports.seconds:.1f} s",
        rebuilt.run.seconds / rebuilt.imports.seconds,
    )
