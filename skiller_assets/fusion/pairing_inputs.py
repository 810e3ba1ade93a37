"""What the choice of pairs reads from artifacts, and how far a choice covers it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from skiller_assets.artifact import Inputs
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.rename import SEPARATOR
from skiller_assets.fusion.profiles import DomainProfile, quick_profile, with_amounts

_NEEDED = ("blueprint", "validated_tasks")
_ALONE = "no other domain could give it a bridge that one person would use"
_LATE = "the target was reached before its turn"


def profiles_from(inputs: Inputs) -> list[DomainProfile]:
    """Of every usable domain, by name."""
    usable = [{key for key in inputs.keys(artifact) if key is not None} for artifact in _NEEDED]
    domains = sorted(set.intersection(*usable))
    return [
        _profile(
            inputs.read("blueprint", "contract.json", domain), inputs.read("validated_tasks", "tasks.jsonl", domain)
        )
        for domain in domains
    ]


def left_out(inputs: Inputs) -> dict[str, str]:
    """The domains that cannot be in a pair now, each with the reason."""
    reasons = {domain: reason for artifact in reversed(_NEEDED) for domain, reason in inputs.left_out(artifact).items()}
    return dict(sorted(reasons.items()))


def target_of(inputs: Inputs) -> int:
    """How many pairs there are to be: as the settings say, or one for every two domains, left out ones included."""
    asked = inputs.settings.pairs.target
    return (len(profiles_from(inputs)) + len(left_out(inputs))) // 2 if asked is None else asked


def coverage_of(pairs: Iterable[str], profiles: Sequence[DomainProfile], alone: Iterable[str]) -> dict[str, Any]:
    """How far pairs cover the domains: how many are in one, why others are not, which walks of life are joined."""
    by_name = {profile.domain: profile for profile in profiles}
    members = [pair.split(SEPARATOR) for pair in pairs]
    paired = {domain for pair in members for domain in pair}
    joined = Counter(" and ".join(sorted(by_name[domain].context for domain in pair)) for pair in members)
    return {
        "domains": len(by_name),
        "paired": len(paired),
        "unpaired": _unpaired(by_name, paired, frozenset(alone)),
        "contexts": dict(sorted(joined.items())),
    }


def _unpaired(domains: Mapping[str, DomainProfile], paired: set[str], alone: frozenset[str]) -> dict[str, str]:
    return {domain: _ALONE if domain in alone else _LATE for domain in sorted(domains.keys() - paired)}


@lru_cache(maxsize=1024)
def _profile(contract: str, tasks: str) -> DomainProfile:
    """Of the texts of ``contract.json`` and ``tasks.jsonl``; building and checking come to them in one process."""
    profile = quick_profile(contract_from(json.loads(contract), "contract.json"))
    return with_amounts(profile, (json.loads(line) for line in tasks.split("\n") if line))
