"""A domain on one page: what it is, its tables and tools, its tasks and pairs, and where to read on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import counted, table
from skiller_assets.commands.views.paper import filled, section
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render

_EXAMPLES = 4


def domain_view(shelf: Shelf, key: str, contract: Contract) -> str:
    """The domain as text. Raises BrokenArtifact."""
    parts = [f"{contract.title} ({key})\n{filled(render(contract, contract.describe))}", _tools(contract)]
    if shelf.store.manifest("database", key):
        parts.append(_tables(shelf, key))
    if shelf.store.manifest("validated_tasks", key):
        parts.append("\n".join(_tasks(shelf, key)))
    parts.append(section("Its pairs", list(_pairs(shelf, key))))
    parts.append(read_on(shelf, key))
    return "\n\n".join(part for part in parts if part)


def read_on(shelf: Shelf, key: str) -> str:
    """Which artifacts of a key are built."""
    built = [name for name in shelf.artifacts() if shelf.store.manifest(name, key)]
    return f"Read on: skiller show ARTIFACT {key}, with ARTIFACT one of\n{filled(', '.join(built), '  ')}"


def _tools(contract: Contract) -> str:
    rows: list[list[str | int]] = []
    for name, tool in contract.tools.items():
        rules = Counter(rule.by for rule in contract.rules_of(name))
        rows.append([name, tool.access, rules["tool"], rules["agent"], render(contract, tool.describe)])
    return table(("tool", "access", "enforced", "by policy", "what it does"), rows)


def _tables(shelf: Shelf, key: str) -> str:
    tables = shelf.json("database", key, "summary.json")["tables"]
    return table(("table", "rows"), [[name, facts["rows"]] for name, facts in tables.items()])


def _tasks(shelf: Shelf, key: str) -> Iterator[str]:
    tasks = shelf.jsonl("validated_tasks", key, "tasks.jsonl")
    kinds = Counter(task["kind"] for task in tasks)
    yield f"{len(tasks)} tasks: {counted(dict(kinds.most_common()))}. Some of them:"
    first = [next(task for task in tasks if task["kind"] == kind) for kind, _ in kinds.most_common()]
    for task in first[:_EXAMPLES]:
        yield f"  skiller show {task['id']}    {task['kind']}: {task['goal'] or task['template']}"


def _pairs(shelf: Shelf, key: str) -> Iterator[str]:
    """Every pair of the domain, with its story where it is built."""
    for pair in shelf.registry.pairs_of(key):
        yield f"  skiller show {pair}"
        if not shelf.store.manifest("blueprint", pair):
            yield "      not built yet"
            continue
        fusion = shelf.json("blueprint", pair, "contract.json")["fusion"]
        yield filled(fusion["says"], "      ")
        if shelf.store.manifest("validated_tasks", pair):
            tasks = shelf.manifest("validated_tasks", pair)
            yield filled(f"{tasks.counts.get('tasks', 0)} tasks", "      ")
