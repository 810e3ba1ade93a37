"""The search for calls: what it finds is what the engine confirms, and what it cannot find does not exist."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from skiller_assets.contract.sql import replaced
from skiller_assets.service.pools import ABSENT, Pools, Width, arguments, sample, shuffled
from skiller_assets.service.search import Explorer
from skiller_assets.service.solve import Goal, Search
from skiller_assets.world.image import World
from skiller_assets_tests.worlds import library, library_world, signed_in


def test_every_call_found_comes_out_as_its_goal_says(generated_world: World) -> None:
    explorer = Explorer(generated_world)
    for findings in explorer.explore():
        tool = generated_world.program.compiled.tools[findings.tool]
        for found in findings.found:
            session = explorer.serve(tool.principal, found.person)
            for call in found.setup:
                assert session.call(call.tool, call.arguments).status == "ok"
            judged = session.judge(tool.name, found.call.arguments)
            assert judged == found.fails
            assert found.goal.reached(tool, found.fails)


def test_two_explorations_find_the_same() -> None:
    assert Explorer(library_world()).explore() == Explorer(library_world()).explore()


def test_a_limit_that_nobody_has_reached_is_reached_by_repeating_a_write() -> None:
    spare = {"constants.max_loans": {"type": "integer", "value": 4, "unit": "loans"}}
    found = {
        f.goal.fails: f for findings in Explorer(library_world(spare)).explore() for f in findings.found
        if f.call.tool == "borrow_book"
    }  # fmt: skip
    assert len(found["below_limit"].setup) >= 2


def test_a_search_agrees_with_trying_every_combination() -> None:
    world = library_world()
    tool = world.program.compiled.tools["renew_loan"]
    pool = {"loan_id": tuple(f"LN-{i:04}" for i in range(20)), "days": (1, 7, 14)}
    for goal in [Goal(), *(Goal(rule.rule.id, alone) for rule in tool.rules for alone in (True, False))]:
        with signed_in(world) as session:
            every = [{"loan_id": loan, "days": days} for loan in pool["loan_id"] for days in pool["days"]]
            verdicts = {repr(taken): session.judge("renew_loan", taken) for taken in every}
            right = {k for k, v in verdicts.items() if isinstance(v, tuple) and goal.reached(tool, v)}
            found = {repr(taken) for taken in Search(tool, goal).run(session, pool, limit=100)}
            # Parameters that no rule asks about keep their first value.
            assert {f.partition("'days'")[0] for f in found} == {r.partition("'days'")[0] for r in right}


def test_everybody_can_be_authorized_with_their_own_data(generated_world: World) -> None:
    explorer = Explorer(generated_world)
    for principal in generated_world.contract.principals:
        for person in explorer.people(principal)[:10]:
            call = explorer.credentials(principal, person)
            assert call is not None
            with generated_world.open() as session:
                assert session.call(call.tool, call.arguments).status == "ok"
                assert session.me[principal] == person


def test_values_are_tried_own_first_and_a_stranger_last() -> None:
    world = library_world()
    with signed_in(world) as session:
        pool = Pools(world).of(session, library().tools["return_book"], Width(1, 5, 3))
    assert set(pool["loan_id"][:2]) == {"LN-0002", "LN-0003"}
    assert session_has_no(world, str(pool["loan_id"][-1]))


def session_has_no(world: World, loan: str) -> bool:
    with world.open() as session:
        return session.query("SELECT 1 FROM loan WHERE loan_id = :loan", {"loan": loan}) == []


def test_an_optional_argument_may_be_absent() -> None:
    with signed_in(library_world()) as session:
        pool = Pools(library_world()).of(session, library().tools["list_my_loans"], Width(1, 5, 3))
    assert pool["status"] == ("open", "returned", ABSENT)
    assert arguments({"status": ABSENT}) == {}
    assert {} in sample(pool, 20, "any")


@given(st.lists(st.integers(), unique=True), st.text())
def test_a_shuffle_keeps_every_item_and_depends_on_its_words_only(items: list[int], word: str) -> None:
    once = shuffled(items, word)
    assert sorted(once) == sorted(items)
    assert shuffled(list(reversed(items)), word) == once


@settings(max_examples=50)
@given(st.sampled_from(["loan_id", "me", "now"]), st.sampled_from(["c.v", "(SELECT 1)"]))
def test_replacing_a_name_leaves_strings_and_longer_names_alone(name: str, expression: str) -> None:
    sql = f"SELECT ':{name}', :{name}_more, a || ':{name}' FROM t WHERE x = :{name} AND y = :{name}"
    after = replaced(sql, {name: expression})
    assert after == f"SELECT ':{name}', :{name}_more, a || ':{name}' FROM t WHERE x = {expression} AND y = {expression}"
