"""What a newcomer gets: everything built, nothing built twice, the same bytes again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from skiller_assets_tests.whole.conftest import DOMAIN, Project

ARTIFACTS = (
    "entity_graph", "blueprint", "tool_list", "database", "policy", "tool_graph", "mcp_server", "task_templates",
    "instance_combos", "validated_tasks", "queries",
)  # fmt: skip


def manifest(project: Project, artifact: str) -> dict[str, object]:
    path = project.home / artifact / DOMAIN / "manifest.json"
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


def copy_of(project: Project, target: Path) -> Project:
    shutil.copytree(project.root, target)
    return Project(target)


def test_every_artifact_of_the_domain_is_good(project: Project) -> None:
    assert {artifact: manifest(project, artifact)["verdict"] for artifact in ARTIFACTS} == dict.fromkeys(
        ARTIFACTS, "good"
    )


def test_a_second_run_makes_nothing_anew(project: Project, tmp_path: Path) -> None:
    again = copy_of(project, tmp_path / "again")
    before = {a: manifest(again, a)["made_at"] for a in ARTIFACTS}
    done = again.run("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {a: manifest(again, a)["made_at"] for a in ARTIFACTS} == before


def test_another_home_gets_the_same_bytes(project: Project, tmp_path: Path) -> None:
    fresh = copy_of(project, tmp_path / "fresh")
    shutil.rmtree(fresh.home)
    assert fresh.run("plan").returncode == 0
    done = fresh.run("run", "--artifact", "validated_tasks", "--artifact", "queries", *_upstream())
    assert done.returncode == 0, done.stdout + done.stderr
    for artifact in ("database", "policy", "tool_graph", "validated_tasks", "queries"):
        assert manifest(fresh, artifact)["hash"] == manifest(project, artifact)["hash"], artifact


def _upstream() -> list[str]:
    needed = ("entities", "entity_graph", "blueprint", "database", "policy", "tool_graph", "task_templates")
    return [word for artifact in (*needed, "instance_combos") for word in ("--artifact", artifact)]


def test_a_changed_sentence_rebuilds_what_follows_and_nothing_else(project: Project, tmp_path: Path) -> None:
    changed = copy_of(project, tmp_path / "changed")
    path = changed.root / "domains" / f"{DOMAIN}.yaml"
    text = path.read_text(encoding="utf-8")
    title = next(line for line in text.splitlines() if line.startswith("title:"))
    path.write_text(text.replace(title, title + " Group"), encoding="utf-8")
    before = {a: manifest(changed, a)["made_at"] for a in ARTIFACTS}
    done = changed.run("run")
    assert done.returncode == 0, done.stdout + done.stderr
    made = {a for a in ARTIFACTS if manifest(changed, a)["made_at"] != before[a]}
    assert {"blueprint", "policy", "queries"} <= made
    assert manifest(changed, "database")["hash"] == manifest(project, "database")["hash"]


def test_a_truncated_artifact_is_found_by_its_hash_and_made_anew(project: Project, tmp_path: Path) -> None:
    hurt = copy_of(project, tmp_path / "hurt")
    tasks = hurt.home / "validated_tasks" / DOMAIN / "tasks.jsonl"
    tasks.write_bytes(tasks.read_bytes()[:-200])
    assert "validated_tasks" in hurt.run("status").stdout
    done = hurt.run("run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert manifest(hurt, "validated_tasks")["hash"] == manifest(project, "validated_tasks")["hash"]
    assert tasks.stat().st_size == (project.home / "validated_tasks" / DOMAIN / "tasks.jsonl").stat().st_size
