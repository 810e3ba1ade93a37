"""Which tools a walk can reach: chains and cycles of tools that need one another are found out."""

from __future__ import annotations

from typing import Any

import pytest

from skiller_assets.contract.compile import compile_contract
from skiller_assets.service.profile import profile_problems
from skiller_assets.service.reach import barred_tools
from skiller_assets_tests.domains import DOMAINS, contract_of
from skiller_assets_tests.worlds import GONE, Patch, library

LOAN = {"type": "id", "describe": "The loan.", "refers_to": "loan.loan_id"}
NO_LOANS: Patch = {
    "tools.list_my_loans": GONE,
    "tools.borrow_book.returns.one": "SELECT status, due_on FROM loan WHERE loan_id = :new_loan",
}
"""No tool shows a loan any more, unless it was given one."""


def read(parameters: dict[str, Any], sql: str) -> dict[str, Any]:
    """A tool that looks something up."""
    return {"access": "read", "describe": "Looks it up.", "parameters": parameters, "returns": {"many": sql}}


BY_FEE = read(
    {"fee_no": {"type": "integer", "describe": "The fee.", "refers_to": "fee.fee_no"}},
    "SELECT DISTINCT loan_id FROM fee WHERE fee_no = :fee_no LIMIT 15",
)
BY_LOAN = read({"loan_id": LOAN}, "SELECT fee_no, amount FROM fee WHERE loan_id = :loan_id LIMIT 15")


def told(patch: Patch, closed: tuple[str, ...] = ()) -> dict[str, str]:
    """What bars each tool of a library."""
    return {barred.tool: str(barred) for barred in barred_tools(library(patch), closed)}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_tool_of_the_domains_can_be_reached(domain: str) -> None:
    assert barred_tools(compile_contract(contract_of(domain))) == []


def test_what_no_tool_shows_bars_all_that_take_it() -> None:
    words = "takes loan.loan_id, which no other tool shows and nobody knows"
    assert told({**NO_LOANS, "tools.return_book.returns.with": GONE}) == {"return_book": words, "renew_loan": words}


def test_two_tools_that_need_each_other_are_both_barred() -> None:
    returned = {"tools.return_book.returns": {"one": "SELECT status FROM loan WHERE loan_id = :loan_id"}}
    found = told({**NO_LOANS, **returned, "tools.list_by_fee": BY_FEE, "tools.list_by_loan": BY_LOAN})
    assert found["list_by_loan"] == "takes loan.loan_id, which only list_by_fee shows, and no walk reaches that"
    assert found["list_by_fee"] == "takes fee.fee_no, which only list_by_loan shows, and no walk reaches that"
    assert found["renew_loan"] == found["list_by_loan"]


def test_a_chain_that_begins_somewhere_is_walked_to_its_end() -> None:
    first = read({}, "SELECT DISTINCT fee_no FROM fee ORDER BY fee_no LIMIT 15")
    assert (
        told({**NO_LOANS, "tools.list_fees": first, "tools.list_by_fee": BY_FEE, "tools.list_by_loan": BY_LOAN}) == {}
    )


def test_the_profile_tells_of_it() -> None:
    words = "\n".join(str(problem) for problem in profile_problems(library({**NO_LOANS, "tools.list_by_fee": BY_FEE})))
    assert "tool renew_loan: takes loan.loan_id, which only list_by_fee shows, and no walk reaches that" in words


def test_a_tool_that_is_never_permitted_bars_those_that_need_it() -> None:
    found = told({"tools.borrow_book": GONE}, closed=("list_my_loans",))
    assert found["renew_loan"] == "takes loan.loan_id, which only list_my_loans shows, and no walk reaches that"
    assert "list_my_loans" not in found


def test_what_is_authorized_by_a_barred_tool_is_barred() -> None:
    grants = {
        "id": "known_loan",
        "says": "The loan must be the member's.",
        "sql": "SELECT m.member_id FROM member m JOIN loan l ON l.member_id = m.member_id WHERE l.loan_id = :loan_id",
    }
    found = told({"tools.authorize_member.parameters": {"loan_id": LOAN}, "tools.authorize_member.grants": grants})
    assert found["authorize_member"].endswith("and no walk reaches any of them")
    assert found["find_books"] == "is authorized by authorize_member, which no walk reaches"
