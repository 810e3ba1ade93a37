"""Which domains become pairs, and why: scored, spread under a quota, explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from skiller_assets.contract.rename import SEPARATOR
from skiller_assets.fusion.choice import Choice
from skiller_assets.fusion.pairing_words import bridges_in_words, reasons_for
from skiller_assets.fusion.profiles import DomainProfile
from skiller_assets.fusion.scoring import Scored, impossible, scored

MOST_SPARE = 200
MOST_REFUSED = 2000
SAME_STORY = "same story as another pair"


@dataclass(frozen=True)
class ScoredPair:
    """A pair, its score from 0 to 1 with the parts of it, and what a reader is told.

    ``bridges``: the best values that one service could hand to the other, in words.
    """

    key: str
    score: float
    parts: Mapping[str, float]
    reasons: tuple[str, ...]
    bridges: tuple[str, ...]


UNWANTED = ("left out by the user", "pairs.leave_out in skiller.yaml names it")
"""Why a pair is refused that the user does not want: for the count, and as a sentence."""


@dataclass(frozen=True)
class Pairing:
    """What came of a choice.

    ``chosen``: in the order in which they were taken; ``spare``: the best of the others; ``refused``: pairs that can
    never be one service, with a sentence each; ``pruned``: how many were not taken into account, by reason; ``alone``:
    domains that nothing could be paired with.
    """

    chosen: tuple[ScoredPair, ...]
    spare: tuple[ScoredPair, ...]
    refused: tuple[tuple[str, str], ...]
    pruned: Mapping[str, int]
    alone: tuple[str, ...] = ()


def choose_pairs(profiles: Sequence[DomainProfile], target: int, leave_out: Collection[str] = ()) -> Pairing:
    """At most ``target`` pairs: every domain first, then the best ones, no story twice while there are others.

    Those that the user wants to ``leave_out`` are refused.
    """
    ordered = sorted(profiles, key=lambda p: p.domain)
    candidates: list[Scored] = []
    refused: list[tuple[str, str]] = []
    pruned: Counter[str] = Counter()
    for one, other in combinations(ordered, 2):
        key = f"{one.domain}{SEPARATOR}{other.domain}"
        if why := (UNWANTED if key in leave_out else impossible(one, other)):
            pruned[why[0]] += 1
            refused.append((key, why[1]))
        elif isinstance(found := scored(one, other), str):
            pruned[found] += 1
        else:
            candidates.append(found)
    fitting = {domain for candidate in candidates for domain in candidate.domains}
    alone = tuple(p.domain for p in ordered if p.domain not in fitting)
    return replace(_pairing(candidates, target, refused, pruned), alone=alone)


def _pairing(
    candidates: Sequence[Scored], target: int, refused: Sequence[tuple[str, str]], pruned: Counter[str]
) -> Pairing:
    choice = Choice(candidates, target)
    choice.fill()
    taken = {c.key for c in choice.taken}
    others = [c for c in candidates if c.key not in taken]
    pruned[SAME_STORY] += sum(map(choice.told, others))
    spare = sorted(others, key=lambda c: (choice.told(c), -c.score, c.key))[:MOST_SPARE]
    return Pairing(
        explained_in_order(choice.taken),
        tuple(explained(c) for c in spare),
        tuple(refused[:MOST_REFUSED]),
        {reason: count for reason, count in sorted(pruned.items()) if count},
    )


def explained_in_order(taken: Sequence[Scored]) -> tuple[ScoredPair, ...]:
    """The pairs with what each brings that those before it have not."""
    domains: set[str] = set()
    contexts: set[tuple[str, ...]] = set()
    found = []
    for c in taken:
        found.append(explained(c, [d for d in c.domains if d not in domains], c.contexts not in contexts))
        domains.update(c.domains)
        contexts.add(c.contexts)
    return tuple(found)


def explained(c: Scored, new_domains: Sequence[str] = (), new_contexts: bool = False) -> ScoredPair:
    """A pair with its reasons; the last ones say what it brings in that was not there."""
    return ScoredPair(c.key, c.score, c.parts, reasons_for(c, new_domains, new_contexts), bridges_in_words(c))
