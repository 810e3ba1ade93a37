"""What a run says while it goes on, and at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from resources.store import Manifest, label
from skiller_assets.build import Status, Step
from skiller_assets.commands.terminal import Screen, counted, seconds, table

if TYPE_CHECKING:
    from skiller_assets.launch import Progress

STATUSES: tuple[Status, ...] = ("built", "reused", "rejected", "failed", "skipped")
GOOD: tuple[Status, ...] = ("built", "reused")
SHARED = "(all domains)"
"""How what has no key is called."""
_MOST_COUNTS = 6


class Watch:
    """A line for each key of a chain when its last artifact is done, and below them what was done last.

    ``chains`` are the names of the artifacts that were asked for, chain by chain.
    """

    def __init__(self, screen: Screen, chains: Iterable[Collection[str]]) -> None:
        self._screen = screen
        self._chains = {name: frozenset(chain) for chain in chains for name in chain}
        self._keys: dict[tuple[frozenset[str], str | None], list[Step]] = {}
        self.steps: list[Step] = []

    def __call__(self, progress: Progress) -> None:
        step = progress.step
        self.steps.append(step)
        chain = self._chains[step.artifact]
        steps = self._keys.setdefault((chain, step.key), [])
        steps.append(step)
        if len(steps) == len(chain):
            self._screen.stay(key_line(steps))
        self._screen.going_on(
            f"  {progress.done} of {progress.total}: {label(step.artifact, step.key)} {step.status} "
            f"in {seconds(step.seconds)}"
        )


def key_line(steps: Sequence[Step]) -> str:
    """``airline       9 built, 2 reused in 12 s`` and, where there is any, the first thing that went wrong."""
    found = Counter(step.status for step in steps)
    counts = counted({status: found[status] for status in STATUSES})
    first = next((step for step in steps if step.status not in GOOD), None)
    wrong = f": {first.artifact} {first.status}: {_first_line(first.reason)}" if first else ""
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
    """One entry for everything that went wrong, and one a key for what could not be made because of it."""
    by_key: dict[str | None, list[Step]] = {}
    for step in steps:
        if step.status not in GOOD:
            by_key.setdefault(step.key, []).append(step)
    return [line for key, bad in by_key.items() for line in _faults_of(key, bad)]


def _faults_of(key: str | None, bad: Sequence[Step]) -> Iterator[str]:
    wrong = [step for step in bad if step.status != "skipped"]
    skipped = [step for step in bad if step.status == "skipped"]
    for step in wrong or skipped[:1]:
        yield f"{label(step.artifact, key)} {step.status}: {step.reason}"
    if rest := skipped if wrong else skipped[1:]:
        yield f"  therefore not made of {key or SHARED}: {', '.join(step.artifact for step in rest)}"


def _row(name: str, steps: Sequence[Step]) -> list[str | int]:
    found = Counter(step.status for step in steps)
    duration = seconds(sum(step.seconds for step in steps))
    return [name, *(found[status] for status in STATUSES), duration, holdings(step.manifest for step in steps)]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
