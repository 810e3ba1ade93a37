"""What a run says while it goes on, and at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resources.store import Manifest, label
from skiller_assets.build import Status, Step
from skiller_assets.commands.terminal import Screen, counted, seconds, table, wrapped

if TYPE_CHECKING:
    from skiller_assets.launch import Progress

STATUSES: tuple[Status, ...] = ("built", "reused", "rejected", "failed", "skipped")
GOOD: tuple[Status, ...] = ("built", "reused")
SHARED = "(all domains)"
"""How what has no key is called."""
_MOST_COUNTS, _MOST_NAMED = 6, 12


class Watch:
    """A line for each key of a chain when its last artifact is done, and below them what was done last.

    ``chains`` are the names of the artifacts that were asked for, chain by chain.
    """

    def __init__(self, screen: Screen, chains: Iterable[Collection[str]]) -> None:
        self._screen = screen
        self._chains = {name: frozenset(chain) for chain in chains for name in chain}
        self._keys: dict[tuple[frozenset[str], str | None], list[Step]] = {}
        self._told: set[str] = set()
        self.steps: list[Step] = []

    def __call__(self, progress: Progress) -> None:
        step = progress.step
        self.steps.append(step)
        chain = self._chains[step.artifact]
        steps = self._keys.setdefault((chain, step.key), [])
        steps.append(step)
        if len(steps) == len(chain):
            self._screen.stay(key_line(steps, self._told))
            self._told |= {step.reason for step in steps}
        self._screen.going_on(
            f"  {progress.done} of {progress.total}: {label(step.artifact, step.key)} {step.status} "
            f"in {seconds(step.seconds)}"
        )


def key_line(steps: Sequence[Step], told: Collection[str] = ()) -> str:
    """``airline       9 built, 2 reused in 12 s`` and, where there is any, the first thing that went wrong.

    A reason that was ``told`` is not told again.
    """
    found = Counter(step.status for step in steps)
    counts = counted({status: found[status] for status in STATUSES})
    first = next((step for step in steps if step.status not in GOOD), None)
    reason = "as above" if first and first.reason in told else _first_line(first.reason) if first else ""
    wrong = f": {first.artifact} {first.status}: {reason}" if first else ""
    duration = seconds(sum(step.seconds for step in steps))
    return f"{steps[0].key or SHARED:<24}  {counts} in {duration}{wrong}"


def summary(steps: Iterable[Step]) -> str:
    """A row for each artifact: what became of its keys, how long that took, what they hold together."""
    rows: dict[str, list[Step]] = {}
    for step in steps:
        rows.setdefault(step.artifact, []).append(step)
    return table(("artifact", *STATUSES, "time", "holds"), [_row(name, found) for name, found in rows.items()])


def holdings(manifests: Iterable[Manifest | None]) -> str:
    """What all of some manifests count, summed: the largest sums, by size."""
    counts = [manifest.counts for manifest in manifests if manifest]
    shared = set(counts[0]).intersection(*counts) if counts else set()
    sums = {name: sum(one[name] for one in counts) for name in shared}
    return counted(dict(sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:_MOST_COUNTS]))


def faults(steps: Iterable[Step]) -> list[str]:
    """Everything that went wrong, each reason once for all that it stopped, and what was not made because of it."""
    by_key: dict[str | None, list[Step]] = {}
    for step in steps:
        if step.status not in GOOD:
            by_key.setdefault(step.key, []).append(step)
    troubles: dict[str, _Trouble] = {}
    for bad in by_key.values():
        wrong = [step for step in bad if step.status != "skipped"]
        begins = wrong or bad[:1]
        for step in begins:
            troubles.setdefault(step.reason, _Trouble()).begins.append(step)
        troubles[begins[0].reason].follows += [step for step in bad if step not in begins]
    return [line for reason, trouble in troubles.items() for line in _told(reason, trouble)]


@dataclass
class _Trouble:
    """What one reason stopped, and what could not be made because of that."""

    begins: list[Step] = field(default_factory=list)
    follows: list[Step] = field(default_factory=list)


def _told(reason: str, trouble: _Trouble) -> Iterator[str]:
    begins, follows = trouble.begins, trouble.follows
    keys = list(dict.fromkeys(step.key for step in (*begins, *follows)))
    if len(begins) == 1:
        yield f"{label(begins[0].artifact, begins[0].key)} {begins[0].status}: {reason}"
    else:
        counts = Counter(step.status for step in begins)
        yield f"{counted({status: counts[status] for status in STATUSES})}: {reason}"
        names = [label(step.artifact, step.key) for step in begins]
        more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
        yield wrapped("  ", f"{', '.join(names[:_MOST_NAMED])}{more}")
    if follows and len(keys) == 1:
        yield f"  therefore not made of {keys[0] or SHARED}: {', '.join(step.artifact for step in follows)}"
    elif follows:
        yield f"  therefore not made: {len(follows):,} artifacts of {len({step.key for step in follows}):,} keys"


def _row(name: str, steps: Sequence[Step]) -> list[str | int]:
    found = Counter(step.status for step in steps)
    duration = seconds(sum(step.seconds for step in steps))
    return [name, *(found[status] for status in STATUSES), duration, holdings(step.manifest for step in steps)]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
