"""Hypothesis strategies for calls of the library's tools: plausible ones, and whatever JSON a caller may send."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Call = tuple[str, Any]

_EMAIL = st.sampled_from([f"e{i}@x" for i in range(4)])
_BOOK = st.sampled_from([f"BK-{i:04}" for i in (0, 1, 2, 15, 20, 21, 22, 23, 99)])
_LOAN = st.sampled_from([f"LN-{i:04}" for i in range(8)])

plausible_calls: st.SearchStrategy[Call] = st.one_of(
    st.tuples(st.just("authorize_member"), st.fixed_dictionaries({"email": _EMAIL})),
    st.tuples(
        st.just("list_my_loans"), st.fixed_dictionaries({}, optional={"status": st.sampled_from(["open", "returned"])})
    ),
    st.tuples(st.just("find_books"), st.fixed_dictionaries({"title": st.sampled_from(["T 0", "T 3", "T 9"])})),
    st.tuples(st.just("borrow_book"), st.fixed_dictionaries({"book_id": _BOOK})),
    st.tuples(st.just("return_book"), st.fixed_dictionaries({"loan_id": _LOAN}, optional={"confirm": st.booleans()})),
    st.tuples(st.just("renew_loan"), st.fixed_dictionaries({"loan_id": _LOAN, "days": st.integers(0, 15)})),
)

call_sequences = st.lists(plausible_calls, max_size=12).map(
    lambda calls: [("authorize_member", {"email": "e1@x"}), *calls]
)

_text = (
    st.text(st.characters(codec=None), max_size=30)
    | st.just("x" * 5000)
    | st.sampled_from(["now", "\ud800", "a\0b", "%" * 500])
)
_leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**63) - 1, 10**400, 2**53 + 1])
    | st.floats()
    | _text
    | st.sampled_from(["LN-0002", "BK-0000", "e1@x", "open"])
)
_deep: Any = None
for _ in range(200):
    _deep = [_deep]

any_json: st.SearchStrategy[Any] = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=4), max_leaves=12
) | st.just(_deep)

_PARAMETERS = ["email", "status", "title", "book_id", "loan_id", "days", "confirm", "expression", "summary"]
_TOOLS = ["authorize_member", "list_my_loans", "find_books", "borrow_book", "return_book", "renew_loan", "calculate"]

hostile_calls: st.SearchStrategy[Call] = st.tuples(
    st.sampled_from([*_TOOLS, "transfer_to_human", "reset", "", "\ud800"]),
    any_json | st.dictionaries(st.sampled_from(_PARAMETERS) | _text, any_json, max_size=4),
)
"""Any JSON as the arguments of any tool; often under the names of real parameters."""
