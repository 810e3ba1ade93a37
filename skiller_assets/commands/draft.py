"""``skiller draft``: from a pool of tools to draft domain files, one for each community that passes the gates."""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from skiller_assets.ask import AskError
from skiller_assets.commands.check import file_problems
from skiller_assets.commands.exits import BAD, GOOD
from skiller_assets.commands.faults import Fault, Misuse
from skiller_assets.commands.terminal import counted, place, table
from skiller_assets.ontology.tool_pool.communities import Communities, Community, communities
from skiller_assets.ontology.tool_pool.dependencies import Dependencies, depend
from skiller_assets.ontology.tool_pool.draft import Draft, NoDraft, draft_contract
from skiller_assets.ontology.tool_pool.model import Pool
from skiller_assets.ontology.tool_pool.read import PoolError, read_pool
from skiller_assets.ontology.tool_pool.refine import refine
from skiller_assets.ontology.tool_pool.yaml_text import domain_file
from skiller_assets.settings import Settings, load_settings

_MOST_EDGES = 60


def execute(arguments: Namespace) -> int:
    """Drafts what a pool yields; 1 when nothing could be written or a file was in the way. Raises Misuse, Fault."""
    settings = load_settings()
    try:
        pool = read_pool([Path(name) for name in arguments.pool])
    except PoolError as error:
        raise Misuse(str(error)) from error
    graph = depend(pool.tools)
    if arguments.refine:
        graph = _refined(graph, settings)
    found = communities(graph)
    _tell_pool(pool, graph, found)
    if arguments.communities:
        _tell_communities(graph, found)
        return GOOD
    out = Path(arguments.out) if arguments.out else settings.root / "domains"
    source = ", ".join(Path(name).name for name in arguments.pool)
    outcomes = [_drafted(community, graph, settings, out, source, arguments.replace) for community in found.found]
    for outcome in outcomes:
        outcome.tell()
    written = sum(outcome.path is not None for outcome in outcomes)
    print(f"drafts        {counted({'written': written, 'refused': len(outcomes) - written}) or 'none'}")
    if written:
        print("Read them, edit them, then run skiller check and skiller plan.")
    return GOOD if written and not any(outcome.in_the_way for outcome in outcomes) else BAD


@dataclass(frozen=True)
class _Outcome:
    """What became of a community: a file, or the reasons why there is none."""

    community: Community
    path: Path | None
    reasons: tuple[str, ...]
    left_out: Mapping[str, str]
    draft: Draft | None = None
    in_the_way: bool = False

    def tell(self) -> None:
        """Prints it, with what was left out and dropped."""
        if self.path is not None and self.draft is not None:
            served, of = len(self.draft.served), len(self.community.tools)
            added = f"; added {', '.join(self.draft.added)}" if self.draft.added else ""
            print(f"written       {place(self.path)}: {served} of {of} tools{added}")
        else:
            print(f"refused       {self.community.name} ({len(self.community.tools)} tools): {self.reasons[0]}")
            for reason in self.reasons[1:]:
                print(f"                {reason}")
        for name, reason in self.left_out.items():
            print(f"  left out      {name} {reason}")
        for line in self._dropped():
            print(f"  dropped       {line}")

    def _dropped(self) -> Iterator[str]:
        for name, parameters in sorted(self.draft.dropped.items()) if self.draft else ():
            for parameter in parameters:
                path, _, reason = parameter.partition(": ")
                yield f"{name}({path}) {reason}"


def _drafted(
    community: Community, graph: Dependencies, settings: Settings, out: Path, source: str, replace: bool
) -> _Outcome:
    try:
        draft = draft_contract(community, graph)
    except NoDraft as refusal:
        return _Outcome(community, None, (refusal.reason,), refusal.left_out)
    target = out / f"{draft.domain}.yaml"
    text = domain_file(draft.content, draft.served, source)
    problems = _gate(draft.domain, text, settings)
    if problems:
        return _Outcome(community, None, problems, draft.left_out, draft)
    if target.exists() and not replace:
        reason = f"{place(target)} exists already: rename it, or say --replace"
        return _Outcome(community, None, (reason,), draft.left_out, draft, in_the_way=True)
    out.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return _Outcome(community, target, (), draft.left_out, draft)


def _gate(domain: str, text: str, settings: Settings) -> tuple[str, ...]:
    """What ``skiller check`` would say of a draft: compilation, the synthesis profile, a trial world with evidence."""
    with tempfile.TemporaryDirectory(prefix="draft") as folder:
        path = Path(folder) / f"{domain}.yaml"
        path.write_text(text, encoding="utf-8")
        return tuple(file_problems(path, settings)[1])


def _refined(graph: Dependencies, settings: Settings) -> Dependencies:
    from resources.providers import make_door

    try:
        return refine(graph, make_door(settings))
    except AskError as error:
        raise Fault(f"the edges could not be refined: {error}") from error


def _tell_pool(pool: Pool, graph: Dependencies, found: Communities) -> None:
    print(f"tools         {counted({'read': pool.read, 'usable': len(pool.tools), 'set aside': len(pool.unusable)})}")
    for item in pool.unusable:
        print(f"  set aside     {item.source} {item.name}: {item.reason}")
    fills = sum(edge.kind == "fills" for edge in graph.edges)
    kinds = {"dependencies": fills, "of_one_kind": len(graph.edges) - fills, "in_doubt": len(graph.borderline)}
    print(f"edges         {counted(kinds)}")
    print(f"communities   {counted({'found': len(found.found), 'tools in none': len(found.alone)})}")


def _tell_communities(graph: Dependencies, found: Communities) -> None:
    rows: list[list[str | int]] = [[c.name, len(c.tools), ", ".join(c.tools)] for c in found.found]
    print(table(["community", "tools", "which"], rows))
    if found.alone:
        print(f"in none       {', '.join(found.alone)}")
    fills = [edge for edge in graph.edges if edge.kind == "fills"]
    strongest = sorted(fills, key=lambda e: (-e.weight, e.source, e.target))
    shown: list[list[str | int]] = [
        [f"{e.source}.{e.result}", f"{e.target}({e.parameter})", e.weight] for e in strongest[:_MOST_EDGES]
    ]
    print(table(["result", "fills", "weight"], shown))
    if len(fills) > _MOST_EDGES:
        print(f"and {len(fills) - _MOST_EDGES:,} more")
