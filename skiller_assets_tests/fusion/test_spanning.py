"""A rule over both domains holds for some and alone fails for others; where it cannot be asked, that is said once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skiller_assets.contract.fusion import SpanningRule
from skiller_assets.contract.rename import domain_of
from skiller_assets.fusion import pair as pair_module
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.members import Member
from skiller_assets.fusion.pair import make_pair
from skiller_assets.fusion.spanning import ENOUGH, ProposedRule, proposed_rules, try_rule
from skiller_assets.service.search import Explorer
from skiller_assets.world.roles import RolesOf
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.fusion.built import PAIR, BuiltPair


@pytest.fixture(scope="module")
def rules(pair: BuiltPair) -> list[SpanningRule]:
    assert pair.contract.fusion is not None
    return pair.contract.fusion.rules


def declared_by(pair: BuiltPair, record: SpanningRule) -> str:
    return next(r.by for r in pair.contract.rules_of(record.tool) if r.id == record.rule)


def test_there_is_one_in_each_direction_by_the_agent_and_by_the_tool(
    pair: BuiltPair, rules: list[SpanningRule]
) -> None:
    assert len({(domain_of(rule.tool), rule.over) for rule in rules}) == 2
    assert all(domain_of(rule.tool) != rule.over for rule in rules)
    assert {declared_by(pair, rule) for rule in rules} == {"agent", "tool"}


def test_each_is_seen_again_to_hold_and_to_fail_alone(pair: BuiltPair, rules: list[SpanningRule]) -> None:
    for rule in rules:
        trial = try_rule(pair.world, Explorer(pair.world), ProposedRule(rule, {}))
        assert (trial.passed, trial.holds, trial.fails_alone) == (True, ENOUGH, ENOUGH)


def test_its_evidence_is_a_call_that_every_rule_permits_and_one_that_it_alone_forbids(
    pair: BuiltPair, rules: list[SpanningRule]
) -> None:
    evidence = {e["rule"]: e["example"] for e in pair.json("blueprint", "bridges.json")["rules"]}
    roles = RolesOf(pair.world)
    assert set(evidence) == {rule.rule for rule in rules}
    with pair.world.open() as session:
        for rule in rules:
            for side, judged in (("holds", ()), ("fails", (rule.rule,))):
                (case,) = evidence[rule.rule][side]
                session.reset()
                session.admit(roles.of(pair.contract.principal_of(rule.tool), case["person"]))
                assert session.judge(rule.tool, case["arguments"]) == judged
            outcome = session.call(rule.tool, case["arguments"])
            if declared_by(pair, rule) == "tool":
                assert (outcome.status, outcome.rule, session.diff()) == ("denied", rule.rule, ())
            else:
                assert (outcome.status, outcome.violations) == ("ok", (rule.rule,))


def test_what_a_rule_looks_at_belongs_to_the_person_who_is_served(pair: BuiltPair) -> None:
    """Through the link between the accounts, where the two roles differ."""
    one, other = (m.member for m in pair.members)
    proposed = [*proposed_rules(one, other), *proposed_rules(other, one)]
    assert proposed
    assert all("linked_account" in rule.rule["check"] and ":me" in rule.rule["check"] for rule in proposed)
    assert len({(rule.record.tool, rule.record.rule) for rule in proposed}) == len(proposed)


def over_a_missing_column(guard: Member, tools: Member) -> Iterator[ProposedRule]:
    for proposed in proposed_rules(guard, tools):
        yield ProposedRule(
            proposed.record, {**proposed.rule, "check": proposed.rule["check"].replace("status", "mood")}
        )


def test_a_rule_on_a_missing_column_is_one_clear_error_of_that_pair_alone(
    pair: BuiltPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = pair.members
    door = offline_door(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(pair_module, "proposed_rules", over_a_missing_column)
        with pytest.raises(FusionError) as caught:
            make_pair(PAIR, one, other, door)
    told = str(caught.value)
    assert "mood" in told
    assert PAIR in told
    assert "__" in told.partition("rule ")[2].split()[0]
    assert "\n" not in told
    assert make_pair(PAIR, one, other, door).contract == pair.contract
