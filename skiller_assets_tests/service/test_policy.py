"""Policies: complete, every rule once, nothing that the contract does not say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from skiller_assets.ask import AskFailed, Door
from skiller_assets.contract.model import Contract, Tool
from skiller_assets.contract.wording import render
from skiller_assets.service.policy import build_policy
from skiller_assets.service.policy_check import (
    LONGEST,
    SHORTEST,
    closed_world_complaints,
    count_words,
    policy_complaints,
    procedure_of,
)
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.domains import DOMAINS, contract_of

CLINIC = "clinic"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return offline_door(tmp_path)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build_policy(contract_of(CLINIC), {}, offline_door(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_hand_written_domain_has_a_sound_policy(domain: str, door: Door) -> None:
    text = build_policy(contract_of(domain), {}, door)
    assert policy_complaints(contract_of(domain), text) == []
    assert SHORTEST <= count_words(text) <= LONGEST


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_missing_background_is_asked_for_and_stays_in_the_closed_world(domain: str, door: Door) -> None:
    bare = contract_of(domain).model_copy(update={"background": ""})
    assert policy_complaints(bare, build_policy(bare, {}, door)) == []


def test_a_background_with_an_invented_number_is_not_accepted(tmp_path: Path) -> None:
    bare = contract_of(CLINIC).model_copy(update={"background": ""})
    reply = '{"markdown": "### Us\\n\\n' + "We have looked after the people of this town for 4711 years. " * 15 + '"}'
    with pytest.raises(AskFailed, match="the number 4711 is not in the contract"):
        build_policy(bare, {}, door_to(Scripted([reply] * 5), tmp_path))


@pytest.mark.parametrize("domain", DOMAINS)
def test_sentences_are_those_of_the_contract_with_constants_worded(domain: str, door: Door) -> None:
    contract = contract_of(domain)
    text = build_policy(contract, {}, door)
    for tool in contract.tools:
        for rule in contract.rules_of(tool):
            assert f"{render(contract, rule.says)}" in text
    assert not re.search(r"\{[a-z_]+\}", text)


def test_rules_that_only_the_agent_can_uphold_are_told_apart(policy: str) -> None:
    contract = contract_of(CLINIC)
    for tool in contract.tools.values():
        for rule in tool.rules:
            if getattr(rule, "by", "tool") == "agent":
                before = policy[: policy.index(f"<!--rule:{rule.id}-->")]  # type: ignore[union-attr]
                lead = [line for line in before.splitlines() if line.endswith(":")][-1]
                assert re.search(r"(?i)\byou\b|yours", lead), lead


def test_the_same_contract_gives_the_same_policy(door: Door, policy: str) -> None:
    assert build_policy(contract_of(CLINIC), {}, door) == policy


def test_record_types_without_rows_are_left_out(door: Door) -> None:
    contract = contract_of("bank").model_copy(update={"background": "", "tools": dict(_few_tools("bank"))})
    name = next(iter(contract.relationships))
    title = f"**{name.replace('_', ' ').capitalize()}.**"
    assert title in build_policy(contract, {}, door)
    assert title not in build_policy(contract, {"tables": {name: {"rows": 0}}}, door)


def _few_tools(domain: str) -> list[tuple[str, Tool]]:
    return list(contract_of(domain).tools.items())[:8]


def _first_rule(text: str) -> str:
    found = re.search(r"- .*<!--rule:\w+-->\n", text)
    assert found
    return found[0]


FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "a rule dropped": (lambda t: t.replace(_first_rule(t), ""), "stated 0 times instead of 1"),
    "a rule twice": (lambda t: t.replace(_first_rule(t), _first_rule(t) * 2), "stated 2 times instead of 1"),
    "an invented rule": (
        lambda t: t + "- Be brave.<!--rule:be_brave-->\n",
        "rule be_brave, which the contract does not",
    ),
    "no end marker": (lambda t: re.sub(r"<!-- TOOL_END: \w+ -->", "", t, count=1), "begins inside that of"),
    "no begin marker": (lambda t: re.sub(r"<!-- TOOL: \w+ -->", "", t, count=1), "has no beginning"),
    "a procedure dropped": (
        lambda t: re.sub(r"<!-- TOOL: (\w+) -->.*?<!-- TOOL_END: \1 -->", "", t, count=1, flags=re.DOTALL),
        "stated 0 times instead of 1",
    ),
    "an invented number": (lambda t: t + "\nRefunds take 47 days.\n", "the number 47 is not in the contract"),
    "an invented number in words": (
        lambda t: t + "\nAllow eleven days.\n",
        "the number 11 (“eleven”) is not in the contract",
    ),
    "an invented status": (lambda t: t + "\nIt is then *confiscated*.\n", "“confiscated” is no status"),
    "a usual status that this service lacks": (lambda t: t + "\nIt has been shipped.\n", "“shipped” is no status"),
    "an invented tool": (lambda t: t + "\nUse `delete_everything`.\n", "`delete_everything` is no name"),
    "too long": (lambda t: t + "and so on " * 700, "a policy has 800 to 2000"),
    "too short": (lambda t: t[:900], "a policy has 800 to 2000"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(policy: str, fault: str) -> None:
    break_it, complaint = FAULTS[fault]
    found = policy_complaints(contract_of(CLINIC), break_it(policy))
    assert any(complaint in said for said in found), found


def test_a_rule_moved_out_of_its_procedure_is_found(policy: str) -> None:
    contract = contract_of(CLINIC)
    tool, rule = _owned_rule(contract)
    line = next(line for line in policy.splitlines() if f"<!--rule:{rule}-->" in line)
    moved = policy.replace(line, "") + line
    assert f"rule {rule} is not stated in the procedure of {tool}" in policy_complaints(contract, moved)


def _owned_rule(contract: Contract) -> tuple[str, str]:
    return next(
        (name, rule.id)  # type: ignore[union-attr]
        for name, tool in contract.tools.items()
        for rule in tool.rules
        if hasattr(rule, "check")
    )


def test_comments_are_not_counted_as_words_or_claims() -> None:
    assert count_words("One two <!-- three 47 four --> five.") == 3
    assert closed_world_complaints(contract_of(CLINIC), "<!-- 47111 -->") == []


def test_a_procedure_is_found_between_its_markers(policy: str) -> None:
    assert "<!--rule:late_only_for_health-->" in procedure_of(policy, "cancel_appointment")
    assert procedure_of(policy, "no_such_tool") == ""
