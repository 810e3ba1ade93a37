"""Sixty authored domains with eighty pairs, of which one domain is made again: what was touched, and what that took."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from skiller_assets.launch import open_instance
from skiller_assets.program import CHAINS
from skiller_assets.registry import Registry, read_registry
from skiller_assets_tests.bench.processes import Done
from skiller_assets_tests.bench.projects import REPOSITORY, Project
from skiller_assets_tests.bench.table import Line

TARGET, PAIRS = 60, 80
LEAST_GOOD = 0.8
"""Of so few rows and tasks some services and pairs cannot be made: a rule that never fails, four tasks of six."""

SETTINGS = f"""seed: 1
topics: {{target: {TARGET}}}
pairs: {{target: {PAIRS}, tasks_per_pair: 6}}
world: {{rows: 60}}
tasks: {{per_domain: 10}}
"""
SENTENCE = re.compile(r"^( +says: The [^'\"\n]*) must be ([^\n]*\.)$", re.MULTILINE)
"""A rule of a composed contract that is told in one line."""

SHARED = {"domain_topics", "entities"}
ARTIFACTS = {artifact.name: artifact for chain in CHAINS for artifact in chain.artifacts}

Key = tuple[str, str]
"""An artifact's folder and a key, ``_`` where there is none."""


@dataclass(frozen=True)
class Partition:
    """What lies on disk of one artifact and key: its manifest, and when each file was written."""

    manifest: Mapping[str, Any]
    written: Mapping[str, int]

    @property
    def made_from(self) -> Any:
        """Everything that its content may depend on."""
        return [self.manifest[name] for name in ("inputs", "code", "settings")]


@dataclass(frozen=True)
class Rebuilt:
    """A rebuild: what it took, what lay on disk before and after, and what it told Dagster that was materialized."""

    took: Done
    before: Mapping[Key, Partition]
    after: Mapping[Key, Partition]
    told: frozenset[Key]

    @property
    def written(self) -> set[Key]:
        """The partitions in which any file was written or removed."""
        keys = self.before.keys() | self.after.keys()
        return {key for key in keys if _written(self.before, key) != _written(self.after, key)}

    @property
    def changed(self) -> set[Key]:
        """The partitions whose content is another now."""
        return {key for key in self.written if self.before[key].manifest["hash"] != self.after[key].manifest["hash"]}


@dataclass(frozen=True)
class History:
    """A project that was built whole; then one of its domains was made again: as it was, taken over into a file of the
    user's word by word, and after an edit of that file."""

    project: Project
    registry: Registry
    domain: str
    whole: Done
    built: Mapping[Key, Partition]
    unchanged: Rebuilt
    taken_over: Rebuilt
    changed: Rebuilt

    @property
    def own(self) -> set[str]:
        """The domain that is made again, and its pairs."""
        return {self.domain, *self.registry.pairs_of(self.domain)}

    def good(self, key: str) -> bool:
        """Whether the last artifact of a key, which needs the others, was good after the whole build."""
        last = self.built.get(("queries", key))
        return last is not None and last.manifest["verdict"] == "good"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Built once; all that is asked about it was done here, in this order."""
    project = Project(tmp_path_factory.mktemp("sixty"))
    (project.root / "skiller.yaml").write_text(SETTINGS, encoding="utf-8")
    project.skiller("plan")
    whole = project.skiller("run", good=(0, 1))  # 1: some key failed, which is counted below
    registry, built = _registry(project), on_disk(project)
    domain = _most_paired(registry, built)
    unchanged = rebuild(project, domain)
    take_over(project, domain)
    taken_over = rebuild(project, domain)
    edit(project, domain)
    return History(project, registry, domain, whole, built, unchanged, taken_over, rebuild(project, domain))


def rebuild(project: Project, domain: str) -> Rebuilt:
    """``skiller rebuild``, watched from outside."""
    before, last = on_disk(project), _newest_event(project)
    took = project.skiller("rebuild", domain)
    return Rebuilt(took, before, on_disk(project), frozenset(_told_after(project, last)))


def take_over(project: Project, domain: str) -> None:
    """Writes a composed domain as a file of the user's."""
    path = _file_of(project, domain)
    path.parent.mkdir()
    path.write_text(composed(project, domain), encoding="utf-8")


def edit(project: Project, domain: str) -> None:
    """Tells one rule in other words."""
    path = _file_of(project, domain)
    text, count = SENTENCE.subn(r"\1 has to be \2", path.read_text(encoding="utf-8"), count=1)
    assert count == 1, f"no rule of {domain} says that something must be"
    path.write_text(text, encoding="utf-8")


def _file_of(project: Project, domain: str) -> Path:
    return project.root / "domains" / f"{domain}.yaml"


def composed(project: Project, domain: str) -> str:
    """What ``skiller compose`` prints."""
    command = [sys.executable, "-m", "skiller_assets.cli", "compose", domain]
    environ = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, cwd=project.root, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout


def on_disk(project: Project) -> dict[Key, Partition]:
    """Everything that was built."""
    found: dict[Key, Partition] = {}
    for path in sorted((project.root / "data").glob("[a-z]*/*/manifest.json")):
        files = (file for file in path.parent.rglob("*") if file.is_file())
        written = {str(file.relative_to(path.parent)): file.stat().st_mtime_ns for file in files}
        found[path.parts[-3], path.parts[-2]] = Partition(json.loads(path.read_text(encoding="utf-8")), written)
    return found


def _written(state: Mapping[Key, Partition], key: Key) -> Mapping[str, int]:
    return state[key].written if key in state else {}


def _registry(project: Project) -> Registry:
    registry = read_registry(project.root / "data" / "registry.json")
    assert registry
    return registry


def _most_paired(registry: Registry, built: Mapping[Key, Partition]) -> str:
    """The good domain of which the most pairs are good, the first in the alphabet."""
    good = {
        key for (artifact, key), found in built.items() if (artifact, found.manifest["verdict"]) == ("queries", "good")
    }
    paired = Counter(domain for pair in registry.pairs if pair in good for domain in registry.members(pair))
    whole = [d for d in sorted(paired) if good.issuperset(registry.pairs_of(d))]
    return max(whole, key=lambda domain: paired[domain])


def _newest_event(project: Project) -> int:
    return max(record.storage_id for name in ARTIFACTS for record in _materializations(project, name, None))


def _told_after(project: Project, last: int) -> Iterator[Key]:
    for name, artifact in ARTIFACTS.items():
        for record in _materializations(project, name, last):
            yield artifact.folder, record.partition_key or "_"


def _materializations(project: Project, name: str, after: int | None) -> list[dg.EventLogRecord]:
    """The materializations of an artifact after an event, or the newest one."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey(name), after_storage_id=after)
    with open_instance(project.root / "data") as instance:
        limit = 1 if after is None else 1000
        return list(instance.fetch_materializations(wanted, limit=limit).records)


@pytest.mark.soak
def test_the_whole_corpus_with_its_pairs_is_built(history: History, table: list[Line]) -> None:
    domains = [key for key in history.registry.domains if history.good(key)]
    pairs = [key for key in history.registry.pairs if history.good(key)]
    found = f"{len(domains)} domains, {len(pairs)} of {len(history.registry.pairs)} pairs in {_took(history.whole)}"
    table.append(Line(f"{TARGET} small domains with {PAIRS} pairs", "–", f"{found}, {history.whole.megabytes:,.0f} MB"))
    assert len(history.registry.pairs) == PAIRS
    assert len(domains) >= LEAST_GOOD * TARGET
    assert len(pairs) >= LEAST_GOOD * PAIRS


@pytest.mark.soak
def test_a_domain_made_again_with_the_same_content_stops_where_it_began(history: History, table: list[Line]) -> None:
    _tell(table, history, history.unchanged, "nothing changed")
    assert history.unchanged.changed == set()
    assert {key for _, key in history.unchanged.written} == {history.domain}
    _expect_alone(history, history.unchanged)
    assert {artifact for artifact, _ in history.unchanged.written} == _beginnings()


@pytest.mark.soak
def test_a_domain_taken_over_by_the_user_touches_its_own_partitions_and_its_pairs(
    history: History, table: list[Line]
) -> None:
    _tell(table, history, history.taken_over, "taken over into a file")
    _expect_alone(history, history.taken_over)
    _expect_reasons(history, history.taken_over)


@pytest.mark.soak
def test_a_changed_sentence_of_one_domain_touches_its_own_partitions_and_its_pairs(
    history: History, table: list[Line]
) -> None:
    rebuilt = history.changed
    _tell(table, history, rebuilt, "one sentence changed")
    _expect_alone(history, rebuilt)
    _expect_reasons(history, rebuilt)
    assert {("blueprint", key) for key in history.own} | {("policy", key) for key in history.own} <= rebuilt.changed
    assert not {key for key in rebuilt.changed if key[1] == "_"}
    assert not {("database", history.domain), ("tool_graph", history.domain)} & rebuilt.changed


@pytest.mark.soak
def test_a_rebuild_costs_a_small_part_of_the_whole(history: History) -> None:
    assert history.unchanged.took.core_seconds < history.whole.core_seconds / 10
    for rebuilt in (history.taken_over, history.changed):
        assert rebuilt.took.core_seconds < history.whole.core_seconds / 5


def _expect_alone(history: History, rebuilt: Rebuilt) -> None:
    """Nothing but the domain, its pairs and what all share was touched, nor told to Dagster; no pair was chosen."""
    assert {key for _, key in rebuilt.told} == {"_", *history.own}
    assert {artifact for artifact, key in rebuilt.told if key == "_"} <= SHARED
    foreign = {key for key in rebuilt.written if key[1] not in history.own}
    assert {artifact for artifact, _ in foreign} <= SHARED
    assert rebuilt.before.keys() == rebuilt.after.keys()
    assert _registry(history.project) == history.registry


def _expect_reasons(history: History, rebuilt: Rebuilt) -> None:
    """What was made from the same as before was kept, but for where a rebuild begins; the rest is anew and good."""
    own = {key for key in rebuilt.before if key[1] in history.own}
    for_a_reason = {key for key in own if rebuilt.before[key].made_from != rebuilt.after[key].made_from}
    assert for_a_reason <= rebuilt.written
    assert {artifact for artifact, _ in (rebuilt.written & own) - for_a_reason} <= _beginnings()
    assert {rebuilt.after[key].manifest["verdict"] for key in own} == {"good"}


def _beginnings() -> set[str]:
    """The artifacts of a domain that need no other artifact of it: a rebuild makes these in any case."""
    own = {name for name, artifact in ARTIFACTS.items() if artifact.per == "domain"}
    return {name for name in own if not own & set(ARTIFACTS[name].needs)}


def _tell(table: list[Line], history: History, rebuilt: Rebuilt, what: str) -> None:
    pairs = len(history.registry.pairs_of(history.domain))
    own = [key for key in rebuilt.before if key[1] in history.own]
    made = [key for key in rebuilt.written if key[1] in history.own]
    found = f"{len(made)} of {len(own)} artifacts made, {len(rebuilt.changed)} changed"
    table.append(
        Line(
            f"rebuild of {history.domain} with its {pairs} pairs, {what}",
            "its own only",
            f"{_took(rebuilt.took)}; {found}",
            f"the whole build {_took(history.whole)}",
            rebuilt.took.seconds / history.whole.seconds,
        )
    )


def _took(done: Done) -> str:
    return f"{done.seconds:.1f} s, {done.core_seconds:.0f} core-seconds"
