"""Nothing of either domain is lost in a pair: whatever is dropped or changed is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.fusion.fuse import fuse, with_rules
from skiller_assets.fusion.members import Member
from skiller_assets.fusion.survival import survival_faults
from skiller_assets_tests.fusion.built import BuiltPair
from skiller_assets_tests.fusion.desks import same_role, two_roles

Data = dict[str, Any]
Change = tuple[str, Callable[[Data], None]]
"""What becomes of which part of a contract, and how."""

DESKS = {"same role": same_role, "two roles": two_roles}


@cache
def desks(roles: str) -> tuple[Contract, Member, Member]:
    one, other = (m.member for m in DESKS[roles]())
    return fuse(f"{one.domain}__{other.domain}", one, other, 12), one, other


def data_of(contract: Contract) -> Data:
    return contract.model_dump(mode="json", by_alias=True, exclude_unset=True)


def changed(contract: Contract, change: Change) -> Contract:
    data = deepcopy(data_of(contract))
    change[1](data)
    return contract_from(data, "changed")


def changes_of(contract: Contract) -> Iterator[Change]:
    """Every tool, rule, table, column, effect, parameter, clause, topic and invariant, dropped or changed."""
    data = data_of(contract)
    yield from (_dropped(f"tool {name}", "tools", name) for name in data["tools"])
    for name, tool in data["tools"].items():
        for i, rule in enumerate(tool.get("rules", ())):
            yield f"{rule.get('id', i)} of {name} dropped", _popped("tools", name, "rules", i)
            if "check" in rule:
                yield from _of_rule(rule["id"], ("tools", name, "rules", i))
        for i in range(len(tool.get("effects", ()))):
            yield f"effect {i} of {name} dropped", _popped("tools", name, "effects", i)
            yield f"effect {i} of {name} changed", _set(("tools", name, "effects", i, "sql"), "DELETE FROM book")
        yield f"{name} described otherwise", _set(("tools", name, "describe"), "Does something else.")
        yield f"{name} for somebody else", _set(("tools", name, "principal"), "nobody")
        yield from (_dropped(f"{p} of {name}", "tools", name, "parameters", p) for p in tool.get("parameters", ()))
    for group, rules in data["rule_groups"].items():
        for i, rule in enumerate(rules):
            yield f"rule {rule['id']} of {group} dropped", _popped("rule_groups", group, i)
            yield from _of_rule(rule["id"], ("rule_groups", group, i))
    for kind in ("entities", "relationships"):
        for table, declared in data[kind].items():
            if table == "linked_account":
                continue
            yield _dropped(f"table {table}", kind, table)
            if kind == "relationships":
                yield f"table {table} described otherwise", _set((kind, table, "describe"), "Something else.")
            yield from (_dropped(f"{table}.{c}", kind, table, "attributes", c) for c in declared["attributes"])
    for kind in ("conduct", "out_of_scope", "invariants"):
        for i, item in enumerate(data.get(kind, ())):
            yield f"{kind} {item['id']} dropped", _popped(kind, i)
            yield f"{kind} {item['id']} twice", _doubled(kind, i)
            yield f"{kind} {item['id']} changed", _set((kind, i, "says"), "Anything goes here, as it were.")


def _of_rule(rule: str, at: tuple[str | int, ...]) -> Iterator[Change]:
    yield f"{rule} always holds", _set((*at, "check"), "SELECT 1")
    yield f"{rule} says something else", _set((*at, "says"), "Nothing is ever forbidden here.")
    yield f"{rule} is left to somebody else", _turned((*at, "by"))


def _there(data: Any, at: tuple[str | int, ...]) -> Any:
    for step in at:
        data = data[step]
    return data


def _dropped(what: str, *at: str | int) -> Change:
    def change(data: Data) -> None:
        del _there(data, at[:-1])[at[-1]]

    return f"{what} dropped", change


def _popped(*at: str | int) -> Callable[[Data], None]:
    return _dropped("", *at)[1]


def _doubled(kind: str, i: int) -> Callable[[Data], None]:
    return lambda data: data[kind].append(dict(data[kind][i]))


def _set(at: tuple[str | int, ...], value: object) -> Callable[[Data], None]:
    return lambda data: _there(data, at[:-1]).update({at[-1]: value})


def _turned(at: tuple[str | int, ...]) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        rule = _there(data, at[:-1])
        rule[at[-1]] = "tool" if rule.get("by") == "agent" else "agent"

    return change


@pytest.mark.parametrize("roles", DESKS)
def test_a_fused_contract_has_lost_nothing(roles: str) -> None:
    assert survival_faults(*desks(roles)) == []


@pytest.mark.parametrize("roles", DESKS)
def test_whatever_single_part_is_dropped_or_changed_is_noticed(roles: str) -> None:
    contract, one, other = desks(roles)
    every = list(changes_of(contract))
    assert len(every) > 100
    assert [name for name, change in every if not survival_faults(changed(contract, (name, change)), one, other)] == []


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_of_a_real_pair_any_dropped_or_changed_part_is_noticed(pair: BuiltPair, data: st.DataObject) -> None:
    one, other = (m.member for m in pair.members)
    assert survival_faults(pair.contract, one, other) == []
    assert pair.contract.fusion is not None
    of_both = ("joint__", *(rule.rule for rule in pair.contract.fusion.rules))
    every = [c for c in changes_of(pair.contract) if not any(name in c[0] for name in of_both)]
    name, change = data.draw(st.sampled_from(every))
    assert survival_faults(changed(pair.contract, (name, change)), one, other), name


def test_a_constant_that_is_worded_otherwise_is_noticed() -> None:
    contract, one, other = desks("same role")
    other_limit = _set(("constants", "archive__max_loans", "value"), 7)
    assert survival_faults(changed(contract, ("", other_limit)), one, other) == [
        "constant archive__max_loans is another one or missing",
        "tool borrow_book of archive: rule below_limit says something else",
    ]
    other_fee = _set(("constants", "archive__late_fee", "value"), 9.5)
    assert survival_faults(changed(contract, ("", other_fee)), one, other) == [
        "constant archive__late_fee is another one or missing"
    ]


def test_rules_in_another_order_are_noticed() -> None:
    contract, one, other = desks("same role")
    turned = changed(contract, ("", lambda data: data["tools"]["archive__borrow_book"]["rules"].reverse()))
    assert survival_faults(turned, one, other) == [
        "tool borrow_book of archive: its rules stand in another order, or there are new ones that do not span both"
    ]


def test_a_rule_is_new_only_where_it_is_recorded_to_span_both() -> None:
    contract, one, other = desks("same role")
    rule = {"id": "archive__calm", "kind": "eligibility", "says": "Only calm members.", "check": "SELECT 1"}
    ruled = with_rules(contract, [("library__borrow_book", rule)])
    assert survival_faults(ruled, one, other) != []
    record = {"rule": "archive__calm", "tool": "library__borrow_book", "over": "archive", "idea": "nothing_bad"}
    recorded = changed(ruled, ("", lambda data: data["fusion"].update({"rules": [record]})))
    assert survival_faults(recorded, one, other) == []


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("tools", "tool somebody__hello is of neither domain"),
        ("conduct", "conduct somebody__hello is of neither domain, and no rule of the joint desk"),
        ("relationships", "table somebody__hello is of neither domain"),
    ],
)
def test_a_stranger_is_named(part: str, named: str) -> None:
    contract, one, other = desks("same role")
    loan = data_of(contract)["relationships"]["archive__loan"]
    strangers: dict[str, Any] = {
        "tools": {
            "access": "read",
            "principal": "member",
            "describe": "Says hello.",
            "returns": {"value": "SELECT 1 AS n"},
        },
        "relationships": {**loan, "children": {}},
    }

    def change(data: Data) -> None:
        if part == "conduct":
            data[part].append({"id": "somebody__hello", "kind": "tone", "says": "Say hello first."})
        else:
            data[part]["somebody__hello"] = strangers[part]

    assert named in survival_faults(changed(contract, ("", change)), one, other)
