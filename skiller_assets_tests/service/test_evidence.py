"""The trial's complaints: contradictions by name, dead rules with what the data look like, tools out of reach."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.world.image import World
from skiller_assets_tests.worlds import GONE, Patch, library_world


def faults(patch: Patch) -> list[str]:
    """What the trial of a library says."""
    return evidence_faults(gather_evidence(library_world(patch)))


def rule(identifier: str, check: str) -> dict[str, Any]:
    """A rule about a loan; every literal that its SQL applies stands in its sentence."""
    says = "Renewals, whether 0, 1 or 2, and the status, open or returned, must be right."
    sql = f"SELECT {check} FROM loan WHERE loan_id = :loan_id"
    return {"id": identifier, "kind": "status", "says": says, "check": sql}


def test_the_domains_are_free_of_faults(generated_world: World) -> None:
    evidence = gather_evidence(generated_world)
    assert evidence_faults(evidence) == []
    assert (evidence["contradictions"], evidence["dead"], evidence["barred"]) == ([], [], [])


def test_two_rules_that_contradict_each_other_are_named() -> None:
    assert faults({"tools.renew_loan.rules+": rule("is_back", "status = 'returned'")}) == [
        "tool renew_loan: rules is_open and is_back never hold together on the data, each alone does: "
        "mend one of them, or let the data contain what meets them all"
    ]


def test_three_rules_of_which_any_two_agree_are_named_together() -> None:
    three = [rule(f"not_{i}", f"renewals <> {i}") for i in range(3)]
    (said,) = faults({"tools.renew_loan.rules": [{"use": "own_loan"}, *three]})
    assert "rules not_0, not_1 and not_2 never hold together on the data, any of them left out, the others do" in said


def test_a_rule_without_a_part_in_the_contradiction_is_not_named() -> None:
    pair = [rule("is_back", "status = 'returned'"), rule("is_out", "status = 'open'")]
    (said,) = faults({"tools.renew_loan.rules": [{"use": "own_loan"}, rule("few", "renewals < 2"), *pair]})
    assert "rules is_back and is_out never" in said


def test_a_rule_that_never_fails_says_how_near_the_data_come() -> None:
    (said,) = faults({"constants.max_loans.value": 40})
    assert said.startswith("tool borrow_book: rule below_limit never fails on the data: of ")
    assert (
        "tried calls it held in all; `COUNT(*)` was 1 to 2; in the data loan.status is open (10), returned (6)" in said
    )
    assert said.endswith("max_loans is 40 loans: drop it, or let the data contain what it forbids")


LOST: Patch = {
    "relationships.loan.lifecycle.states.lost": {"describe": "Gone for good."},
    "relationships.loan.lifecycle.states.open.next": ["returned", "lost"],
    "tools.renew_loan.rules.1.says": "Only a lost loan is renewed.",
    "tools.renew_loan.rules.1.check": "SELECT status = 'lost' FROM loan WHERE loan_id = :loan_id",
}


def test_a_rule_that_never_holds_says_which_state_nothing_brings_about() -> None:
    (said,) = faults(LOST)
    assert "tool renew_loan: rule is_open never holds on the data: of" in said
    assert "held in none; `status` was open, returned; in the data loan.status is open (10), returned (6)" in said
    assert "no row has loan.status 'lost' and no tool sets it" in said


def test_a_state_that_some_tool_sets_is_not_called_missing() -> None:
    gone = {"says": "The loan is lost.", "sql": "UPDATE loan SET status = 'lost' WHERE loan_id = :loan_id"}
    never = {"says": "never", "sql": "SELECT 0 + 0"}
    patch = {"tools.return_book.effects+": {**gone, "when": "overdue"}, "tools.return_book.let.overdue": never}
    said = "\n".join(faults({**LOST, **patch}))
    assert "is_open never holds on the data" in said
    assert "no tool sets it" not in said


def test_a_rule_of_another_shape_says_what_it_reads() -> None:
    check = "SELECT EXISTS (SELECT 1 FROM member WHERE member_id = :me)"
    (said,) = faults({"tools.renew_loan.rules.1.check": check})
    assert "is_open never fails on the data: of" in said
    assert "`" not in said


def test_a_tool_that_only_a_forbidden_one_could_serve_is_out_of_reach() -> None:
    never = {"id": "never", "kind": "status", "says": "Nobody looks.", "check": "SELECT :me IS NULL"}
    said = faults({"tools.list_my_loans.rules": [never], "tools.borrow_book": GONE})
    words = "takes loan.loan_id, which only list_my_loans shows, and no walk reaches that"
    assert {f"tool return_book: {words}", f"tool renew_loan: {words}"} <= set(said)


@pytest.mark.parametrize("patch", [{"tools.renew_loan.rules+": rule("is_back", "status = 'returned'")}])
def test_what_was_gathered_twice_is_the_same(patch: Patch) -> None:
    assert gather_evidence(library_world(patch)) == gather_evidence(library_world(patch))
