"""Three hundred authored domains, planned and built by the command, and what lies on disk afterwards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.service.policy_check import count_words
from skiller_assets.service.shape import shape_of
from skiller_assets.tasks.bounds import OF_DOMAIN
from skiller_assets.tasks.checks import figures, opening_faults
from skiller_assets.tasks.records import Task, task_from_json
from skiller_assets.tasks.similarity import distinct_share
from skiller_assets_tests.bench.processes import Done
from skiller_assets_tests.bench.projects import Project
from skiller_assets_tests.bench.table import Line

TARGET = 300
SETTINGS = f"seed: 1\ntopics: {{target: {TARGET}}}\n"
LEAST_TASKS = 40


@dataclass(frozen=True)
class Corpus:
    """A built project: its domains, those of which everything is good, and what planning and building took."""

    project: Project
    domains: tuple[str, ...]
    good: tuple[str, ...]
    planned: Done
    built: Done

    def read(self, artifact: str, domain: str, name: str) -> str:
        """A file of an artifact."""
        return (self.project.root / "data" / artifact / domain / name).read_text(encoding="utf-8")

    def tasks(self, domain: str) -> list[Task]:
        """The validated tasks of a domain."""
        return [
            task_from_json(json.loads(line))
            for line in self.read("validated_tasks", domain, "tasks.jsonl").splitlines()
        ]

    def openings(self, domain: str) -> list[str]:
        """The first messages of a domain's users."""
        return [json.loads(line)["opening"] for line in self.read("queries", domain, "queries.jsonl").splitlines()]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Planned and built once."""
    project = Project(tmp_path_factory.mktemp("corpus"))
    (project.root / "skiller.yaml").write_text(SETTINGS, encoding="utf-8")
    planned = project.skiller("plan", "--target", str(TARGET))
    built = project.skiller("run", good=(0, 1))  # 1: some domain failed, which is counted below
    registry = json.loads((project.root / "data" / "registry.json").read_text(encoding="utf-8"))
    domains = tuple(registry["domains"])
    good = tuple(domain for domain in domains if _verdict(project, domain) == "good")
    return Corpus(project, domains, good, planned, built)


def _verdict(project: Project, domain: str) -> str:
    """Of the last artifact of the chain, which needs all others to be good."""
    path: Path = project.root / "data" / "queries" / domain / "manifest.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["verdict"]) if path.is_file() else "missing"


@pytest.mark.soak
def test_three_hundred_names_are_planned_quickly(corpus: Corpus, table: list[Line]) -> None:
    table.append(Line(f"{TARGET} domains planned", "< 20 s", f"{corpus.planned.seconds:.1f} s"))
    assert len(set(corpus.domains)) == TARGET
    assert not any(char.isdigit() for name in corpus.domains for char in name)


@pytest.mark.soak
def test_all_but_one_in_a_hundred_are_built(corpus: Corpus, table: list[Line]) -> None:
    took = f"{corpus.built.seconds:.0f} s, {corpus.built.core_seconds / TARGET:.1f} core-seconds a domain"
    table.append(
        Line(f"{TARGET} domains built", "≥ 99 %", f"{len(corpus.good)} in {took}, {corpus.built.megabytes:,.0f} MB")
    )
    assert len(corpus.good) >= 0.99 * TARGET, sorted(set(corpus.domains) - set(corpus.good))


@pytest.mark.soak
def test_they_have_many_shapes(corpus: Corpus, table: list[Line]) -> None:
    shapes = Counter(
        shape_of(compile_contract(contract_from(json.loads(corpus.read("blueprint", d, "contract.json")), d)))
        for d in corpus.good
    )
    most = shapes.most_common(1)[0][1] / len(corpus.good)
    table.append(Line("shapes among the domains", "≥ 60, none over 5 %", f"{len(shapes)}, the commonest {most:.1%}"))
    assert len(shapes) >= 60
    assert most <= 0.05


@pytest.mark.soak
def test_each_has_its_tasks_of_every_kind(corpus: Corpus, table: list[Line]) -> None:
    tasks = {d: corpus.tasks(d) for d in corpus.good}
    table.append(Line("validated tasks of a domain", f"≥ {LEAST_TASKS}", _spread([len(t) for t in tasks.values()])))
    for figure, target in (("mean calls (fulfil)", "≥ 5"), ("distinct sequences (fulfil)", "≥ 0.7")):
        values = [float(str(figures(t)[figure])) for t in tasks.values()]
        table.append(Line(f"{figure}, over the domains", target, _spread(values)))
    assert all(len(t) >= LEAST_TASKS for t in tasks.values())
    for domain, found in tasks.items():
        kinds = Counter(str(task.kind) for task in found)
        for kind, share in OF_DOMAIN.least_share.items():
            assert kinds[kind] >= int(share * len(found)), f"{domain}: {kind}"


@pytest.mark.soak
def test_policies_and_openings_are_as_long_and_as_different_as_they_should_be(
    corpus: Corpus, table: list[Line]
) -> None:
    words = [count_words(corpus.read("policy", d, "policy.md")) for d in corpus.good]
    table.append(Line("words of a policy", "800 to 2,000", _spread(words)))
    openings = {d: corpus.openings(d) for d in corpus.good}
    shares = [distinct_share(found[:50]) for found in openings.values()]
    table.append(Line("distinct trigrams of the first 50 openings", "≥ 0.55", _spread(shares)))
    assert all(800 <= count <= 2000 for count in words)
    assert {d: f for d, found in openings.items() if (f := opening_faults(found))} == {}


def _spread(values: Sequence[float], value: Callable[[float], float] = float) -> str:
    ordered = sorted(map(value, values))
    return f"least {ordered[0]:.4g}, median {ordered[len(ordered) // 2]:.4g}, most {ordered[-1]:.4g}"
