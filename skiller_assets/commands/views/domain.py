"""A domain on one page: what it is, its tables and tools, its tasks, and where to read on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import counted, table
from skiller_assets.contract.model import Contract

_EXAMPLES = 4


def domain_view(shelf: Shelf, key: str) -> str:
    """The domain as text. Raises Fault when its blueprint is not built, BrokenArtifact, ContractError."""
    contract = shelf.contract(key).contract
    parts = [f"{contract.title} ({key})\n{contract.describe}", _tools(contract)]
    if shelf.store.manifest("database", key):
        parts.append(_tables(shelf, key))
    if shelf.store.manifest("validated_tasks", key):
        parts.append("\n".join(_tasks(shelf, key)))
    built = [name for name in shelf.artifacts() if shelf.store.manifest(name, key)]
    parts.append(f"Read on: skiller show ARTIFACT {key}, with ARTIFACT one of\n  {', '.join(built)}")
    return "\n\n".join(parts)


def _tools(contract: Contract) -> str:
    rows: list[list[str | int]] = []
    for name, tool in contract.tools.items():
        rules = Counter(rule.by for rule in contract.rules_of(name))
        rows.append([name, tool.access, rules["tool"], rules["agent"], tool.describe])
    return table(("tool", "access", "enforced rules", "policy rules", "what it does"), rows)


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
