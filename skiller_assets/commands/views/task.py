"""A task followed to its sources: its pair, walk, bridges, rules, rows and hashes; then the story, call by call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.views.lineage import kind_told, pair_told, plan_told, uses_told
from skiller_assets.commands.views.origins import origins_told
from skiller_assets.commands.views.paper import broken, filled, section
from skiller_assets.commands.views.rows import rows_told, rows_touched, sources_of_tables, tables_looked_into
from skiller_assets.commands.views.telling import story_told
from skiller_assets.commands.views.ties import bridges_told, rules_told
from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Contract
from skiller_assets.tasks.records import Task, task_from_json


def task_view(shelf: Shelf, key: str, task_id: str) -> str:
    """The task as text. Raises Fault for what is not built, BrokenArtifact, ContractError."""
    records = shelf.jsonl("validated_tasks", key, "tasks.jsonl")
    task = task_from_json(next(record for record in records if record["id"] == task_id))
    compiled = shelf.contract(key)
    contract = compiled.contract
    parts = [_head(shelf, task, contract)]
    if contract.fusion:
        parts.append(section("The pair", list(pair_told(task, contract, contract.fusion))))
    parts.append(section("How it was planned", list(plan_told(shelf, task, contract))))
    if contract.fusion:
        parts.append(section("The bridges", list(bridges_told(task, contract, contract.fusion))))
    parts += [
        section("The rules that bear on it", list(rules_told(task, contract))),
        section("The rows that the gold run reads and changes", _rows(shelf, compiled, task)),
        section("What it was made from", list(origins_told(shelf, task))),
        section("The pairs that lean on it", list(uses_told(shelf, task))),
        *story_told(shelf, task),
    ]
    return "\n\n".join(part for part in parts if part)


def _head(shelf: Shelf, task: Task, contract: Contract) -> str:
    lines = list(broken(task.goal or "–", f"{task.id}  {task.kind}: "))
    lines.append(filled(f"{contract.title}; {kind_told(task)}", below="  "))
    manifest = shelf.manifest("validated_tasks", task.key)
    if manifest.verdict == "rejected":
        lines.append(filled(f"The tasks of {task.key} were rejected: {manifest.reason}", below="  "))
    return "\n".join(lines)


def _rows(shelf: Shelf, compiled: CompiledContract, task: Task) -> Sequence[str]:
    fusion = compiled.contract.fusion
    members = fusion.members if fusion else [task.key]
    holders: Mapping[str, Sequence[str]] = {domain: _tables(shelf, compiled, task.key, domain) for domain in members}
    sources = sources_of_tables(list(compiled.contract.tables), holders)
    return list(rows_told(rows_touched(compiled, task), tables_looked_into(compiled, task), sources))


def _tables(shelf: Shelf, compiled: CompiledContract, key: str, domain: str) -> Sequence[str]:
    """The tables of a domain; none where it is a member of a pair and its own blueprint is gone."""
    if domain == key:
        return list(compiled.contract.tables)
    if not shelf.store.manifest("blueprint", domain):
        return []
    blueprint = shelf.json("blueprint", domain, "contract.json")
    return [*blueprint["entities"], *blueprint["relationships"]]
