"""A domain on its way into a pair: its contract as it is, and under its own namespace.

Entities keep their names, because they are the same in every domain; relationships, tools and constants do not. So the
renaming depends on the domain only, and is done and proven once for all its pairs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.contract.rename import SEPARATOR, RenameError, prove_rename
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.ports import Ports, ports_of
from skiller_assets.world.image import World, make_world
from skiller_assets.world.roles import numbered_keys

_KEPT = 48


@dataclass(frozen=True)
class Member:
    """A domain that takes part in a pair; ``renamed`` is its contract under its namespace, proven to mean the same."""

    original: CompiledContract
    renamed: CompiledContract
    ports: Ports

    @property
    def domain(self) -> str:
        """The name of the domain, which is its namespace."""
        return self.contract.domain

    @property
    def contract(self) -> Contract:
        """The contract of the domain itself."""
        return self.original.contract

    @property
    def principal(self) -> str:
        """The role in which the domain serves people."""
        return self.contract.principals[0]

    def under(self, name: str) -> str:
        """A tool, table or constant of the domain under its namespace; entities keep their names."""
        return name if name in self.contract.entities else f"{self.domain}{SEPARATOR}{name}"

    def column(self, column: str) -> str:
        """A ``table.column`` of the domain under its namespace."""
        table, _, name = column.partition(".")
        return f"{self.under(table)}.{name}"


@dataclass(frozen=True)
class MemberWorld:
    """A member and its world; ``people`` are the keys of its role by the number of the human who plays it."""

    member: Member
    world: World
    people: dict[int, str]


def member_from(contract_json: str) -> Member:
    """The member that the text of a domain's ``contract.json`` describes. Raises FusionError."""
    return _member(contract_json)


def member_world(contract_json: str, image: bytes, now: str) -> MemberWorld:
    """A member with the bytes of its ``world.sqlite``. Raises FusionError, and WorldError for another contract's."""
    return _member_world(contract_json, image, now)


@lru_cache(maxsize=_KEPT)
def _member(text: str) -> Member:
    contract = contract_from(json.loads(text), "contract.json")
    try:
        original = compile_contract(contract)
        renamed = prove_rename(original, contract.domain, set(contract.entities))
    except (ContractError, RenameError) as error:
        raise FusionError(f"{contract.domain} cannot go under a namespace: {error}") from error
    return Member(original, renamed, ports_of(original))


@lru_cache(maxsize=_KEPT)
def _member_world(text: str, image: bytes, now: str) -> MemberWorld:
    member = _member(text)
    world = make_world(member.original, image, now)
    return MemberWorld(member, world, numbered_keys(world, member.principal))
