"""The registry: written by planning, read by everything else, and strict about what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.store import Store
from skiller_assets.registry import FILE, Registry, RegistryError, plan, read_registry, write_registry
from skiller_assets.settings import Settings

names = st.lists(st.sampled_from(["airline", "bank", "clinic", "dental_clinic", "gym", "hotel"]), unique=True)


def project(root: Path, *files: str, **settings: object) -> Settings:
    (root / "domains").mkdir(exist_ok=True)
    for name in files:
        (root / "domains" / name).write_text("")
    return Settings(root=root, home=root / "data", **settings)  # type: ignore[arg-type]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    registry = Registry(("hotel", "airline"), ("airline__hotel",))
    write_registry(Store(tmp_path), registry)
    assert read_registry(tmp_path / FILE) == registry
    assert registry.pairs_of("hotel") == ("airline__hotel",)


def test_without_a_file_there_is_no_registry(tmp_path: Path) -> None:
    assert read_registry(tmp_path / FILE) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot be read"),
        ("[]", 'needs exactly "version": 1'),
        ('{"version": 2, "domains": [], "pairs": []}', 'needs exactly "version": 1'),
        ('{"version": 1, "domains": [], "pairs": [], "more": 1}', "needs exactly"),
        ('{"version": 1, "domains": [1], "pairs": []}', '"domains" must be a list of names'),
        ('{"version": 1, "domains": ["Airline"], "pairs": []}', "'Airline' cannot be the name of a domain"),
        ('{"version": 1, "domains": ["a_b_c_d"], "pairs": []}', "'a_b_c_d' cannot be the name of a domain"),
        ('{"version": 1, "domains": ["gym", "gym"], "pairs": []}', "domain 'gym' is there 2 times"),
        ('{"version": 1, "domains": ["a", "b"], "pairs": ["b__a"]}', "must name its domains in order: a__b"),
        ('{"version": 1, "domains": ["a"], "pairs": ["a__b"]}', "names 'b', not a domain here"),
        ('{"version": 1, "domains": ["a"], "pairs": ["a"]}', "must join two or three different domains"),
        ('{"version": 1, "domains": ["a"], "pairs": ["a__a"]}', "must join two or three different domains"),
        ('{"version": 1, "domains": ["a", "b"], "pairs": ["a__b", "a__b"]}', "pair 'a__b' is there 2 times"),
    ],
)
def test_a_registry_that_was_written_wrongly_is_refused_with_its_place(
    tmp_path: Path, content: str, complaint: str
) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(RegistryError) as error:
        read_registry(tmp_path / FILE)
    assert str(tmp_path / FILE) in str(error.value)
    assert complaint in str(error.value)
    assert "skiller plan" in str(error.value)


def test_a_fresh_project_has_a_domain_for_every_file(tmp_path: Path) -> None:
    planned = plan(project(tmp_path, "clinic.yaml", "airline.yaml", "notes.txt"), None)
    assert planned.registry == Registry(("airline", "clinic"))
    assert planned.added == ("airline", "clinic")
    assert planned.problems == ()


def test_a_domain_without_a_file_may_be_asked_for(tmp_path: Path) -> None:
    planned = plan(project(tmp_path, "airline.yaml", "clinic.yaml", domains=("clinic", "dental_clinic")), None)
    assert planned.registry.domains == ("clinic", "dental_clinic")


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (("Gym Club.yaml",), "'Gym Club' cannot be the name of a domain"),
        (("gym.yml",), "rename it to gym.yaml"),
        (("gym.yaml", "gym.yml"), "gym.yaml and gym.yml are the same domain"),
        (("gym_club.yaml", "gym-club.yaml"), "gym-club.yaml and gym_club.yaml are the same domain"),
        (("Gym.yaml", "gym.yaml"), "Gym.yaml and gym.yaml are the same domain"),
    ],
)
def test_a_bad_domain_file_is_named_and_the_others_are_taken(
    tmp_path: Path, files: tuple[str, ...], complaint: str
) -> None:
    planned = plan(project(tmp_path, "airline.yaml", *files), None)
    assert planned.registry.domains == ("airline",)
    assert len(planned.problems) == 1
    assert complaint in planned.problems[0]


def test_a_domain_whose_file_became_ambiguous_is_not_thrown_away(tmp_path: Path) -> None:
    planned = plan(project(tmp_path, "gym.yaml", "gym.yml"), Registry(("gym",)))
    assert planned.registry.domains == ("gym",)
    assert planned.removed == ()
    assert planned.problems


def test_a_badly_named_seed_is_a_problem_of_its_own(tmp_path: Path) -> None:
    planned = plan(project(tmp_path, domains=("airline", "Gym")), None)
    assert planned.registry.domains == ("airline",)
    assert "skiller.yaml: domains: 'Gym' cannot be" in planned.problems[0]


def test_a_domain_that_left_takes_its_pairs_along(tmp_path: Path) -> None:
    before = Registry(("gym", "airline", "hotel"), ("airline__gym", "airline__hotel"))
    planned = plan(project(tmp_path, "airline.yaml", "hotel.yaml"), before)
    assert planned.registry == Registry(("airline", "hotel"), ("airline__hotel",))
    assert planned.removed == ("gym",)


@given(before=names, wanted=names)
def test_planning_keeps_the_order_appends_what_is_new_and_is_done_when_repeated(
    before: list[str], wanted: list[str]
) -> None:
    settings = Settings(root=Path("/nowhere"), domains=tuple(wanted))
    planned = plan(settings, Registry(tuple(before)))
    assert set(planned.registry.domains) == set(wanted)
    kept = [name for name in before if name in wanted]
    assert list(planned.registry.domains[: len(kept)]) == kept
    again = plan(settings, planned.registry)
    assert (again.registry, again.added, again.removed) == (planned.registry, (), ())


def test_the_file_is_made_for_reading(tmp_path: Path) -> None:
    write_registry(Store(tmp_path), Registry(("airline",)))
    assert json.loads((tmp_path / FILE).read_text()) == {"version": 1, "domains": ["airline"], "pairs": []}
