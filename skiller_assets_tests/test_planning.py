"""Planning: what the user wrote wins, what was chosen stays, and what is missing is looked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.ask import CannotAnswer
from skiller_assets.ontology.seeds import provisional
from skiller_assets.ontology.topics import SEED, Topic
from skiller_assets.planning import Ranking, SeedTopics, adopt_pairs, plan, planned_pairs, planned_target
from skiller_assets.registry import Registry, RegistryError
from skiller_assets.settings import Pairs, Settings, Topics
from skiller_assets_tests.ask.doors import Scripted, door_to

names = st.lists(st.sampled_from(["airline", "bank", "clinic", "dental_clinic", "gym", "hotel"]), unique=True)

SAID = {
    "yoga_school": "A school where people stretch and breathe in small groups.",
    "ski_rental": "A shop that rents out skis and boots by the day.",
    "vet_clinic": "A practice that looks after cats, dogs and rabbits.",
    "tool_library": "A house that lends drills and ladders to neighbors.",
    "film_archive": "A collection of old reels that scholars may watch.",
}


def topic(name: str, strategy: str = SEED, parent: str | None = None) -> Topic:
    return Topic(name, name.replace("_", " ").title(), SAID[name], "sports", "member", ("thing",), strategy, parent)


def seeds(*chosen: str) -> SeedTopics:
    return lambda settings: [topic(name) for name in chosen]


def authoring(root: Path, target: int, **settings: object) -> Settings:
    return Settings(root=root, home=root / "data", topics=Topics(target=target), **settings)  # type: ignore[arg-type]


def project(root: Path, *files: str, **settings: object) -> Settings:
    (root / "domains").mkdir(exist_ok=True)
    for name in files:
        (root / "domains" / name).write_text("")
    return Settings(root=root, home=root / "data", topics=Topics(target=0), **settings)  # type: ignore[arg-type]


def reply(*chosen: str) -> str:
    proposed = [topic(name).as_json() for name in chosen]
    return json.dumps({"topics": [{k: t[k] for k in t if k not in ("strategy", "parent")} for t in proposed]})


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
    assert planned.unpaired == ("airline__gym",)


@given(before=names, wanted=names)
def test_planning_keeps_the_order_appends_what_is_new_and_is_done_when_repeated(
    before: list[str], wanted: list[str]
) -> None:
    settings = Settings(root=Path("/nowhere"), domains=tuple(wanted), topics=Topics(target=0))
    planned = plan(settings, Registry(tuple(before)))
    assert set(planned.registry.domains) == set(wanted)
    kept = [name for name in before if name in wanted]
    assert list(planned.registry.domains[: len(kept)]) == kept
    again = plan(settings, planned.registry)
    assert (again.registry, again.added, again.removed) == (planned.registry, (), ())


# ------------------------------------------------------------------------------------------------ authored domains


def test_seeds_come_after_the_files_up_to_the_target(tmp_path: Path) -> None:
    project(tmp_path, "clinic.yaml")
    planned = plan(authoring(tmp_path, 2), None, seeds("yoga_school", "ski_rental", "vet_clinic"))
    assert planned.registry.domains == ("clinic", "yoga_school", "ski_rental")
    assert [t.domain for t in planned.authored] == ["yoga_school", "ski_rental"]
    assert planned.registry.target == 2


def test_without_a_door_nobody_is_asked_for_more_than_the_seeds(tmp_path: Path) -> None:
    planned = plan(authoring(tmp_path, 9), None, seeds("yoga_school"))
    assert planned.registry.domains == ("yoga_school",)


def test_what_is_missing_is_asked_for_and_keeps_its_parent_and_strategy(tmp_path: Path) -> None:
    author = Scripted([reply("ski_rental", "vet_clinic")])
    planned = plan(authoring(tmp_path, 3), None, seeds("yoga_school"), lambda settings: door_to(author, tmp_path))
    assert planned.registry.domains == ("yoga_school", "ski_rental", "vet_clinic")
    assert {(t.strategy, t.parent) for t in planned.authored[1:]} == {("same_context", "yoga_school")}
    assert author.prompts[0].variables["parent"]["domain"] == "yoga_school"


def test_a_plan_that_is_fulfilled_asks_nobody_again(tmp_path: Path) -> None:
    def nobody(settings: Settings) -> Sequence[Topic]:
        pytest.fail("the seeds were looked up")

    first = plan(authoring(tmp_path, 2), None, seeds("yoga_school", "ski_rental"))
    again = plan(authoring(tmp_path, 2), first.registry, nobody, nobody)  # type: ignore[arg-type]
    assert (again.registry, again.added, again.removed) == (first.registry, (), ())


def test_a_smaller_target_lets_the_last_ones_go_and_a_larger_one_adds_to_the_rest(tmp_path: Path) -> None:
    chosen = ("yoga_school", "ski_rental", "vet_clinic")
    first = plan(authoring(tmp_path, 3), None, seeds(*chosen)).registry
    fewer = plan(authoring(tmp_path, 1), first, seeds(*chosen))
    assert fewer.registry.domains == ("yoga_school",)
    assert fewer.removed == ("ski_rental", "vet_clinic")
    more = plan(authoring(tmp_path, 2), fewer.registry, seeds("tool_library", *chosen))
    assert more.registry.domains == ("yoga_school", "tool_library")


def test_what_the_command_said_wins_over_the_settings_and_is_remembered(tmp_path: Path) -> None:
    settings = authoring(tmp_path, 3)
    told = plan(settings, None, seeds(*SAID), told=1).registry
    assert (told.target, told.told, len(told.domains)) == (1, True, 1)
    assert plan(settings, told, seeds(*SAID)).registry == told
    assert planned_target(settings, None) == (3, False)
    assert planned_target(settings, told, 4) == (4, True)


def test_a_domain_that_the_user_takes_over_makes_room_for_another_and_stays_a_parent(tmp_path: Path) -> None:
    child = topic("ski_rental", "role", "yoga_school")
    before = Registry(("yoga_school", "ski_rental"), (), (topic("yoga_school"), child), (), 2)
    project(tmp_path, "yoga_school.yaml")
    planned = plan(authoring(tmp_path, 2), before, seeds("yoga_school", "vet_clinic"))
    assert planned.registry.domains == ("yoga_school", "ski_rental", "vet_clinic")
    assert [t.domain for t in planned.authored] == ["ski_rental", "vet_clinic"]
    assert planned.registry.topics[1] == child
    (tmp_path / "domains" / "yoga_school.yaml").unlink()
    back = plan(authoring(tmp_path, 2), planned.registry)
    assert [t.domain for t in back.authored] == ["yoga_school", "ski_rental"]


def test_a_topic_whose_parent_left_hangs_on_the_nearest_ancestor_or_begins_anew(tmp_path: Path) -> None:
    topics = (
        topic("yoga_school"),
        topic("ski_rental", "role", "yoga_school"),
        topic("vet_clinic", "role", "ski_rental"),
    )
    before = Registry(("yoga_school", "ski_rental", "vet_clinic"), (), topics, (), 3)
    project(tmp_path, "ski_rental.yaml", "airline.yaml")
    planned = plan(authoring(tmp_path, 2, domains=("airline",)), before)
    assert planned.removed == ("ski_rental",)
    assert [(t.domain, t.parent) for t in planned.authored] == [("yoga_school", None), ("vet_clinic", "yoga_school")]
    project(tmp_path, "yoga_school.yaml")
    planned = plan(authoring(tmp_path, 2, domains=("airline",)), before)
    assert [(t.domain, t.parent, t.strategy) for t in planned.authored] == [("vet_clinic", None, SEED)]


def test_seeds_that_nobody_knows_are_a_problem_and_nothing_else_is_touched(tmp_path: Path) -> None:
    def unknown(settings: Settings) -> Sequence[Topic]:
        raise CannotAnswer("no topic yoga_skool; the nearest: yoga_school\nno topic x; nothing is like it")

    project(tmp_path, "clinic.yaml")
    before = Registry(("ski_rental",), (), (topic("ski_rental"),), (), 1)
    planned = plan(authoring(tmp_path, 2), before, unknown)
    assert planned.registry.domains == ("ski_rental", "clinic")
    assert planned.problems == ("no topic yoga_skool; the nearest: yoga_school", "no topic x; nothing is like it")


def test_a_near_duplicate_is_dropped_with_its_reason_and_not_proposed_again(tmp_path: Path) -> None:
    twin = Topic("ski_rentals_service", "Fresh Snow", "Where people get skis.", "sports")
    author = Scripted([reply("vet_clinic")])
    planned = plan(
        authoring(tmp_path, 2), None, lambda settings: [topic("ski_rental"), twin], lambda _: door_to(author, tmp_path)
    )
    assert planned.registry.domains == ("ski_rental", "vet_clinic")
    assert [(d.topic.domain, d.near) for d in planned.registry.dropped] == [("ski_rentals_service", "ski_rental")]
    assert "ski_rentals_service" in author.prompts[0].variables["known"]


def test_an_author_that_is_out_of_reach_is_a_problem_and_the_seeds_are_kept(tmp_path: Path) -> None:
    planned = plan(authoring(tmp_path, 5), None, seeds("yoga_school"), lambda _: door_to(Scripted([]), tmp_path))
    assert planned.registry.domains == ("yoga_school",)
    assert planned.problems == ("the script has ended",)


def named(*chosen: str) -> SeedTopics:
    return lambda settings: [provisional(name) for name in chosen]


def test_seeds_that_are_only_names_are_asked_for_once_and_what_comes_of_them_after_that(tmp_path: Path) -> None:
    author = Scripted([reply("yoga_school", "ski_rental"), reply("vet_clinic")])
    chosen = named("yoga_school", "ski_rental")
    planned = plan(authoring(tmp_path, 3), None, chosen, lambda _: door_to(author, tmp_path))
    assert [(p.name, p.variables.get("known")) for p in author.prompts] == [
        ("seed_topics", None), ("domain_topics", ["ski_rental", "yoga_school"]),
    ]  # fmt: skip
    assert planned.registry.topics[0] == topic("yoga_school")
    assert planned.unasked == ()
    again = plan(authoring(tmp_path, 3), planned.registry, chosen, lambda _: door_to(Scripted([]), tmp_path))
    assert again.registry == planned.registry


def test_without_a_door_names_are_provisional_and_a_plan_that_asks_replaces_them_where_they_stand(
    tmp_path: Path,
) -> None:
    chosen = named("yoga_school", "yoga_schools", "ski_rental")
    shown = plan(authoring(tmp_path, 3), None, chosen)
    assert shown.registry.domains == shown.unasked == ("yoga_school", "yoga_schools", "ski_rental")
    author = Scripted([reply("yoga_school", "ski_rental")])
    decided = plan(
        authoring(tmp_path, 2), shown.registry, named("yoga_school", "ski_rental"), lambda _: door_to(author, tmp_path)
    )
    assert decided.registry.domains == ("yoga_school", "ski_rental")
    assert decided.unasked == ()


def test_nothing_takes_the_place_of_a_seed_that_could_not_be_had(tmp_path: Path) -> None:
    author = Scripted(["no"] * 5)
    planned = plan(authoring(tmp_path, 4), None, named("yoga_school"), lambda _: door_to(author, tmp_path))
    assert planned.registry.domains == ()
    assert {prompt.name for prompt in author.prompts} == {"seed_topics"}
    assert planned.problems[0].startswith("seeds yoga_school: ask 'seed_topics'")


# ------------------------------------------------------------------------------------------------------------ pairs

DOMAINS = ("airline", "bank", "clinic", "gym", "hotel")
EVERY = [f"{one}__{other}" for i, one in enumerate(DOMAINS) for other in DOMAINS[i + 1 :]]
some_pairs = st.lists(st.sampled_from(EVERY), unique=True)


def ranked(*chosen: str, **refused: str) -> Ranking:
    return Ranking(chosen, refused)


def test_one_pair_for_every_two_domains_unless_a_number_is_asked_for() -> None:
    registry = Registry(DOMAINS)
    assert planned_pairs(Settings(), registry) == 2
    asked = Settings(pairs=Pairs(target=0))
    assert planned_pairs(asked, registry) == 0
    assert planned_pairs(asked, Registry(DOMAINS, pair_target=7)) == 7


def test_a_smaller_number_of_pairs_takes_away_the_last_and_no_number_takes_away_none(tmp_path: Path) -> None:
    project(tmp_path, *(f"{name}.yaml" for name in DOMAINS))
    before = Registry(DOMAINS, ("airline__hotel", "bank__clinic", "clinic__gym"))
    assert plan(project(tmp_path), before).unpaired == ()
    told = plan(project(tmp_path), before, pairs_told=1)
    assert told.registry.pairs == ("airline__hotel",)
    assert told.unpaired == ("bank__clinic", "clinic__gym")
    assert plan(project(tmp_path), told.registry).registry.pair_target == 1
    by_settings = project(tmp_path, pairs=Pairs(target=2))
    assert plan(by_settings, before).unpaired == ("clinic__gym",)
    assert plan(by_settings, Registry(DOMAINS, before.pairs, pair_target=3)).unpaired == ()


def test_a_ranking_is_read_from_what_was_built() -> None:
    data = {
        "chosen": [{"pair": "bank__gym", "score": 1.5}],
        "spare": [{"pair": "airline__bank"}],
        "refused": [{"pair": "clinic__gym", "reason": "no bridge"}],
    }
    assert Ranking.from_json(data) == ranked("bank__gym", clinic__gym="no bridge")


def test_pairs_that_are_there_stay_and_the_ranking_fills_up_the_rest() -> None:
    before = Registry(DOMAINS, ("clinic__gym", "airline__hotel"))
    after = adopt_pairs(before, ranked("bank__gym", "airline__hotel", "airline__bank"), 3)
    assert after.pairs == ("clinic__gym", "airline__hotel", "bank__gym")
    assert adopt_pairs(before, ranked("bank__gym"), 1) == before


def test_what_the_ranking_refuses_and_what_a_domain_left_makes_room() -> None:
    before = Registry(DOMAINS, ("clinic__gym", "airline__hotel"))
    after = adopt_pairs(before, ranked("bank__zoo", "bank__gym", clinic__gym="no bridge any more"), 2)
    assert after.pairs == ("airline__hotel", "bank__gym")


def test_new_pairs_that_share_a_domain_stand_together() -> None:
    chosen = ranked("bank__gym", "airline__hotel", "clinic__gym", "airline__clinic")
    assert adopt_pairs(Registry(DOMAINS), chosen, 4).pairs == (
        "bank__gym", "clinic__gym", "airline__clinic", "airline__hotel",
    )  # fmt: skip


def test_an_ill_named_pair_of_a_ranking_is_refused() -> None:
    with pytest.raises(RegistryError, match="must name its domains in order: bank__gym"):
        adopt_pairs(Registry(DOMAINS), ranked("gym__bank"), 4)


@given(there=some_pairs, chosen=some_pairs, refused=some_pairs, target=st.integers(0, 12))
def test_adopting_drops_nothing_but_what_is_refused_stays_within_the_target_and_is_done_when_repeated(
    there: list[str], chosen: list[str], refused: list[str], target: int
) -> None:
    ranking = Ranking(tuple(chosen), dict.fromkeys(refused, "no"))
    after = adopt_pairs(Registry(DOMAINS, tuple(there)), ranking, target)
    kept = [pair for pair in there if pair not in refused]
    assert list(after.pairs[: len(kept)]) == kept
    assert len(after.pairs) <= max(target, len(kept))
    assert set(after.pairs[len(kept) :]) <= set(chosen) - set(refused)
    assert adopt_pairs(after, ranking, target) == after
