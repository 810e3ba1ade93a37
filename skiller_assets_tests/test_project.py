"""A project can be looked at whatever the state of the user's files, and says what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from resources.store import Store
from skiller_assets.ask import CannotAnswer
from skiller_assets.launch import Outcome, compose, run_chains
from skiller_assets.ontology.topics import Topic
from skiller_assets.planning import SeedTopics
from skiller_assets.project import Project, apply_plan, load_project, standings
from skiller_assets.registry import FILE, Registry, RegistryError, read_registry, write_registry
from skiller_assets.settings import Settings
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


def seeds(*names: str) -> SeedTopics:
    return lambda settings: [Topic(n, f"House of {n}", f"What {n} is about, in a sentence.", "sports") for n in names]


def fresh(root: Path, *names: str) -> Project:
    """A project in which nothing was planned yet; whoever opens a door is at fault."""
    return load_project(toys.CHAINS, lambda settings: pytest.fail("somebody was asked"), root, seeds=seeds(*names))


def test_a_fresh_project_shows_files_and_seeds_without_asking_or_writing_anything(tmp_path: Path) -> None:
    toys.lay_out(tmp_path, topics={"target": 3})
    (tmp_path / "data" / FILE).unlink()
    project = fresh(tmp_path, "ski", "oak")
    assert project.registry.domains == (*toys.DOMAINS, "ski", "oak")
    assert [path.name for path in (tmp_path / "data").iterdir() if not path.name.startswith(".")] == []


def test_a_folder_that_is_no_project_has_no_domains(tmp_path: Path) -> None:
    assert fresh(tmp_path, "ski", "oak").registry.domains == ()


def test_seeds_that_nobody_knows_are_a_warning_and_the_files_are_there(tmp_path: Path) -> None:
    def unknown(settings: Settings) -> Sequence[Topic]:
        raise CannotAnswer("no topic sky; the nearest: ski")

    toys.lay_out(tmp_path, topics={"target": 3})
    (tmp_path / "data" / FILE).unlink()
    project = load_project(toys.CHAINS, toys.no_door, tmp_path, seeds=unknown)  # type: ignore[arg-type]
    assert (project.problem, project.registry.domains) == ("", toys.DOMAINS)
    assert project.warnings == ("no topic sky; the nearest: ski",)


def test_a_target_that_was_changed_in_the_settings_is_a_warning_until_it_is_planned(tmp_path: Path) -> None:
    toys.lay_out(tmp_path, topics={"target": 1})
    project = load_project(toys.CHAINS, toys.no_door, tmp_path, seeds=seeds("ski"))  # type: ignore[arg-type]
    assert project.warnings == ("0 authored domains were planned for and topics.target is 1: run skiller plan",)
    assert apply_plan(project).added == ("ski",)
    project = toys.project(tmp_path)
    assert (project.registry.domains[-1], project.warnings) == ("ski", ())


def test_authored_domains_that_leave_go_to_the_trash_like_any_other(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    project = load_project(toys.CHAINS, toys.no_door, tmp_path, seeds=seeds("ski", "oak"))  # type: ignore[arg-type]
    assert apply_plan(project, 2).added == ("ski", "oak")
    (tmp_path / "data" / "x1" / "oak").mkdir(parents=True)
    assert apply_plan(project, 1).removed == ("oak",)
    assert list((tmp_path / "data").glob(".trash/*/x1/oak"))


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
