"""A project can be looked at whatever the state of the user's files, and says what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.store import Store
from skiller_assets.launch import Outcome, compose, run_chains
from skiller_assets.project import apply_plan, standings
from skiller_assets.registry import FILE, Registry, RegistryError, read_registry, write_registry
from skiller_assets_tests import toys


def test_a_fresh_project_shows_a_domain_for_every_file(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    (tmp_path / "data" / FILE).unlink()
    assert toys.project(tmp_path).registry == Registry(toys.DOMAINS)


@pytest.mark.parametrize(("name", "text"), [("skiller.yaml", "seeed: 1"), (f"data/{FILE}", "{")])
def test_a_broken_file_of_the_user_leaves_a_project_that_loads_and_builds_nothing(
    tmp_path: Path, name: str, text: str
) -> None:
    toys.lay_out(tmp_path)
    (tmp_path / name).write_text(text)
    project = toys.project(tmp_path)
    assert str(tmp_path / name) in project.problem
    assert compose(project).resolve_all_asset_keys()
    assert run_chains(project) == Outcome(problems=(project.problem,))


def test_a_bad_domain_file_is_a_warning(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    (tmp_path / "domains" / "No Good.yaml").write_text("")
    project = toys.project(tmp_path)
    assert project.problem == ""
    assert "'No Good' cannot be the name of a domain" in project.warnings[0]
    assert project.registry.domains == toys.DOMAINS


def test_a_registry_that_is_behind_the_files_is_a_warning(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    toys.write_word(tmp_path, "e", "hello e")
    (tmp_path / "domains" / "a.yaml").unlink()
    assert toys.project(tmp_path).warnings == (
        "the registry is behind the domain files (e is new, a is gone): run skiller plan",
    )


def test_planning_appends_new_domains_and_moves_what_left_to_the_trash(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    home = tmp_path / "data"
    for folder in ("x1/b", "y1/a__b", "y1/c__d"):
        (home / folder).mkdir(parents=True)
    (tmp_path / "domains" / "b.yaml").unlink()
    toys.write_word(tmp_path, "aa", "hello aa")
    planned = apply_plan(toys.project(tmp_path))
    assert read_registry(home / FILE) == planned.registry == Registry(("a", "c", "d", "aa"), ("c__d",))
    assert Store(home).keys("x1") == []
    assert Store(home).keys("y1") == ["c__d"]
    assert sorted(str(path.relative_to(home / ".trash")).partition("/")[2] for path in home.glob(".trash/*/*/*")) == [
        "x1/b",
        "y1/a__b",
    ]


def test_planning_does_not_write_over_a_registry_that_it_cannot_read(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    (tmp_path / "data" / FILE).write_text("{")
    with pytest.raises(RegistryError):
        apply_plan(toys.project(tmp_path))
    assert (tmp_path / "data" / FILE).read_text() == "{"


def test_how_everything_stands_is_listed_chain_by_chain_and_key_by_key(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    listed = [(artifact.name, key, standing.state) for artifact, key, standing in standings(toys.project(tmp_path))]
    assert listed[:6] == [
        ("e", None, "missing"),
        ("x1", "a", "missing"),
        ("x2", "a", "missing"),
        ("x3", "a", "missing"),
        ("x4", "a", "missing"),
        ("x1", "b", "missing"),
    ]
    assert len(listed) == 1 + 4 * 4 + 3 * 2


def test_a_project_without_any_domain_can_be_composed(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    write_registry(Store(tmp_path / "data"), Registry())
    assert compose(toys.project(tmp_path)).resolve_all_asset_keys()
