"""Who may be served in a world: humans, and the roles that they play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skiller_assets.contract.ids import format_of
from skiller_assets.world.image import World


@dataclass(frozen=True)
class Person:
    """A human, by number, and the key of each role that they play: (principal, key), in the contract's order."""

    roles: tuple[tuple[str, str], ...]
    human: int

    def key(self, principal: str) -> str:
        """The key of a role."""
        return next(key for role, key in self.roles if role == principal)

    @property
    def name(self) -> str:
        """The keys of all roles, for seeds and messages."""
        return "+".join(key for _, key in self.roles)

    def as_(self, principal: str) -> Role:
        """The person in one of their roles."""
        return Role(self, self.key(principal))

    def record(self) -> dict[str, str]:
        """The roles as records of tasks hold them."""
        return dict(self.roles)


@dataclass(frozen=True)
class Role:
    """A person on whose behalf a tool acts: ``me`` is the key of the role that the tool serves."""

    person: Person
    me: str


class RolesOf:
    """All roles of somebody of whom one role is known."""

    def __init__(self, world: World) -> None:
        several = len(world.contract.principals) > 1
        people = people_in(world) if several else ()
        self._known = {role: person.record() for person in people for role in person.roles}

    def of(self, principal: str, key: str) -> Mapping[str, str]:
        """The roles of whoever plays this one; only this one where they play no other."""
        return self._known.get((principal, key), {principal: key})


def people_in(world: World) -> tuple[Person, ...]:
    """Everybody who plays all roles of a world's contract; a human has the same number in each of them."""
    roles = [numbered_keys(world, principal) for principal in world.contract.principals]
    everywhere = [k for k in roles[0] if all(k in other for other in roles[1:])]
    named = list(zip(world.contract.principals, roles, strict=True))
    people = [Person(tuple((p, keys[human]) for p, keys in named), human) for human in everywhere]
    return tuple(sorted(people, key=lambda person: person.roles))


def numbered_keys(world: World, principal: str) -> dict[int, str]:
    """The keys of a role by the number of the human who plays it: row k of a person entity is human k."""
    table = world.contract.tables[principal]
    column = table.key[0]
    with world.reader() as connection:
        rows = connection.execute(f'SELECT "{column}" FROM "{principal}" ORDER BY "{column}"').fetchall()
    keys = [str(row[0]) for row in rows]
    ids = format_of(principal, table.attributes[column].format)
    number = {ids.at(k): k for k in range(min(len(keys), ids.size))}
    return {number.get(key, i): key for i, key in enumerate(keys)}
