"""Tiny domains for tests of fusion: the library under other names, for the same or another role of its people."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import apsw
import yaml

from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.fusion.fuse import fuse
from skiller_assets.fusion.identity import linked_people
from skiller_assets.fusion.members import Member, MemberWorld, member_from, member_world
from skiller_assets.fusion.world import merge_worlds
from skiller_assets.service.loading import contract_text
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.worlds import LIBRARY, NOW, Patch, patched

ROWS = 12
MOVE: Patch = {
    "entities.member.attributes.phone": {"type": "text", "semantic_type": "phone", "generate": {"human": "phone"}},
    "tools.tell_phone": {
        "access": "read",
        "describe": "The number under which the member is called.",
        "returns": {"one": "SELECT phone FROM member WHERE member_id = :me"},
    },
    "tools.change_phone": {
        "access": "write",
        "describe": "Note another number.",
        "parameters": {"phone": {"type": "text", "describe": "The new number."}},
        "effects": [
            {
                "says": "The number is noted.",
                "sql": "UPDATE member SET phone = :phone WHERE member_id = :me",
                "rows": "one",
            }
        ],
        "returns": {"one": "SELECT phone FROM member WHERE member_id = :me"},
    },
}
"""Tools by which a member asks for and changes their telephone number."""


def desk(domain: str, patch: Patch | None = None, role: str = "member") -> Contract:
    """The library as a domain of this name, whose people are called otherwise where ``role`` says so."""
    data = patched({**(patch or {}), "domain": domain, "title": domain.replace("_", " ").title()})
    if role != "member":
        text = yaml.safe_dump(data, sort_keys=False)
        data = yaml.safe_load(text.replace("member", role).replace("MB-####", "RD-####"))
    return contract_from(data, LIBRARY.name)


def member_of(contract: Contract) -> Member:
    """A contract on its way into a pair. Raises FusionError."""
    return member_from(contract_text(contract))


def with_world(contract: Contract, rows: int = ROWS, seed: int = 1, change: str = "") -> MemberWorld:
    """A contract with its generated world; ``change`` is a statement that tampers with it."""
    image = generate(contract, WorldSpec(seed, NOW, rows)).image
    if change:
        image = tampered(image, change)
    return member_world(contract_text(contract), image, NOW)


def tampered(image: bytes, sql: str) -> bytes:
    """A database after a statement that changes some row."""
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", image)
    connection.execute(sql)
    assert connection.changes() > 0
    changed = connection.serialize("main")
    connection.close()
    return changed


@cache
def same_role() -> tuple[MemberWorld, MemberWorld]:
    """Two desks that serve the same role: an archive and a library."""
    return with_world(desk("archive", MOVE)), with_world(desk("library", MOVE))


@cache
def two_roles() -> tuple[MemberWorld, MemberWorld]:
    """Two desks that serve different roles of one human: a library and a reading room."""
    return with_world(desk("library")), with_world(desk("reading_room", role="reader"))


def joint_world(one: MemberWorld, other: MemberWorld, parts: Mapping[str, Any] | None = None) -> World:
    """The fused world of two desks, without bridges; ``parts`` replace fields of the contract."""
    linked = linked_people(one, other)
    contract = fuse(f"{one.member.domain}__{other.member.domain}", one.member, other.member, len(linked))
    image = merge_worlds(contract, one, other, linked)
    if parts:
        data = contract.model_dump(mode="json", by_alias=True, exclude_unset=True)
        contract = contract_from({**data, **parts}, contract.domain)
    return make_world(compile_contract(contract), image, NOW)
