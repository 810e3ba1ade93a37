"""The members of a pair from the files of their artifacts, and the pair's own world."""

from __future__ import annotations

from skiller_assets.artifact import BuildFailed, Inputs
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.members import Member, MemberWorld, member_from, member_world


def domains_of(inputs: Inputs) -> tuple[str, ...]:
    """The domains whose artifacts a pair reads, in the order of their names."""
    return tuple(sorted(key for key in inputs.keys("blueprint") if key and key != inputs.key))


def members_of(inputs: Inputs) -> tuple[Member, Member]:
    """Both members of the pair at hand. Raises BuildFailed."""
    try:
        one, other = (member_from(inputs.read("blueprint", "contract.json", domain)) for domain in domains_of(inputs))
    except FusionError as error:
        raise BuildFailed(str(error)) from error
    return one, other


def member_worlds_of(inputs: Inputs) -> tuple[MemberWorld, MemberWorld]:
    """Both members with their worlds. Raises BuildFailed."""
    now = inputs.settings.now
    try:
        one, other = (
            member_world(
                inputs.read("blueprint", "contract.json", domain), inputs.blob("database", "world.sqlite", domain), now
            )
            for domain in domains_of(inputs)
        )
    except FusionError as error:
        raise BuildFailed(str(error)) from error
    return one, other
