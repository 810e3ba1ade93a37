"""The catalogue: bundled, extended by a user's files, and what is said about files that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources.offline.catalogue_files import BUNDLED, CatalogueError, catalogue_edition, load_catalogue

THING = """
things:
  kite:
    noun: kite
    describe: A kite for windy days.
    kind: product
    filter: level
    attributes:
      level: {type: text, enum: [easy, hard], known: everyone}
    rows:
      - {name: Red, level: easy}
      - {name: Blue, level: easy}
      - {name: Big, level: hard}
      - {name: Long, level: hard}
"""

SERVICE = """
services:
  kite_school:
    title: Windward Kites
    describe: A school for kites.
    context: sports
    archetype: book
    person: student
    things: {thing: yoga_class, place: yoga_studio}
    background: We teach.
"""


def fault(folder: Path, text: str, name: str = "own.yaml") -> str:
    """What is said about a user's file."""
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as error:
        load_catalogue(folder, edition=catalogue_edition(folder))
    return str(error.value)


def test_the_bundled_catalogue_is_sound_and_large_enough() -> None:
    found = load_catalogue()
    customers = [role for role in found.people.values() if role.kind == "customer"]
    assert len(customers) >= 40
    assert len(found.things) >= 120
    assert len(found.contexts) >= 20
    assert len(found.archetypes) >= 16
    assert len(found.services) >= 300


def test_every_archetype_and_context_has_services_and_every_thing_and_role_is_used() -> None:
    found = load_catalogue()
    services = found.services.values()
    assert {s.archetype for s in services} == set(found.archetypes)
    assert {s.context for s in services} == set(found.contexts)
    assert {thing for s in services for thing in s.things.values()} == set(found.things)
    assert {s.person for s in services} | {s.staff for s in services if s.staff} == set(found.people)


def test_there_is_one_seed_in_each_of_fifteen_contexts() -> None:
    seeds = [s for s in load_catalogue().services.values() if s.seed]
    assert len(seeds) == 15
    assert len({s.context for s in seeds}) == 15


def test_a_users_entries_are_added_and_replace_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(THING + SERVICE, encoding="utf-8")
    found = load_catalogue(tmp_path, edition=catalogue_edition(tmp_path))
    assert found.things["kite"].rows[0]["name"] == "Red"
    assert "kite_school" in found.services
    assert "kite" not in load_catalogue().things
    own = next(name for name, s in found.services.items() if s.archetype == "book" and name != "kite_school")
    (tmp_path / "mine.yaml").write_text(SERVICE.replace("kite_school", own), encoding="utf-8")
    assert load_catalogue(tmp_path, edition=catalogue_edition(tmp_path)).services[own].title == "Windward Kites"


def test_the_edition_follows_the_content(tmp_path: Path) -> None:
    before = catalogue_edition(tmp_path)
    (tmp_path / "mine.yaml").write_text(THING, encoding="utf-8")
    assert catalogue_edition(tmp_path) != before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n", "must hold sections"),
        ("thinks: {}\n", "there is no section thinks"),
        ("things: {kite: [\n", "cannot be read"),
        ("things: {kite: {noun: kite}}\n", "things: kite: describe: Field required"),
        (THING.replace("filter: level", "filter: colour"), "filter: colour must be an attribute with an enum"),
        (THING.replace("name: Blue", "name: Red"), "every row needs a name of its own"),
        (THING.replace("name: Blue, level", "name: Blue, weight"), "row Blue: there is no attribute weight"),
        (THING + "    kind_of: toyy\n", "toyy, which is no thing"),
        (SERVICE.replace("archetype: book", "archetype: bok"), "there is no archetype bok; there are"),
        (SERVICE.replace("context: sports", "context: sport"), "there is no context sport"),
        (SERVICE.replace("person: student", "person: coach"), "person: coach is no customer among the people"),
        (SERVICE.replace("thing: yoga_class", "thing: yoga"), "thing must name one of the things; it is 'yoga'"),
        (SERVICE.replace("thing: yoga_class", "thing: yoga_studio"), "yoga_studio is a place, not a service"),
        (SERVICE.replace("{thing:", "{pet: kayak, thing:"), "book knows no pet; it knows place, thing"),
        (SERVICE.replace("kite_school", "kite_school_2"), "one to three lower-case words"),
        (SERVICE + "    wants: {fly: [fly a kite]}\n", "wants: book knows no fly"),
        (SERVICE + "    features: {wings: true}\n", "features: book knows no wings"),
    ],
)
def test_what_does_not_fit_is_named_with_file_and_entry(text: str, said: str, tmp_path: Path) -> None:
    found = fault(tmp_path, text)
    assert said in found
    assert "own.yaml" in found


def test_two_files_of_one_user_may_not_say_the_same_twice(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(THING, encoding="utf-8")
    assert "kite stands in a.yaml, too" in fault(tmp_path, THING, "b.yaml")


def test_bundled_files_are_data_of_the_package() -> None:
    assert (BUNDLED / "people.yaml").is_file()
