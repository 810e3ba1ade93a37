"""The policy of a joint desk: what holds for both first, then each domain in its part; every rule once."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from skiller_assets.contract.wording import render
from skiller_assets.fusion.joint_policy import joint_policy, part_of
from skiller_assets.service.policy_check import policy_complaints
from skiller_assets_tests.fusion.built import MEMBERS, ONE, OTHER, BuiltPair


@pytest.fixture(scope="module")
def policy(pair: BuiltPair) -> str:
    return pair.path("policy", "policy.md").read_text(encoding="utf-8")


def part(policy: str, number: int) -> str:
    """What stands under the heading of a part; 0 is what stands before all of them."""
    return re.split(r"^# The desk of ", policy, flags=re.MULTILINE)[number]


def test_it_is_what_its_files_make_of_it(pair: BuiltPair, policy: str) -> None:
    policies = {domain: pair.path("policy", "policy.md", domain).read_text(encoding="utf-8") for domain in MEMBERS}
    assert joint_policy(pair.contract, pair.json("database", "summary.json"), policies) == policy
    assert policy_complaints(pair.contract, policy) == []


def test_every_rule_of_both_domains_and_over_both_stands_there_once(pair: BuiltPair, policy: str) -> None:
    contract = pair.contract
    named = Counter(re.findall(r"<!--rule:([a-z0-9_]+)-->", policy))
    of_groups = {rule.id for rules in contract.rule_groups.values() for rule in rules}
    for tool in contract.tools:
        for rule in contract.rules_of(tool):
            assert named[rule.id] == 1, rule.id
            assert render(contract, rule.says).rstrip(".") in policy
    assert of_groups <= set(named)


def test_every_clause_of_conduct_stands_once_in_its_part(pair: BuiltPair, policy: str) -> None:
    where = {"joint": part(policy, 0), ONE: part(policy, 1), OTHER: part(policy, 2)}
    for clause in pair.contract.conduct:
        marker = f"<!--conduct:{clause.id}-->"
        assert policy.count(marker) == 1
        assert marker in where[clause.id.partition("__")[0]]


def test_what_holds_for_both_stands_before_the_parts_and_these_in_the_order_of_the_names(
    pair: BuiltPair, policy: str
) -> None:
    assert pair.contract.fusion is not None
    titles = re.findall(r"^# The desk of (.+)$", policy, re.MULTILINE)
    assert titles == [pair.contract.fusion.titles[domain] for domain in MEMBERS]
    assert "## What holds for both" in part(policy, 0)
    assert pair.contract.fusion.says in part(policy, 0)


def test_the_procedure_of_each_tool_stands_in_the_part_of_its_domain(pair: BuiltPair, policy: str) -> None:
    for tool in pair.contract.tools:
        number = 1 + MEMBERS.index(tool.partition("__")[0])
        assert policy.count(f"<!-- TOOL: {tool} -->") == policy.count(f"<!-- TOOL_END: {tool} -->") == 1
        assert f"<!-- TOOL: {tool} -->" in part(policy, number)


def test_the_prose_of_each_domain_is_taken_over(pair: BuiltPair, policy: str) -> None:
    for number, domain in enumerate(MEMBERS, 1):
        own = pair.path("policy", "policy.md", domain).read_text(encoding="utf-8")
        paragraph = max(re.split(r"\n\n", own.split("\n## ")[0])[2:], key=len)
        assert paragraph in part(policy, number)


def test_a_part_of_a_contract_is_what_belongs_to_one_domain(pair: BuiltPair) -> None:
    own = part_of(pair.contract, OTHER)
    clauses = [*(c.id for c in own.conduct), *(topic.id for topic in own.out_of_scope)]
    names = [*own.tools, *own.relationships, *own.rule_groups, *clauses]
    assert all(name.startswith(f"{OTHER}__") for name in names)
    assert len(own.tools) + len(part_of(pair.contract, ONE).tools) == len(pair.contract.tools)
