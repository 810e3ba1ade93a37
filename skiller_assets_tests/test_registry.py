"""The registry: written by planning, read by everything else, and strict about what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resources.store import Store
from skiller_assets.ontology.topics import Dropped, Topic
from skiller_assets.registry import FILE, VERSION, Registry, RegistryError, read_registry, write_registry

SKI = Topic("ski_rental", "Fresh Snow", "A shop that rents out skis.", "sports", "student", ("ski set",))
KAYAK = Topic("kayak_rental", "Blue Paddle", "Kayaks for a day.", "sports", "", (), "same_context", "ski_rental")


def lock(**changes: object) -> str:
    """The text of a registry with two topics, of which something is changed."""
    registry = Registry(("ski_rental", "kayak_rental"), (), (SKI, KAYAK), (), 2)
    data = {"version": VERSION, "pairs": [], "pair_target": None, "told": False, **registry.decided()}
    return json.dumps(data | changes)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    dropped = Dropped(Topic("skis_rental", "Snow", "Skis for rent.", "sports"), "ski_rental", "has the same name")
    domains = ("hotel", "airline", "ski_rental", "kayak_rental")
    registry = Registry(domains, ("airline__hotel",), (SKI, KAYAK), (dropped,), 2, True, 1)
    write_registry(Store(tmp_path), registry)
    assert read_registry(tmp_path / FILE) == registry
    assert registry.pairs_of("hotel") == ("airline__hotel",)


def test_without_a_file_there_is_no_registry(tmp_path: Path) -> None:
    assert read_registry(tmp_path / FILE) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot be read"),
        ("[]", 'needs exactly "version": 3'),
        ('{"version": 2, "domains": [], "pairs": []}', 'needs exactly "version": 3, "domains", "dropped"'),
        ('{"version": 4, "domains": [], "pairs": []}', 'needs exactly "version": 3'),
        (lock(version=2), 'needs exactly "version": 3'),
        (lock(pair_target=-1), '"pair_target": Input should be greater'),
        (lock(target=-1), '"target": Input should be greater'),
        (lock(topics=[{"domain": "x"}]), '"topics.0.title": Field required'),
        (lock(domains=["ski_rental"]), "topic 'kayak_rental' is of no domain here"),
        (lock(topics=[KAYAK.as_json(), SKI.as_json()]), "topic 'kayak_rental' must stand after its parent"),
        (lock(topics=[SKI.as_json(), SKI.as_json()]), "topic 'ski_rental' is there 2 times"),
        ('{"version": 1, "domains": [], "pairs": [], "more": 1}', "needs exactly"),
        ('{"version": 1, "domains": [1], "pairs": []}', '"domains" must be a list of names'),
        ('{"version": 1, "domains": ["Airline"], "pairs": []}', "'Airline' cannot be the name of a domain"),
        ('{"version": 1, "domains": ["a_b_c_d"], "pairs": []}', "'a_b_c_d' cannot be the name of a domain"),
        ('{"version": 1, "domains": ["gym", "gym"], "pairs": []}', "domain 'gym' is there 2 times"),
        ('{"version": 1, "domains": ["a", "b"], "pairs": ["b__a"]}', "must name its domains in order: a__b"),
        ('{"version": 1, "domains": ["a"], "pairs": ["a__b"]}', "names 'b', not a domain here:"),
        ('{"version": 1, "domains": ["a", "gym"], "pairs": ["a__gim"]}', "not a domain here (did you mean gym?)"),
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


def test_a_file_of_the_first_version_is_read_as_one_without_authored_domains(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"version": 1, "domains": ["airline"], "pairs": []}')
    assert read_registry(tmp_path / FILE) == Registry(("airline",))


def test_a_file_of_the_second_version_is_read_as_one_in_which_the_settings_say_how_many_pairs(tmp_path: Path) -> None:
    data = json.loads(lock(version=2, target=7))
    del data["pair_target"]
    (tmp_path / FILE).write_text(json.dumps(data))
    assert read_registry(tmp_path / FILE) == Registry(("ski_rental", "kayak_rental"), (), (SKI, KAYAK), (), 7)


def test_the_file_is_made_for_reading(tmp_path: Path) -> None:
    write_registry(Store(tmp_path), Registry(("airline",)))
    assert json.loads((tmp_path / FILE).read_text()) == {
        "version": 3, "domains": ["airline"], "pairs": [], "pair_target": None,
        "target": 0, "told": False, "topics": [], "dropped": [],
    }  # fmt: skip
