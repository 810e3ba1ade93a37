"""Walks through both domains: feasible segments only, joined by a bridge, interleaved; what is pruned is counted."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.fusion.trajectories import MOST_GOALS, Goals, Segments, Trajectory, plan_trajectories, segments_of
from skiller_assets_tests.fusion.built import PAIR, BuiltPair
from skiller_assets_tests.fusion.desks import joint_world, same_role

LIST, RETURN, BORROW = "archive__list_my_loans", "archive__return_book", "archive__borrow_book"
FIND, LEND, RENEW = "library__find_books", "library__borrow_book", "library__renew_loan"
FLOW = {
    "id": "title_of_loan",
    "affinity": "same_thing",
    "gives": LIST,
    "path": ["title"],
    "column": "book.title",
    "takes": FIND,
    "parameter": "title",
    "derivation": "same",
    "says": "What I read there I want here, too.",
    "phrase": "the title of my loan",
}
RULE = {"rule": "archive__nothing_overdue", "tool": LEND, "over": "archive", "idea": "nothing_bad"}
ARCHIVE = Segments(
    "archive",
    {(LIST,): ("archive-1",), (RETURN, BORROW): ("archive-2", "archive-3")},
    {(LIST,), (RETURN, BORROW), ("archive__renew_loan",)},
    2.0,
)
LIBRARY = Segments(
    "library",
    {(FIND,): ("library-1",), (FIND, LEND): ("library-2",), (RENEW,): ("library-3",)},
    {(FIND,), (FIND, LEND), (RENEW,), (LEND, FIND)},
    3.0,
)


@cache
def compiled(flows: bool, rules: bool = False) -> CompiledContract:
    fusion: dict[str, Any] = {
        "members": ["archive", "library"],
        "titles": {"archive": "Archive", "library": "Library"},
        "says": "Who reads here reads there.",
        "because": ["I read a lot."],
        "flows": [FLOW] if flows else [],
        "rules": [RULE] if rules else [],
    }
    return joint_world(*same_role(), parts={"fusion": fusion}).program.compiled


def planned(flows: bool = True, rules: bool = False, concatenated: bool = False, seed: str = "x") -> list[Trajectory]:
    return plan_trajectories(compiled(flows, rules), [ARCHIVE, LIBRARY], 100, seed, concatenated)[0]


def test_a_walk_consists_of_segments_that_validated_tasks_have_shown() -> None:
    walks = planned()
    assert {tuple(sorted(w.segments.items())) for w in walks} == {
        (("library", (FIND,)),),
        (("library", (FIND, LEND)),),
        (("archive", (LIST,)), ("library", (FIND,))),
        (("archive", (LIST,)), ("library", (FIND, LEND))),
    }
    for walk in walks:
        assert (walk.label, walk.flow, walk.bridges) == ("bridged", "title_of_loan", ("title_of_loan",))
        assert walk.tasks["library"] == LIBRARY.feasible[walk.segments["library"]]
        assert Counter(walk.goals) == Counter(g for goals in walk.segments.values() for g in goals)


def test_only_fulfilled_tasks_make_a_segment_feasible() -> None:
    def task(id_: str, kind: str, *goals: str) -> dict[str, Any]:
        return {"id": id_, "kind": kind, "scenario": {"goals": [{"tool": goal} for goal in goals]}}

    tasks = [
        task("b", "fulfil", "find_books", "borrow_book"),
        task("a", "fulfil", "find_books", "borrow_book"),
        task("c", "refuse", "renew_loan"),
        task("d", "clarify", "return_book"),
    ]
    templates = [{"kind": "fulfil", "goals": ["list_my_loans"]}, {"kind": "refuse", "goals": ["renew_loan"]}]
    found = segments_of("library", tasks, templates, 1.5)
    assert found.feasible == {(FIND, LEND): ("a", "b")}
    assert set(found.proposed) == {(FIND, LEND), ("library__list_my_loans",)}


def test_what_is_pruned_is_counted_in_walks_and_adds_up() -> None:
    """Three segments there and three here that look for a book: 9 walks, of which 2 times 2 are feasible; both of
    those in which the loan is returned first are no good; 2 times 3 are tied together by nothing."""
    walks, pruning = plan_trajectories(compiled(True), [ARCHIVE, LIBRARY], 100, "x", False)
    assert pruning.as_json() == {
        "thought_of": 9 + 6,
        "left_out": {
            "a segment is in no validated task": 5,
            "nothing ties the sides together": 6,
            "what is carried over has ended": 2,
        },
        "saved_executions": 5 * (2 + 3),
    }
    with_both_sides = [w for w in walks if len(w.segments) == 2]
    assert pruning.thought_of - sum(pruning.left_out.values()) == len(with_both_sides)


def test_what_would_be_too_long_is_counted() -> None:
    longer = (FIND, *[RENEW] * (MOST_GOALS - 1))
    library = Segments("library", {longer: ("library-1",)}, {longer}, 1.0)
    walks, pruning = plan_trajectories(compiled(True), [ARCHIVE, library], 100, "x", False)
    assert pruning.left_out["too long"] == 1
    assert [w.segments for w in walks] == [{"library": longer}]


def test_without_a_bridge_a_walk_is_labelled_and_left_out_by_default() -> None:
    assert [w for w in planned(flows=False) if w.label == "concatenated"] == []
    kept = [w for w in planned(flows=False, concatenated=True) if w.label == "concatenated"]
    assert len(kept) == len(ARCHIVE.feasible) * len(LIBRARY.feasible)
    assert {(w.bridges, w.flow) for w in kept} == {((), None)}
    _, pruning = plan_trajectories(compiled(False), [ARCHIVE, LIBRARY], 100, "x", True)
    assert (pruning.thought_of, +pruning.left_out) == (len(kept), Counter())


def test_a_rule_over_both_ties_walks_together_where_no_value_flows() -> None:
    walks = planned(flows=False, rules=True)
    assert {w.label for w in walks} == {"ruled"}
    assert all(LEND in w.goals and w.bridges == ("archive__nothing_overdue",) for w in walks)
    assert {w.label for w in planned(rules=True)} == {"bridged"}


def test_a_rule_ties_walks_together_where_nobody_pursues_what_a_flow_enters() -> None:
    library = Segments("library", {(LEND,): ("library-4",)}, {(FIND,), (LEND,)}, 1.0)
    walks, _ = plan_trajectories(compiled(True, True), [ARCHIVE, library], 100, "x", False)
    assert {w.label for w in walks} == {"ruled"}


def test_a_walk_into_a_ruled_tool_names_the_rule_beside_the_flow() -> None:
    ruled = {**RULE, "tool": FIND}
    fusion = {**fusion_of(compiled(True)), "rules": [ruled]}
    joint = joint_world(*same_role(), parts={"fusion": fusion}).program.compiled
    walks, _ = plan_trajectories(joint, [ARCHIVE, LIBRARY], 100, "x", False)
    assert {w.bridges for w in walks} == {("title_of_loan", "archive__nothing_overdue")}


def fusion_of(contract: CompiledContract) -> dict[str, Any]:
    assert contract.contract.fusion is not None
    return contract.contract.fusion.model_dump(mode="json")


goals = st.lists(st.sampled_from([FIND, LEND, RENEW]), min_size=1, max_size=3, unique=True).map(tuple)


@given(st.sets(goals, min_size=1, max_size=4), st.text(max_size=5))
def test_interleaving_keeps_the_order_of_each_segment(segments: set[Goals], seed: str) -> None:
    library = Segments("library", dict.fromkeys(sorted(segments), ("library-1",)), segments, 1.0)
    walks, pruning = plan_trajectories(compiled(True), [ARCHIVE, library], 1000, seed, False)
    for walk in walks:
        for domain, segment in walk.segments.items():
            assert tuple(g for g in walk.goals if g.startswith(f"{domain}__")) == segment
        assert len(walk.goals) <= MOST_GOALS
        assert FIND in walk.goals
    both = [w for w in walks if len(w.segments) == 2]
    assert pruning.thought_of - sum(pruning.left_out.values()) == len(both)


def test_some_walks_go_back_and_forth_between_the_domains() -> None:
    walks = [w for seed in "abcdefgh" for w in planned(seed=seed)]
    assert {w.turns for w in walks} == {0, 1, 2}
    around = next(w for w in walks if w.turns == 2)
    assert around.goals == (FIND, LIST, LEND)


def test_the_same_seed_gives_the_same_walks_and_no_more_than_asked_for() -> None:
    assert planned() == planned()
    few, _ = plan_trajectories(compiled(True), [ARCHIVE, LIBRARY], 2, "x", False)
    assert len(few) == 2


@pytest.mark.parametrize("part", ["goals", "tasks"])
def test_the_walks_of_a_real_pair_name_what_proved_them(pair: BuiltPair, part: str) -> None:
    known = {
        domain: {
            t["id"]: tuple(f"{domain}__{g['tool']}" for g in t["scenario"]["goals"])
            for t in pair.jsonl("validated_tasks", "tasks.jsonl", domain)
        }
        for domain in PAIR.split("__")
    }
    for walk in pair.jsonl("trajectories", "trajectories.jsonl"):
        for domain, segment in walk["segments"].items():
            named = walk["tasks"][domain]
            assert named
            if part == "goals":
                assert [g for g in walk["goals"] if g.startswith(f"{domain}__")] == segment
            else:
                assert {known[domain][task] for task in named} == {tuple(segment)}
