"""Which candidates are taken under a quota: the best ones, spread over domains, walks of life and stories."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from skiller_assets.fusion.plausible import plausible
from skiller_assets.fusion.scoring import Scored

_BEFORE_ALL_ARE_IN = 2
"""How many pairs a domain may be in while another one that could be in a pair is in none."""


class Choice:
    """Takes candidates one by one until the quota is full; ``taken`` are they, in that order."""

    def __init__(self, candidates: Sequence[Scored], quota: int) -> None:
        self.taken: list[Scored] = []
        self._candidates = candidates
        self._quota = quota
        self._used: Counter[str] = Counter()
        self._contexts: Counter[tuple[str, ...]] = Counter()
        self._stories: set[tuple[object, ...]] = set()
        self._missing = {domain for c in candidates for domain in c.domains}

    def fill(self) -> None:
        """First until every domain is in a pair, then the best; what tells a story again comes last."""
        rounds: tuple[Callable[[Scored], bool], ...] = (
            lambda c: self._brings(c) and not self._worn(c) and not self.told(c),
            self._brings,
            lambda c: not self.told(c),
            lambda c: True,
        )
        for admits in rounds:
            self._take_while(admits)

    def told(self, candidate: Scored) -> bool:
        """Whether a pair that was taken tells the same story."""
        return candidate.story in self._stories

    def _brings(self, candidate: Scored) -> bool:
        """Whether a domain of it is in no pair yet."""
        return not self._missing.isdisjoint(candidate.domains)

    def _worn(self, candidate: Scored) -> bool:
        return any(self._used[domain] >= _BEFORE_ALL_ARE_IN for domain in candidate.domains)

    def _take_while(self, admits: Callable[[Scored], bool]) -> None:
        """The candidates that are admitted when their turn comes, by what they bring in.

        That only ever shrinks, and who is refused once in a round is refused for all of it: so a candidate whose value
        is still that of the queue is the best one, and nobody else must be looked at again.
        """
        queue = [(-self._value(c), c.key, c) for c in self._left()]
        heapq.heapify(queue)
        while queue and len(self.taken) < self._quota:
            value, key, candidate = heapq.heappop(queue)
            if not admits(candidate):
                continue
            if (now := -self._value(candidate)) > value:
                heapq.heappush(queue, (now, key, candidate))
            else:
                self._take(candidate)

    def _left(self) -> Iterable[Scored]:
        taken = {c.key for c in self.taken}
        return (c for c in self._candidates if c.key not in taken)

    def _take(self, candidate: Scored) -> None:
        self.taken.append(candidate)
        self._used.update(candidate.domains)
        self._contexts[candidate.contexts] += 1
        self._stories.add(candidate.story)
        self._missing.difference_update(candidate.domains)

    def _value(self, candidate: Scored) -> float:
        spread = plausible().spread
        new = sum(domain in self._missing for domain in candidate.domains)
        used = sum(self._used[domain] for domain in candidate.domains)
        again = min(spread.most_for_contexts, spread.used_contexts * self._contexts[candidate.contexts])
        return round(candidate.score + spread.new_domain * new - spread.used_domain * used - again, 6)
