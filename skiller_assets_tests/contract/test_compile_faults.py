"""Every fault of a contract is named with its file, its place and what to do."""

from __future__ import annotations

import pytest

from skiller_assets.contract.errors import ContractError
from skiller_assets_tests.worlds import GONE, Patch, data_of, library


def faults(patch: Patch) -> str:
    with pytest.raises(ContractError) as caught:
        library(patch)
    return str(caught.value)


@pytest.mark.parametrize(
    ("patch", "says"),
    [pytest.param(f["patch"], f["says"], id=f["fault"]) for group in data_of("faults.yaml").values() for f in group],
)
def test_a_fault_is_named_with_its_place(patch: Patch, says: str) -> None:
    assert says in faults(patch)


def test_the_library_itself_has_no_fault() -> None:
    assert sorted(library().tools) == [
        "authorize_member", "borrow_book", "find_books", "list_my_loans", "renew_loan", "return_book",
    ]  # fmt: skip


def test_all_faults_of_a_file_are_reported_at_once() -> None:
    said = faults(
        {
            "tools.borrow_book.rules.1.check": "SELECT COUNT(*) < 5 FROM lending",
            "tools.borrow_book.effects.0.sql": "UPDATE loan SET lost = 1",
            "tools.renew_loan.returns": GONE,
            "settle": [{"says": "Nothing.", "sql": "UPDATE loan SET lost = 1"}],
            "background": "A fee of {fee}.",
            "invariants.0.none": "SELECT due FROM fee",
        }
    )
    for place in ("rule on_the_shelf", "effect 1", "tool renew_loan", "settle 1", "background", "invariant fees"):
        assert place in said


def test_the_same_fault_of_a_shared_rule_is_told_for_every_tool_that_uses_it() -> None:
    said = faults({"rule_groups.own_loan.1.check": "SELECT holder = :me FROM loan"})
    assert "tool return_book: rule own_loan: no such column loan.holder" in said
    assert "tool renew_loan: rule own_loan: no such column loan.holder" in said
