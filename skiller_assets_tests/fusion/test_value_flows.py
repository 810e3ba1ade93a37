"""Every value flow of a pair is seen to be taken and to matter; one whose value is another is not."""

from __future__ import annotations

import pytest

from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.rename import domain_of
from skiller_assets.fusion.bridges import differing, proposed_flows
from skiller_assets.fusion.carried import carried_values, entering
from skiller_assets.fusion.flow_trials import ENOUGH, FlowTrials
from skiller_assets.world.diff import diff_json
from skiller_assets.world.roles import Person
from skiller_assets_tests.fusion.built import BuiltPair


@pytest.fixture(scope="module")
def flows(pair: BuiltPair) -> list[ValueFlow]:
    assert pair.contract.fusion is not None
    return pair.contract.fusion.flows


def other(flow: ValueFlow, **changes: object) -> ValueFlow:
    return flow.model_copy(update=changes)


def test_every_flow_is_seen_again_to_be_taken_and_to_matter(pair: BuiltPair, flows: list[ValueFlow]) -> None:
    trials = FlowTrials(pair.world)
    for flow in flows:
        trial = trials.run(flow)
        assert trial.passed
        assert trial.taken >= ENOUGH
        assert trial.mattered > 0
        assert trial.tried >= trial.shown >= trial.taken


@pytest.mark.parametrize("few", [1, ENOUGH])
def test_a_look_at_few_people_goes_on_until_it_has_mattered_to_somebody(
    few: int, pair: BuiltPair, flows: list[ValueFlow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check looks at fewer people than the trial by which a flow was kept, and must come to the same verdict."""
    late = ENOUGH + 3
    asked: list[int] = []

    def matters(_trials: FlowTrials, _flow: ValueFlow, person: Person, _arguments: object) -> bool:
        asked.append(person.human)
        return len(asked) >= late

    monkeypatch.setattr(FlowTrials, "_matters", matters)
    trial = FlowTrials(pair.world).run(flows[0], few)
    assert (trial.taken, trial.mattered, trial.passed) == (late, 1, True)


def test_its_evidence_is_a_call_with_a_value_that_the_giver_showed_that_person(
    pair: BuiltPair, flows: list[ValueFlow]
) -> None:
    evidence = {e["flow"]: e for e in pair.json("blueprint", "bridges.json")["flows"]}
    assert set(evidence) == {flow.id for flow in flows}
    with pair.world.open() as session:
        for flow in flows:
            example = evidence[flow.id]["example"]
            shown = carried_values(session, pair.contract, flow, example["roles"])
            assert example["arguments"][flow.parameter] in {entering(flow, value) for value in shown}
            session.reset()
            session.admit(example["roles"])
            assert session.judge(flow.takes, example["arguments"]) == ()
            confirm = {"confirm": True} if pair.contract.tools[flow.takes].confirm == "tool" else {}
            outcome = session.call(flow.takes, {**example["arguments"], **confirm})
            assert outcome.status == "ok"
            assert outcome.result or diff_json(session.diff())


def test_a_flow_goes_from_one_domain_to_the_other(flows: list[ValueFlow]) -> None:
    assert all(domain_of(flow.gives) != domain_of(flow.takes) for flow in flows)
    assert {domain_of(flow.gives) for flow in flows} == {domain_of(flow.takes) for flow in flows}


def test_no_two_flows_carry_the_same_column_into_the_same_tool(pair: BuiltPair, flows: list[ValueFlow]) -> None:
    assert len({(flow.column, flow.takes) for flow in flows}) == len(flows)
    one, two = pair.members
    proposed = proposed_flows(one.member, two.member)
    assert len(differing([*proposed, *proposed], 100)) == len({(f.column, f.takes) for f in proposed})
    assert [f.id for f in proposed_flows(one.member, two.member)] == [f.id for f in proposed]


def test_a_flow_from_what_the_giver_does_not_show_carries_nothing(pair: BuiltPair, flows: list[ValueFlow]) -> None:
    trial = FlowTrials(pair.world).run(other(flows[0], path=["nothing"]))
    assert (trial.shown, trial.taken, trial.passed) == (0, 0, False)
    assert trial.tried > 0


def test_a_value_that_nobody_takes_is_no_flow(pair: BuiltPair, flows: list[ValueFlow]) -> None:
    """What is poured is the name of no hotel."""
    hotel = next(flow for flow in flows if flow.parameter == "hotel")
    trial = FlowTrials(pair.world).run(other(hotel, path=["wine_tasting"]))
    assert trial.shown > 0
    assert (trial.taken, trial.passed) == (0, False)


def test_only_a_moment_becomes_a_day(pair: BuiltPair, flows: list[ValueFlow]) -> None:
    for flow in flows:
        attribute = pair.contract.attribute(flow.column)
        assert attribute is not None
        assert (flow.derivation == "day") == (attribute.type == "datetime")
    assert entering(next(f for f in flows if f.derivation == "day"), "2025-03-10T14:00:00") == "2025-03-10"
    assert entering(next(f for f in flows if f.derivation == "same"), "2025-03-10T14:00:00") == "2025-03-10T14:00:00"


def test_the_customer_points_to_a_value_without_saying_it(pair: BuiltPair, flows: list[ValueFlow]) -> None:
    for flow in flows:
        assert not any(ch.isdigit() for ch in flow.phrase)
        assert flow.because
        assert flow.gives.partition("__")[2] not in flow.phrase
