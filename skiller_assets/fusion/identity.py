"""One human in two roles: who is who, and the proof that both domains tell the same about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.members import Member, MemberWorld
from skiller_assets.world.image import World

LINK = "linked_account"
"""The table of a fused contract that says which accounts belong to one person."""

_FORMAT = "LA-######"


def linked_people(one: MemberWorld, other: MemberWorld) -> dict[int, tuple[str, str]]:
    """The keys of everybody who has both roles, by the number of the human.

    Raises FusionError where nobody has, or where the two domains tell different things about the same human.
    """
    both = {k: (one.people[k], other.people[k]) for k in sorted(one.people.keys() & other.people.keys())}
    pair = f"{one.member.domain} and {other.member.domain}"
    if not both:
        raise FusionError(f"nobody is both a {one.member.principal} and a {other.member.principal}: {pair}")
    theirs = {field: (column, _column_of(other.member, field)) for field, column in _human_columns(one.member).items()}
    for field, (own, others) in sorted(theirs.items()):
        if others is not None:
            _expect_same(one, own, other, others, both, field)
    return both


def link_table(one: Member, other: Member, count: int) -> dict[str, Any]:
    """The declaration of the table that links the accounts of ``count`` people."""
    columns = {
        m.principal: {"type": "id", "refers_to": f"{m.principal}.{m.contract.entities[m.principal].key[0]}"}
        for m in (one, other)
    }
    roles = " and which ".join(m.principal.replace("_", " ") for m in (one, other))
    return {
        "kind": "peripheral",
        "describe": f"Which {roles} are one and the same person.",
        "key": [f"{LINK}_id"],
        "attributes": {f"{LINK}_id": {"type": "id", "format": _FORMAT}, **columns},
        "population": {"count": count},
    }


def same_person(one: Member, other: Member) -> str:
    """The query by which a session knows that two accounts belong to one person."""
    a, b = one.principal, other.principal
    return f"SELECT count(*) FROM {LINK} WHERE {a} = :{a} AND {b} = :{b}"


def _human_columns(member: Member) -> dict[str, str]:
    """The columns of a role that come from the human, by the human's attribute."""
    attributes = member.contract.entities[member.principal].attributes
    return {a.generate.human: name for name, a in attributes.items() if a.generate and a.generate.human}


def _column_of(member: Member, field: str) -> str | None:
    return _human_columns(member).get(field)


def _expect_same(
    one: MemberWorld, own: str, other: MemberWorld, theirs: str, both: Mapping[int, tuple[str, str]], field: str
) -> None:
    ours, others = _values(one.world, one.member, own), _values(other.world, other.member, theirs)
    for human, (a, b) in both.items():
        if ours[a] != others[b]:
            raise FusionError(
                f"human {human} is not one person: the {field} is {ours[a]!r} in {one.member.domain} "
                f"({one.member.principal} {a}) and {others[b]!r} in {other.member.domain} "
                f"({other.member.principal} {b}): build both with the same seed"
            )


def _values(world: World, member: Member, column: str) -> dict[str, Any]:
    key = member.contract.entities[member.principal].key[0]
    with world.reader() as connection:
        rows = connection.execute(f'SELECT "{key}", "{column}" FROM "{member.principal}"').fetchall()
    return {str(k): value for k, value in rows}
