"""Which pairs of domains were chosen and why, which are spare, and what could not be a pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import counted
from skiller_assets.commands.views.paper import filled, listed, section
from skiller_assets.project import RANKING, RANKING_FILE

_MOST_EXPLAINED, _MOST_NAMED = 60, 20


def ranking_view(shelf: Shelf) -> str:
    """The ranking as text. Raises Fault when it is not built, BrokenArtifact."""
    ranking = shelf.json(RANKING, None, RANKING_FILE)
    parts = [
        "\n".join(_head(shelf, ranking)),
        section("Chosen, the best first", list(_chosen(shelf, ranking["chosen"]))),
        section("In the registry without being chosen here", list(_kept(shelf, ranking))),
        section("Next in line", list(_spare(ranking["spare"]))),
        section("What cannot be a pair", list(_refused(ranking))),
        section("Domains", list(_coverage(ranking["coverage"]))),
    ]
    return "\n\n".join(part for part in parts if part)


def _head(shelf: Shelf, ranking: Mapping[str, Any]) -> Iterator[str]:
    manifest = shelf.manifest(RANKING, None)
    rejected = f" ({manifest.reason})" if manifest.verdict == "rejected" else ""
    yield f"{RANKING}: {manifest.verdict}{rejected}"
    yield filled(
        f"{ranking['target']} pairs are asked for, {len(ranking['chosen'])} were chosen, "
        f"{len(shelf.registry.pairs)} are in the registry, which is what counts: it keeps its pairs when the ranking "
        "changes.",
        "  ",
    )


def _chosen(shelf: Shelf, chosen: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    width = len(str(len(chosen)))
    for at, scored in enumerate(chosen, 1):
        absent = "" if scored["pair"] in shelf.registry.pairs else ", not in the registry"
        yield f"  {at:>{width}}. {scored['pair']}  {scored['score']}{absent}"
        if at <= _MOST_EXPLAINED:
            yield filled(_parts(scored["parts"]), " " * (width + 4))
            yield from (filled(reason, " " * (width + 4) + "· ") for reason in scored["reasons"])
    if len(chosen) > _MOST_EXPLAINED:
        yield filled(f"of those from {_MOST_EXPLAINED + 1} on, skiller show PAIR tells the reasons", "  ")


def _parts(parts: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value}" for name, value in parts.items() if value)


def _kept(shelf: Shelf, ranking: Mapping[str, Any]) -> Iterator[str]:
    chosen = {scored["pair"] for scored in ranking["chosen"]}
    if kept := [pair for pair in shelf.registry.pairs if pair not in chosen]:
        yield listed(kept, "  ", _MOST_NAMED)


def _spare(spare: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for scored in spare[:_MOST_NAMED]:
        reason = f": {scored['reasons'][0]}" if scored["reasons"] else ""
        yield filled(f"{scored['pair']}  {scored['score']}{reason}", "  ", " " * 6)
    if len(spare) > _MOST_NAMED:
        yield f"  … and {len(spare) - _MOST_NAMED:,} more"


def _refused(ranking: Mapping[str, Any]) -> Iterator[str]:
    for refused in ranking["refused"][:_MOST_NAMED]:
        yield filled(f"{refused['pair']}: {refused['reason']}", "  ", " " * 6)
    if len(ranking["refused"]) > _MOST_NAMED:
        yield f"  … and {len(ranking['refused']) - _MOST_NAMED:,} more"
    yield from (f"  {count:>9,}  {reason}" for reason, count in ranking["pruned"].items())


def _coverage(coverage: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {coverage['paired']} of {coverage['domains']} are in a pair"
    if contexts := coverage["contexts"]:
        yield filled(counted(contexts), "  joined: ")
    for word, domains in (("in no pair", coverage["unpaired"]), ("left out", coverage["left_out"])):
        for reason in sorted(set(domains.values())):
            same = [domain for domain, why in domains.items() if why == reason]
            yield listed(same, f"  {word}: ", _MOST_NAMED)
            yield filled(reason, " " * 6)
