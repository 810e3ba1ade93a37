"""``skiller status``: how every artifact of every key stands, and what was asked of a model for it."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from resources.store import Manifest, label
from skiller_assets.commands.exits import BAD, GOOD
from skiller_assets.commands.faults import expect_sound
from skiller_assets.commands.progress import SHARED, holdings
from skiller_assets.commands.terminal import table, wrapped
from skiller_assets.project import Project, standings

_WORDS = {"good": "built", "stale": "out of date", "rejected": "rejected", "broken": "broken", "missing": "missing"}
_FOLLOWING = ("out of date", "missing")
"""What an artifact becomes without a fault of its own."""
_MOST_REASONS, _MOST_NAMED = 40, 6
_MOST_ALIKE, _MOST_ROWS = 8, 40
"""Lines of reasons, keys named in one of them; keys that stand alike and yet have a row each, rows of keys."""


@dataclass(frozen=True)
class Standing:
    """How one artifact of one key stands, in the words of the table."""

    artifact: str
    key: str | None
    word: str
    reason: str
    manifest: Manifest | None


def execute(arguments: Namespace) -> int:
    """The status of the project around the working directory; 1 when something is not built or not good."""
    from skiller_assets.program import current_project

    project = current_project()
    found = standings_in_words(project)
    print(report(project, found))
    if arguments.cost:
        from skiller_assets.commands.costs import costs_told

        print(f"\n{costs_told(project.settings, arguments.by)}")
    return GOOD if all(standing.word == "built" for standing in found) else BAD


def standings_in_words(project: Project) -> list[Standing]:
    """Every artifact of every key, chain by chain and key by key. Raises Misuse for a project that cannot be read."""
    expect_sound(project)
    every = list(standings(project))
    failures = _last_failures(project) if any(s.state in ("missing", "stale") for _, _, s in every) else {}
    found: list[Standing] = []
    for artifact, key, standing in every:
        word, reason = _WORDS[standing.state], standing.reason
        failure = failures.get(label(artifact.name, key))
        if failure and standing.state in ("missing", "stale"):
            word, reason = "failed", failure
        found.append(Standing(artifact.name, key, word, reason, standing.manifest))
    return found


def _last_failures(project: Project) -> Mapping[str, str]:
    from skiller_assets.launch import last_failures  # Dagster takes longer to import than all else that is done here

    return last_failures(project.settings.home)


def report(project: Project, found: Sequence[Standing]) -> str:
    """How many keys there are, how they stand, a row for each artifact, and the reasons for what is not built."""
    reasons = list(_reasons(project, found))
    registry = project.registry
    counts = f"{len(registry.domains):,} domains, {len(registry.pairs):,} pairs"
    parts = [counts, _by_key(project, found), _by_artifact(found), "\n".join(reasons[:_MOST_REASONS])]
    if len(reasons) > _MOST_REASONS:
        parts.append(f"… and {len(reasons) - _MOST_REASONS} more lines")
    parts += [f"warning: {warning}" for warning in project.warnings]
    if reasons:
        parts.append("Bring everything up to date with: skiller run")
    return "\n\n".join(part for part in parts if part)


def _by_key(project: Project, found: Sequence[Standing]) -> str:
    """A row for each key: how many of its artifacts stand how. Many keys that stand alike are one row, added up."""
    keys: dict[str | None, Counter[str]] = defaultdict(Counter)
    for standing in found:
        keys[standing.key][standing.word] += 1
    heads = _heads(found)
    rows: list[list[str | int]] = []
    for noun, kind in (("", (None,)), ("domains", project.registry.domains), ("pairs", project.registry.pairs)):
        alike: dict[tuple[int, ...], list[str | None]] = defaultdict(list)
        for key in kind:
            if key in keys:
                alike[tuple(keys[key][head] for head in heads)].append(key)
        for counts, group in sorted(alike.items(), key=lambda one: [-count for count in one[0]]):
            if len(group) > _MOST_ALIKE:
                rows.append([f"{len(group):,} {noun}", *(count * len(group) for count in counts)])
            else:
                rows += [[key or SHARED, *counts] for key in group]
    return table(("key", *heads), _cut(rows))


def _cut(rows: list[list[str | int]]) -> list[list[str | int]]:
    """At most so many rows; those that are left out are added up."""
    if len(rows) <= _MOST_ROWS:
        return rows
    rest = rows[_MOST_ROWS - 1 :]
    sums = [sum(int(row[column]) for row in rest) for column in range(1, len(rest[0]))]
    return [*rows[: _MOST_ROWS - 1], [f"… {len(rest)} more rows", *sums]]


def _by_artifact(found: Sequence[Standing]) -> str:
    """A row for each artifact: how many of its keys stand how, and what those that are built hold together."""
    artifacts: dict[str, list[Standing]] = defaultdict(list)
    for standing in found:
        artifacts[standing.artifact].append(standing)
    heads = _heads(found)
    rows: list[list[str | int]] = [
        [name, *(sum(s.word == head for s in group) for head in heads), holdings([s.manifest for s in group])]
        for name, group in artifacts.items()
    ]
    return table(("artifact", *heads, "holds"), rows)


def _heads(found: Sequence[Standing]) -> list[str]:
    """The words that occur, the good one first."""
    words = {standing.word for standing in found}
    return [word for word in (*_WORDS.values(), "failed") if word in words]


@dataclass(frozen=True)
class _Trouble:
    """What is wrong with keys where it begins, (artifact, word, reason) each, and what merely follows from it."""

    begins: tuple[tuple[str, str, str], ...]
    follows: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether something went wrong, other than that it was not made or not made again."""
        return any(word not in _FOLLOWING for _, word, _ in self.begins)


def _reasons(project: Project, found: Sequence[Standing]) -> Iterator[str]:
    """What is wrong where it begins, once for all keys that have it in common; first what went wrong by itself."""
    troubles: dict[_Trouble, list[str | None]] = defaultdict(list)
    for key, trouble in _troubles(project, found):
        troubles[trouble].append(key)
    for trouble, keys in sorted(troubles.items(), key=lambda item: not item[0].is_own):
        for artifact, word, reason in trouble.begins:
            of = label(artifact, keys[0]) if len(keys) == 1 else f"{artifact} of {len(keys):,} {_noun(project, keys)}"
            yield f"{of} {word}{f': {reason}' if reason else ''}"
        if len(keys) > 1:
            more = f" and {len(keys) - _MOST_NAMED:,} more" if len(keys) > _MOST_NAMED else ""
            yield wrapped("  ", f"{', '.join(key or SHARED for key in keys[:_MOST_NAMED])}{more}")
        if trouble.follows:
            yield wrapped("  and what follows from it: ", ", ".join(trouble.follows))


def _troubles(project: Project, found: Sequence[Standing]) -> Iterator[tuple[str | None, _Trouble]]:
    """Key by key; what is not wrong has none."""
    needs = {artifact.name: set(artifact.needs) for artifact in project.work.artifacts}
    bad: dict[str | None, list[Standing]] = defaultdict(list)
    for standing in found:
        if standing.word != "built":
            bad[standing.key].append(standing)
    for key, standings_of_key in bad.items():
        names = {standing.artifact for standing in standings_of_key}
        begins = [s for s in standings_of_key if not needs[s.artifact] & names or s.word not in _FOLLOWING]
        follows = tuple(s.artifact for s in standings_of_key if s not in begins)
        begins.sort(key=lambda s: s.word in _FOLLOWING)
        yield key, _Trouble(tuple((s.artifact, s.word, s.reason) for s in begins), follows)


def _noun(project: Project, keys: Sequence[str | None]) -> str:
    return "pairs" if keys[0] in project.registry.pairs else "domains"
