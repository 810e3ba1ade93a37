"""What failed, sorted and cut so that whoever mends it reads what tells most."""

from __future__ import annotations

from skiller_assets.service.suite import Case
from skiller_assets.service.triage import contract_parts, triage
from skiller_assets.service.trial import Failure, Report
from skiller_assets_tests.service.servers import library_suite
from skiller_assets_tests.worlds import library_world


def report(*failures: Failure, broken: str | None = None) -> Report:
    return Report(library_suite().hash, len(library_suite().cases) + 1, failures, broken)


def failing(case: Case | str, step: int | None = None, got: str = "{}") -> Failure:
    return Failure(case if isinstance(case, str) else case.id, step, '{"status": "ok"}', got)


def cases_about(kind: str) -> list[Case]:
    return [case for case in library_suite().cases if case.about == kind]


def test_what_cannot_be_used_is_all_that_is_told() -> None:
    found = triage(report(broken="SyntaxError: no"), library_suite())
    assert found.lines() == ["the module cannot be used: SyntaxError: no"]
    assert found.tools == ()


def test_the_listing_comes_first_and_random_sequences_last() -> None:
    failures = [failing(cases_about(kind)[0], 0) for kind in ("random", "isolation", "denied", "permitted")]
    found = triage(report(*failures, failing("listing")), library_suite())
    assert [group.kind for group in found.groups] == ["listing", "permitted", "denied", "isolation", "random"]


def test_of_a_tool_and_a_kind_the_failure_is_told_that_comes_first() -> None:
    early, late = [c for c in cases_about("denied") if c.tool == "borrow_book" and len(c.steps) > 1][:2]
    found = triage(report(failing(late, 1, "late"), failing(early, 0, "early")), library_suite())
    assert [(group.cases, group.told.got) for group in found.groups] == [(2, "early")]
    assert "(and 1 more of this kind)" in found.lines()[0]


def test_a_failure_is_told_with_the_calls_that_led_to_it() -> None:
    case = next(c for c in cases_about("permitted") if c.tool == "borrow_book")
    last = len(case.steps) - 1
    lines = triage(report(failing(case, last)), library_suite()).lines()[0].splitlines()
    assert lines[0] == "permitted/borrow_book:"
    assert lines[1].startswith("  [session 0] authorize_member(")
    assert lines[-3].startswith("  [session 0] borrow_book(")
    assert lines[-3].endswith("← here")


def test_a_failure_of_a_random_sequence_is_of_the_tool_that_was_called() -> None:
    case = cases_about("random")[0]
    found = triage(report(failing(case, 2)), library_suite())
    assert found.groups[0].tool == case.steps[2].tool


def test_it_is_bounded_in_number_and_length() -> None:
    failures = [failing(case, 0, "x" * 5000) for case in library_suite().cases]
    found = triage(report(*failures), library_suite())
    assert len(found.groups) == 10
    assert found.left_out > 0
    assert found.lines()[-1] == f"{found.left_out} more groups of failures are not shown"
    assert all(len(line) < 8000 for line in found.lines())


def test_the_contract_is_told_of_the_tools_concerned_with_rules_in_full() -> None:
    contract = library_world().contract
    parts = contract_parts(contract, ("return_book",))
    assert list(parts["tools"]) == ["return_book"]
    assert [rule["id"] for rule in parts["tools"]["return_book"]["rules"]] == ["loan_exists", "own_loan", "still_open"]
    assert parts["constants"]["late_fee"]["value"] == 1.5
    assert set(contract_parts(contract, ())["tools"]) == {*contract.tools, "calculate", "transfer_to_human"}
    assert contract_parts(contract, ("calculate", "no_such_tool"))["tools"].keys() == {"calculate"}
