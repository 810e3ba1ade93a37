"""Which topics the offline author knows, and where each strategy leads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from resources.offline import OfflineAuthor
from resources.offline.catalogue import Catalogue
from resources.offline.catalogue_files import catalogue_edition, load_catalogue
from resources.offline.topics import nearest, seed_topics
from resources.providers import make_door
from resources.providers import seed_topics as provider_seeds
from skiller_assets.ask import CannotAnswer, Prompt
from skiller_assets.ontology.seeds import provisional
from skiller_assets.ontology.topics import Growth, Topic, expand
from skiller_assets.settings import STRATEGIES, Ask, Settings, Topics
from skiller_assets_tests.catalogues import PATTERN, service, write_catalogue

KIND = "aerial_yoga"
OTHERS = {
    "yoga_for_guests": service(context="elsewhere", title="Guests Stretch"),
    "aerial_yoga_school": service(things={"thing": KIND, "place": "yoga_studio"}, title="Up in the Air"),
    "teacher_training": service(person="yoga_teacher", title="Teach Yoga"),
    "yoga_supplier": service(archetype="late", title="Mats and More"),
}
LEADS = {
    "same_context": {"aerial_yoga_school", "teacher_training", "yoga_supplier"},
    "cross_context": {"yoga_for_guests"},
    "lifecycle": {"yoga_supplier"},
    "specialization": {"aerial_yoga_school"},
    "role": {"teacher_training"},
}


def folder(root: Path) -> Path:
    """A catalogue in which each strategy leads from the pattern to services of its own."""
    known = load_catalogue()
    thing = known.things["yoga_class"].model_dump(mode="json", by_alias=True, exclude_unset=True)
    late = known.archetypes["book"].model_dump(mode="json", exclude_unset=True)
    path = write_catalogue(
        root,
        services=OTHERS,
        contexts={"elsewhere": {"describe": "Another walk of life."}},
        things={KIND: {**thing, "noun": "aerial class", "prefix": "AC", "kind_of": "yoga_class"}},
        people={
            "yoga_teacher": {"noun": "teacher", "prefix": "YT", "describe": "A teacher.", "traits": ["card", "address"]}
        },
        archetypes={"late": {**late, "stage": 8}},
    )
    return path.parent


def led_to(root: Path, strategy: str, parent: str = PATTERN, known: tuple[str, ...] = ()) -> set[str]:
    known = (*known, *sorted(load_catalogue().services))
    variables: dict[str, Any] = {"parent": {"domain": parent}, "strategy": strategy, "count": 4, "known": known}
    reply = OfflineAuthor(1, folder(root)).complete(Prompt("domain_topics", "semantic", "", variables, {}))
    return {topic["domain"] for topic in json.loads(reply.text)["topics"]}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_leads_where_it_says(strategy: str, tmp_path: Path) -> None:
    assert led_to(tmp_path, strategy) == LEADS[strategy]
    assert led_to(tmp_path, strategy, known=tuple(LEADS[strategy])) == set()


def test_a_parent_that_it_does_not_know_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswer, match="the nearest that it knows: teacher_training"):
        led_to(tmp_path, "role", "teachers_training")


def test_seeds_are_those_that_are_marked_or_those_that_are_named(tmp_path: Path) -> None:
    catalogue = load_catalogue(folder(tmp_path), catalogue_edition(folder(tmp_path)))
    assert [t.domain for t in seed_topics(catalogue, None)] == sorted(
        n for n, s in catalogue.services.items() if s.seed
    )
    (named,) = seed_topics(catalogue, ["teacher_training"])
    assert (named.title, named.person, named.parent) == ("Teach Yoga", "teacher", None)
    assert named.things == ("yoga class", "studio")


def test_every_seed_that_it_does_not_know_is_named_with_the_nearest_by_name_and_by_what_it_deals_with() -> None:
    with pytest.raises(CannotAnswer) as error:
        seed_topics(load_catalogue(), ["yoga_schol", "studio_with_classes", "zzz"])
    lines = str(error.value).splitlines()
    assert "no topic yoga_schol; the nearest that it knows: yoga_school" in lines[0]
    assert PATTERN in lines[1]
    assert "nothing that it knows is like it" in lines[2]
    assert nearest(load_catalogue(), PATTERN)[0] == PATTERN


def test_names_are_seeds_of_a_model_whatever_the_catalogue_knows_and_without_names_the_catalogues_are(
    tmp_path: Path,
) -> None:
    asked = Ask(provider="openai", semantic_model="large")

    def seeds(*names: object) -> list[Topic]:
        topics = Topics.model_validate({"seeds": names or None})
        return list(provider_seeds(Settings(root=tmp_path, home=tmp_path, ask=asked, topics=topics)))

    said = {"llama_trekking": "Guided day tours with llamas."}
    assert seeds(PATTERN, said) == [provisional(PATTERN), provisional(*next(iter(said.items())))]
    assert seeds() == seed_topics(load_catalogue(), None)


def test_a_sentence_of_the_users_is_not_dropped_in_silence(tmp_path: Path) -> None:
    topics = Topics.model_validate({"seeds": ({PATTERN: "A school of our own making."},)})
    with pytest.raises(CannotAnswer, match=f"describes {PATTERN} in its own words: leave the sentence out"):
        provider_seeds(Settings(root=tmp_path, home=tmp_path, topics=topics))
    unknown = Topics.model_validate({"seeds": ({"yoga_skool": "A school of our own making."},)})
    with pytest.raises(CannotAnswer, match=f"no topic yoga_skool; the nearest that it knows: {PATTERN}"):
        provider_seeds(Settings(root=tmp_path, home=tmp_path, topics=unknown))


def test_from_its_seeds_it_reaches_every_service_of_the_catalogue(tmp_path: Path) -> None:
    catalogue: Catalogue = load_catalogue()
    growth = Growth((), seed_topics(catalogue, None))
    expand(growth, len(catalogue.services), STRATEGIES, make_door(Settings(root=tmp_path, home=tmp_path)))
    assert growth.problems == []
    assert growth.dropped == []
    assert {topic.domain for topic in growth.topics} == set(catalogue.services)


def test_its_replies_are_kept_under_the_edition_of_its_catalogue(tmp_path: Path) -> None:
    before = OfflineAuthor(1, tmp_path / "catalogue").parameters
    path = write_catalogue(tmp_path, services={"goat_yoga": service()})
    after = OfflineAuthor(1, tmp_path / "catalogue").parameters
    assert before["catalogue"] == OfflineAuthor(1).parameters["catalogue"] != after["catalogue"]
    path.write_text(path.read_text() + "# the same entries\n")
    assert OfflineAuthor(1, tmp_path / "catalogue").parameters != after


def test_a_catalogue_that_cannot_be_read_is_one_line_a_fault(tmp_path: Path) -> None:
    path = write_catalogue(tmp_path, services={"goat_yoga": service(archetype="dance"), "x": service(context="y")})
    variables = {"topic": {"domain": "goat_yoga"}}
    with pytest.raises(CannotAnswer) as error:
        OfflineAuthor(1, path.parent).complete(Prompt("entities", "semantic", "", variables, {}))
    assert [line.partition(": there is")[0] for line in str(error.value).splitlines()] == [
        f"{path}: services: goat_yoga", f"{path}: services: x",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("services: [", ":2: cannot be read: "),
        ("things: {}\nthings: {}\n", ":2: cannot be read: the key 'things' stands twice"),
        ("thing: {}\n", ": there is no section thing; there are "),
        ("- things\n", ": must hold sections of named entries"),
        ("services: {x: {title: X}}\n", ": services: x: describe: Field required"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(text: str, complaint: str, tmp_path: Path) -> None:
    path = write_catalogue(tmp_path)
    path.write_text(text)
    with pytest.raises(CannotAnswer) as error:
        provider_seeds(Settings(root=tmp_path, home=tmp_path))
    assert all(line.startswith(str(path)) for line in str(error.value).splitlines())
    assert f"{path}{complaint}" in str(error.value)


def test_an_empty_file_adds_nothing(tmp_path: Path) -> None:
    write_catalogue(tmp_path).write_text("# nothing yet\n")
    assert provider_seeds(Settings(root=tmp_path, home=tmp_path)) == seed_topics(load_catalogue(), None)
