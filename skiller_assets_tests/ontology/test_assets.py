"""What the artifacts of the ontology are made from, and what they refuse to be made from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from resources.providers import make_door, seed_topics
from resources.store import Store
from skiller_assets.artifact import Artifact, BuildFailed, Inputs, as_jsonl
from skiller_assets.build import Builder, Step
from skiller_assets.freshness import Freshness
from skiller_assets.ontology.assets import ARTIFACTS
from skiller_assets.project import Project, apply_plan, load_project
from skiller_assets.settings import Settings
from skiller_assets.work import Chain
from skiller_assets_tests.catalogues import PATTERN, service, write_catalogue
from skiller_assets_tests.domains import FOLDER

CHAINS = tuple(Chain(per, tuple(a for a in ARTIFACTS if a.per == per)) for per in ("corpus", "domain"))
OWN = "goat_yoga"


def loaded(root: Path) -> Project:
    return load_project(CHAINS, make_door, root, seeds=seed_topics)


def plan(root: Path) -> Project:
    apply_plan(loaded(root))
    return loaded(root)


def built(project: Project, *keys: str) -> dict[tuple[str, str | None], Step]:
    """Brings the whole ontology up to date, as a worker process would."""
    work = replace(project.work, wanted=frozenset(a.name for a in ARTIFACTS))
    return {(step.artifact, step.key): step for step in _steps(Builder(work), keys or project.registry.domains)}


def _steps(builder: Builder, keys: tuple[str, ...]) -> Iterator[Step]:
    yield from builder.steps("corpus", None)
    for key in keys:
        yield from builder.steps("domain", key)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a written domain and two authored ones, one of them of the user's own catalogue."""
    (tmp_path / "domains").mkdir()
    shutil.copy(FOLDER / "clinic.yaml", tmp_path / "domains")
    (tmp_path / "skiller.yaml").write_text(f"topics: {{seeds: [{PATTERN}, {OWN}], target: 2}}\n")
    write_catalogue(tmp_path, services={OWN: goats()})
    return tmp_path


def goats(**changes: object) -> dict[str, object]:
    return service(title="Goats and Mats", describe="Stretching outdoors on a farm among goats.", **changes)


def status(steps: dict[tuple[str, str | None], Step], name: str) -> dict[str | None, str]:
    return {key: step.status for (artifact, key), step in steps.items() if artifact == name}


def test_written_and_authored_domains_are_described_alike(root: Path) -> None:
    project = plan(root)
    steps = built(project)
    assert {step.status for step in steps.values()} == {"built"}
    store = Store(project.settings.home)
    topics = (store.folder("domain_topics", None) / "topics.jsonl").read_text().splitlines()
    assert [line.partition('"source": ')[2] for line in topics] == ['"file"}', '"author"}', '"author"}']
    assert sorted(p.name for p in store.folder("entity_graph", OWN).iterdir()) == [
        "graph.json", "graph.png", "manifest.json", "outline.json", "topic.json",
    ]  # fmt: skip
    assert not (store.folder("entity_graph", "clinic") / "outline.json").exists()
    assert {step.status for step in built(loaded(root)).values()} == {"reused"}


def test_a_changed_catalogue_is_followed_as_far_as_the_content_changes(root: Path) -> None:
    project = plan(root)
    before = built(project)
    write_catalogue(root, services={OWN: goats(background="Goats are kind, and so are we.")})
    project = loaded(root)
    graph = next(a for a in ARTIFACTS if a.name == "entity_graph")
    standing = Freshness(project.work, Store(project.settings.home)).standing(graph, OWN)
    assert (standing.state, standing.reason) == ("stale", "catalogue/ changed")
    after = built(project)
    assert status(after, "domain_topics") == {None: "reused"}
    assert status(after, "entities") == {None: "built"}
    assert {key: _hash(step) for key, step in after.items()} == {key: _hash(step) for key, step in before.items()}
    assert status(after, "entity_graph") == {"clinic": "reused", PATTERN: "built", OWN: "built"}, after
    write_catalogue(root, services={OWN: goats(nouns={"session": "class", "record": "reservation"})})
    renamed = built(loaded(root))
    changed = {key for key, step in renamed.items() if _hash(step) != _hash(after[key])}
    assert changed == {("entity_graph", OWN)}


def _hash(step: Step) -> str:
    assert step.manifest is not None
    return step.manifest.hash


def test_a_broken_catalogue_stops_authored_domains_with_its_line_and_no_others(root: Path) -> None:
    project = plan(root)
    write_catalogue(root, services={OWN: {**goats(), "archetype": "dance"}})
    steps = built(project)
    assert status(steps, "entity_graph") == {"clinic": "built", PATTERN: "failed", OWN: "failed"}
    reason = steps["entity_graph", PATTERN].reason
    assert reason.startswith(f"{root / 'catalogue' / 'own.yaml'}: services: {OWN}: there is no archetype dance")
    assert "Traceback" not in reason
    write_catalogue(root, services={OWN: goats()})
    assert set(status(built(loaded(root)), "entity_graph").values()) <= {"built", "reused"}


def test_a_file_of_the_user_wins_over_the_author_from_then_on(root: Path) -> None:
    assert set(status(built(plan(root)), "entity_graph").values()) == {"built"}
    text = (root / "domains" / "clinic.yaml").read_text().replace("domain: clinic", f"domain: {OWN}", 1)
    (root / "domains" / f"{OWN}.yaml").write_text(text)
    project = plan(root)
    assert OWN in project.registry.domains
    steps = built(project, OWN)
    assert steps["entity_graph", OWN].status == "built"
    assert not (Store(project.settings.home).folder("entity_graph", OWN) / "outline.json").exists()


def test_a_domain_that_nothing_describes_is_named_and_the_others_are_made(root: Path) -> None:
    (root / "skiller.yaml").write_text("domains: [clinic, nowhere]\ntopics: {target: 0}\n")
    steps = built(plan(root))
    assert steps["domain_topics", None].status == "built"
    assert status(steps, "entity_graph") == {"clinic": "built", "nowhere": "failed"}
    assert "nothing describes the domain nowhere: write domains/nowhere.yaml" in steps["entity_graph", "nowhere"].reason


def test_a_domain_of_which_only_the_name_is_known_is_left_out_until_it_is_planned(root: Path) -> None:
    model = "ask: {provider: openai, semantic_model: large}\n"
    (root / "skiller.yaml").write_text(f"topics: {{seeds: [llama_trekking], target: 1}}\n{model}")
    project = loaded(root)
    assert project.registry.domains == ("clinic", "llama_trekking")
    (step,) = Builder(replace(project.work, wanted=frozenset(["domain_topics"]))).steps("corpus", None)
    assert step.status == "built"
    folder = Store(project.settings.home).folder("domain_topics", None)
    assert "llama_trekking" not in (folder / "topics.jsonl").read_text()
    assert "only its name is known so far: run skiller plan" in (folder / "quarantine.jsonl").read_text()
    assert not (project.settings.home / "asks").exists()


def test_a_domain_that_the_entities_do_not_know_yet_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "domains").mkdir()
    shutil.copy(FOLDER / "clinic.yaml", tmp_path / "domains")
    (tmp_path / "entities.jsonl").write_text(as_jsonl([{"entity": "traveler", "domains": ["airline"]}]))
    graph: Artifact = next(a for a in ARTIFACTS if a.name == "entity_graph")
    folders: dict[tuple[str, str | None], Path] = {("entities", None): tmp_path}
    inputs = Inputs(graph, "clinic", Settings(root=tmp_path), folders, lambda settings: pytest.fail("nobody asked"))
    with pytest.raises(BuildFailed, match="before clinic was there: materialize entities first"):
        graph.build(inputs)
