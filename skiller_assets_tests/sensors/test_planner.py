"""The sensor that plans: a domain file that comes or goes changes the registry, and nothing else does."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import dagster as dg
import pytest

from resources.providers import make_door, seed_topics
from sensors.planner import planning_sensor
from skiller_assets.program import CHAINS
from skiller_assets.project import Project, load_project, plan_if_asked
from skiller_assets.registry import read_registry

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "domains").mkdir()
    (tmp_path / "skiller.yaml").write_text("topics: {target: 0}\n", encoding="utf-8")
    take(tmp_path, "clinic")
    return tmp_path


def take(root: Path, domain: str) -> None:
    shutil.copy(REPOSITORY / "domains" / f"{domain}.yaml", root / "domains")


def project_at(root: Path) -> Project:
    return load_project(CHAINS, make_door, root, seeds=seed_topics)


def sensor_of(project: Project) -> dg.SensorDefinition:
    return planning_sensor(partial(plan_if_asked, project), 30)


def tick(project: Project) -> str:
    result = sensor_of(project)(dg.build_sensor_context())
    assert isinstance(result, dg.SkipReason)
    return str(result.skip_message)


def domains(root: Path) -> tuple[str, ...]:
    registry = read_registry(root / "data" / "registry.json")
    return registry.domains if registry else ()


def test_the_first_look_writes_the_registry_and_the_next_changes_nothing(root: Path) -> None:
    project = project_at(root)
    assert "clinic new" in tick(project)
    assert domains(root) == ("clinic",)
    assert "has the domains" in tick(project)


def test_a_file_that_comes_and_one_that_goes_are_planned(root: Path) -> None:
    project = project_at(root)
    tick(project)
    take(root, "bank")
    (root / "domains" / "clinic.yaml").unlink()
    said = tick(project)
    assert "bank new" in said
    assert "clinic gone" in said
    assert domains(root) == ("bank",)


def test_more_topics_in_the_settings_are_planned(root: Path) -> None:
    project = project_at(root)
    tick(project)
    (root / "skiller.yaml").write_text("topics: {target: 2}\n", encoding="utf-8")
    tick(project)
    assert len(domains(root)) == 3


MODEL = "ask: {provider: openai, semantic_model: large}\nendpoint: {base_url: 'http://127.0.0.1:9/v1', tries: 1}\n"


def test_a_model_is_never_asked_about_names_or_further_topics(root: Path) -> None:
    said = "topics: {seeds: [llama_trekking], target: 1}\n"
    (root / "skiller.yaml").write_text(said + MODEL, encoding="utf-8")
    project = project_at(root)
    assert project.registry.domains == ("clinic", "llama_trekking")
    assert "of llama_trekking only the names are known so far: run skiller plan" in project.warnings
    assert "asking is not free: run skiller plan" in tick(project)
    assert domains(root) == ()
    assert not (root / "data" / "asks").exists()


def test_it_is_stopped_until_somebody_starts_it(root: Path) -> None:
    assert sensor_of(project_at(root)).default_status == dg.DefaultSensorStatus.STOPPED
