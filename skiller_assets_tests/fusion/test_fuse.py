"""Two contracts stand side by side, or there is one clear reason why they cannot."""

from __future__ import annotations

import pytest

from skiller_assets.contract.model import Contract
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.fuse import fuse, shared_entities, with_rules
from skiller_assets.fusion.members import Member
from skiller_assets_tests.fusion.desks import desk, member_of, same_role, two_roles
from skiller_assets_tests.worlds import Patch

LINKED = 12


def fused(one: Contract, other: Contract) -> Contract:
    return fuse(f"{one.domain}__{other.domain}", member_of(one), member_of(other), LINKED)


def test_tools_constants_rules_and_records_go_under_their_namespace_and_entities_do_not() -> None:
    one, other = (m.member for m in same_role())
    contract = fuse("archive__library", one, other, LINKED)
    assert set(contract.tools) == {m.under(name) for m in (one, other) for name in m.contract.tools}
    assert set(contract.constants) == {m.under(name) for m in (one, other) for name in m.contract.constants}
    assert set(contract.entities) == {"member", "book"}
    assert set(contract.relationships) == {"archive__loan", "library__loan"}
    rules = [rule.id for name in contract.tools for rule in contract.rules_of(name)]
    assert all(rule.startswith(("archive__", "library__")) for rule in rules)
    assert contract.fusion is not None
    assert (contract.fusion.members, contract.fusion.shared) == (["archive", "library"], ["book", "member"])


def test_each_tool_keeps_the_principal_and_the_authorization_of_its_domain() -> None:
    one, other = (m.member for m in two_roles())
    contract = fuse("library__reading_room", one, other, LINKED)
    for m in (one, other):
        for name, tool in m.contract.tools.items():
            assert contract.principal_of(m.under(name)) == m.principal
            if tool.access != "authorize":
                assert contract.authorizer_of(m.under(name)) == m.under(m.contract.authorizer_of(name))


STAFF: Patch = {"entities.book.kind": "person", "entities.book.role": "staff"}
COLOUR: Patch = {"entities.book.attributes.colour": {"type": "text"}}


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ({"currency": "EUR"}, "archive counts in USD and library in EUR: a pair has one currency"),
        ({"entities.book.attributes.price.type": "integer"}, "the type of price is 'money' and 'integer'; an entity"),
        (COLOUR, "entity book is not the same in archive and library: only one of them has the attribute colour"),
        ({"entities.member.attributes.email.unique": False}, "the unique of email is True and False"),
        ({"entities.book.attributes.book_id.format": "BX-####"}, "the format of book_id is 'BK-####' and 'BX-####'"),
        (STAFF, "entity book is not the same in archive and library: kind, role or key differ"),
    ],
)
def test_what_does_not_fit_is_one_error_that_says_what_and_where(patch: Patch, reason: str) -> None:
    assert fused(desk("archive"), desk("library")).domain == "archive__library"
    with pytest.raises(FusionError) as caught:
        fused(desk("archive"), desk("library", patch))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_entity_described_in_other_words_is_the_same_entity() -> None:
    other = desk("library", {"entities.book.describe": "A book that somebody may take home."})
    assert shared_entities(member_of(desk("archive")), member_of(other)) == ["book", "member"]


def test_a_record_that_is_called_like_an_entity_of_the_other_domain_does_not_collide_with_it() -> None:
    """The loan is a record of the archive and a thing at the library."""
    thing = {"kind": "peripheral", "describe": "A loan.", "key": ["id"], "attributes": {"id": {"type": "id"}}}
    one, other = desk("archive"), desk("bank_desk", {"entities.archive_loan": thing})
    contract = fused(one, other)
    assert {"archive_loan", "archive__loan", "bank_desk__loan"} <= set(contract.tables)


def test_an_entity_that_collides_with_a_record_under_its_namespace_is_refused_by_name() -> None:
    thing = {"kind": "peripheral", "describe": "A loan.", "key": ["id"], "attributes": {"id": {"type": "id"}}}
    with pytest.raises(FusionError) as caught:
        fused(desk("archive"), desk("library", {"entities.archive__loan": thing}))
    assert str(caught.value).startswith("library has an entity archive__loan, which is what the loan of archive")


def test_a_table_called_like_the_link_between_accounts_is_refused() -> None:
    patch: Patch = {
        "entities.linked_account": {
            "kind": "peripheral",
            "describe": "An account elsewhere.",
            "key": "account_id",
            "attributes": {"account_id": {"type": "id", "format": "AC-####"}},
        }
    }
    with pytest.raises(FusionError, match="a table is called linked_account, which links the accounts of a person: re"):
        fused(desk("library", patch), desk("reading_room", role="reader"))


def renamed_tool(domain: str, tool: str) -> Contract:
    """A desk whose ``list_my_loans`` is called otherwise."""
    contract = desk(domain)
    data = contract.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data["tools"] = {tool if name == "list_my_loans" else name: t for name, t in data["tools"].items()}
    return Contract.model_validate(data)


def test_a_tool_name_of_64_characters_fits_and_one_of_65_is_refused_by_name() -> None:
    domain = "reading_room_downtown"
    fitting = "list_" + "a" * (64 - len(domain) - len("__list_"))
    contract = fused(desk("archive"), renamed_tool(domain, fitting))
    assert max(map(len, contract.tools)) == 64
    with pytest.raises(FusionError) as caught:
        fused(desk("archive"), renamed_tool(domain, f"{fitting}b"))
    assert f"{domain} cannot go under a namespace: " in str(caught.value)
    assert f"{domain}__{fitting}b" in str(caught.value)
    assert "\n" not in str(caught.value)


def rule_over(column: str) -> dict[str, str]:
    check = f"SELECT NOT EXISTS (SELECT 1 FROM archive__loan r WHERE r.member_id = :me AND r.{column} = 'open')"
    return {"id": "archive__nothing_open", "kind": "eligibility", "says": "Nothing may be open.", "check": check}


def test_a_rule_of_both_is_appended_to_the_rules_of_its_tool() -> None:
    contract = fuse("archive__library", *_both(), LINKED)
    ruled = with_rules(contract, [("library__borrow_book", rule_over("status"))])
    before, after = ([r.id for r in c.rules_of("library__borrow_book")] for c in (contract, ruled))
    assert after == [*before, "archive__nothing_open"]


def _both() -> tuple[Member, Member]:
    one, other = same_role()
    return one.member, other.member
