"""A pair on one page: its story, what both share and what goes over, how conduct was settled, its walks and tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import counted
from skiller_assets.commands.views.domain import read_on
from skiller_assets.commands.views.lineage import LABELS
from skiller_assets.commands.views.paper import filled, listed, quoted, section
from skiller_assets.commands.views.ties import BY, given_told, taken_told
from skiller_assets.contract.fusion import Fusion, ValueFlow
from skiller_assets.contract.model import Contract
from skiller_assets.contract.rename import domain_of
from skiller_assets.contract.wording import render, say_list, say_name
from skiller_assets.project import RANKING, RANKING_FILE


def pair_view(shelf: Shelf, key: str, contract: Contract, fusion: Fusion) -> str:
    """The pair as text. Raises BrokenArtifact."""
    parts = [
        "\n".join([f"{contract.title} ({key})", *_story(fusion)]),
        section("Its domains", list(_domains(contract, fusion))),
        section("Why these two", list(_reasons(shelf, key))),
        section("What both share", list(_shared(shelf, key, contract, fusion))),
        section("What goes over from one to the other", list(_flows(fusion))),
        section("Rules over both", list(_rules(contract, fusion))),
        section("How conduct was harmonised", list(_conduct(contract, fusion))),
        section("Walks, and what was left out before anything was executed", list(_walks(shelf, key))),
        section("Tasks", list(_tasks(shelf, key))),
        read_on(shelf, key),
    ]
    return "\n\n".join(part for part in parts if part)


def _story(fusion: Fusion) -> Iterator[str]:
    yield filled(fusion.says)
    yield from (filled(f"“{reason}”", "  ") for reason in fusion.because)


def _domains(contract: Contract, fusion: Fusion) -> Iterator[str]:
    width = max(map(len, fusion.members))
    for domain in fusion.members:
        own = [tool for tool in contract.tools if domain_of(tool) == domain]
        writes = sum(contract.tools[tool].access == "write" for tool in own)
        tables = sum(domain_of(table) == domain for table in contract.tables)
        yield filled(
            f"{fusion.titles[domain]}: {len(own)} tools ({writes} that write), {tables} tables of its own; "
            f"skiller show {domain}",
            f"  {domain:<{width}}  ",
        )


def _reasons(shelf: Shelf, key: str) -> Iterator[str]:
    """What the ranking says of the pair, where there is one and it names the pair."""
    if not shelf.store.manifest(RANKING, None):
        return
    ranking = shelf.json(RANKING, None, RANKING_FILE)
    for at, scored in enumerate([*ranking["chosen"], *ranking["spare"]], 1):
        if scored["pair"] == key:
            yield f"  number {at} of the ranking, score {scored['score']}: skiller show {RANKING}"
            yield from (filled(reason, "  · ") for reason in scored["reasons"])


def _shared(shelf: Shelf, key: str, contract: Contract, fusion: Fusion) -> Iterator[str]:
    roles = {contract.principal_of(name) for name, tool in contract.tools.items() if tool.access == "authorize"}
    if len(roles) > 1:
        linked = shelf.manifest("database", key).counts.get("linked_account") if _is_built(shelf, key) else None
        many = f", {linked:,} of them" if linked else ""
        yield filled(f"people: who is {' and '.join(map(say_name, sorted(roles)))} is the same human{many}", "  ")
    else:
        yield filled(f"people: in both domains the customer is a {say_name(min(roles, default=''))}", "  ")
    if fusion.shared:
        yield listed(fusion.shared, "  tables: ")
    else:
        yield "  tables: none"
    for topic, tool in fusion.served_elsewhere.items():
        yield filled(f"{topic}, out of scope there, is a matter for {tool}", "  ")


def _is_built(shelf: Shelf, key: str) -> bool:
    return shelf.store.manifest("database", key) is not None


def _flows(fusion: Fusion) -> Iterator[str]:
    """Each value that one domain shows, and everything at the other that takes it; by why people carry it over."""
    groups: dict[tuple[str, str], list[ValueFlow]] = {}
    for flow in fusion.flows:
        groups.setdefault((flow.affinity, given_told(fusion, flow)), []).append(flow)
    for affinity, of_affinity in groupby(sorted(groups), key=lambda group: group[0]):
        yield f"  {say_name(affinity)}"
        for group in of_affinity:
            flows = groups[group]
            title = fusion.titles[domain_of(flows[0].takes)]
            yield filled(group[1], "    · ")
            yield filled(f"{say_list([taken_told(flow) for flow in flows])} at {title}", "      → ")
            yield from (filled(f"“{reason}”", "        ") for reason in flows[0].because[:1])


def _rules(contract: Contract, fusion: Fusion) -> Iterator[str]:
    for spanning in fusion.rules:
        rule = next(r for r in contract.rules_of(spanning.tool) if r.id == spanning.rule)
        yield filled(
            f"{rule.id} of {spanning.tool}, looks at {fusion.titles[spanning.over]} ({BY[rule.by]}): "
            f"{render(contract, rule.says)}",
            "  · ",
        )


def _conduct(contract: Contract, fusion: Fusion) -> Iterator[str]:
    """Each contested matter: how it was settled and why, by which clause, and between which rules."""
    clauses = {clause.id: clause.says for clause in contract.conduct}
    width = max((len(resolution.kind) for resolution in fusion.resolutions), default=0)
    for resolution in fusion.resolutions:
        yield filled(f"{resolution.resolution}: {resolution.reason}", f"  {say_name(resolution.kind):<{width}}  ")
        if clause := resolution.clause:
            yield filled(f"{clause}: {render(contract, clauses.get(clause, ''))}", " " * (width + 4) + "now  ")
        yield listed(resolution.rules, " " * (width + 4) + "of   ")


def _walks(shelf: Shelf, key: str) -> Iterator[str]:
    if not shelf.store.manifest("trajectories", key):
        return
    pruning: Mapping[str, Any] = shelf.json("trajectories", key, "pruning.json")
    walks = shelf.jsonl("trajectories", key, "trajectories.jsonl")
    yield f"  {pruning['thought_of']:>9,}  thought of"
    yield from (f"  {count:>9,}  left out: {reason}" for reason, count in pruning["left_out"].items())
    yield f"  {pruning['saved_executions']:>9,}  executions that this saved"
    yield f"  {len(walks):>9,}  kept, of which {sum(walk['turns'] > 1 for walk in walks):,} are interleaved"
    for label, count in Counter(walk["label"] for walk in walks).most_common():
        yield f"  {count:>9,}  {label}: {LABELS[label]}"


def _tasks(shelf: Shelf, key: str) -> Iterator[str]:
    """How many there are of each kind, one of each, and how its user begins."""
    if not shelf.store.manifest("validated_tasks", key):
        return
    tasks = shelf.jsonl("validated_tasks", key, "tasks.jsonl")
    kinds = Counter(task["kind"] for task in tasks)
    calls = [len(task["calls"]) for task in tasks if task["kind"] == "fulfil"]
    mean = f"; {sum(calls) / len(calls):.1f} calls on average to fulfil one" if calls else ""
    yield filled(f"{len(tasks)}: {counted(dict(kinds.most_common()))}{mean}", "  ")
    first = {kind: next(task for task in tasks if task["kind"] == kind) for kind, _ in kinds.most_common()}
    for kind, task in first.items():
        yield filled(f"{kind}: {', '.join(g['wants'] for g in task['scenario']['goals'])}", "  · ")
        yield f"      skiller show {task['id']}"
    if first and shelf.store.manifest("queries", key):
        yield from _opening(shelf, key, next(iter(first.values()))["id"])


def _opening(shelf: Shelf, key: str, task_id: str) -> Iterator[str]:
    queries = shelf.jsonl("queries", key, "queries.jsonl")
    query = next((q for q in queries if q["task_id"] == task_id), queries[0] if queries else None)
    if query:
        yield f"  The user of {query['task_id']} opens with"
        yield quoted(query["opening"], "    ")
