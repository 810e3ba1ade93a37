"""How a task came about: its pair, the template and the walk behind it, the tasks that proved its segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from resources.store import BrokenArtifact
from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.views.paper import broken, filled
from skiller_assets.contract.fusion import Fusion
from skiller_assets.contract.model import Contract
from skiller_assets.contract.rename import domain_of
from skiller_assets.contract.wording import quoted_constants, render, say_list, say_name
from skiller_assets.tasks.records import Task

LABELS = {
    "bridged": "a value flows between the domains",
    "ruled": "a rule spans both domains",
    "concatenated": "nothing ties the two sides together",
}
_MOST_USES = 3


def pair_told(task: Task, contract: Contract, fusion: Fusion) -> Iterator[str]:
    """Who takes part in the pair, in which role the customer is served there, and the story of the pair."""
    width = max(map(len, fusion.members))
    for domain in fusion.members:
        role = _role_in(contract, domain)
        person = f", as {say_name(role)} {task.person.get(role, '?')}" if role else ""
        yield filled(f"{fusion.titles[domain]}{person}; skiller show {domain}", f"  {domain:<{width}}  ")
    yield filled(f"{fusion.says} (human {task.human}; skiller show {task.key})", "  ")


def _role_in(contract: Contract, domain: str) -> str:
    tools = (name for name, tool in contract.tools.items() if tool.access == "authorize" and domain_of(name) == domain)
    return next(map(contract.principal_of, tools), "")


def plan_told(shelf: Shelf, task: Task, contract: Contract) -> Iterator[str]:
    """The template, the walk of a pair that it was made from, and the tasks that stand for the feasibility of each."""
    yield from broken(task.template, "  template    ")
    template = _record(shelf, "task_templates", task.key, "templates.jsonl", task.template)
    if template is None:
        yield "              of which there is no record any more"
    elif template["story"]:
        yield filled(_said(contract, template["story"]), "  story       ")
    walk = _record(shelf, "trajectories", task.key, "trajectories.jsonl", task.template.partition(":")[2])
    if walk:
        yield from _walk_told(shelf, walk)
    elif segments := [str(i) for i in task.lineage.get("segments", [])]:
        if template:
            yield "  trajectory  none: what is done besides comes from a task of a single domain"
        yield from _proofs(shelf, segments, "  segments    ")
    yield from _goals(task)


def _said(contract: Contract, sentence: str) -> str:
    """A sentence with its constants worded; as it is where the contract does not declare one of them any more."""
    return render(contract, sentence) if set(quoted_constants(sentence)) <= set(contract.constants) else sentence


def _record(shelf: Shelf, artifact: str, key: str, name: str, record_id: str) -> Mapping[str, Any] | None:
    if not shelf.store.manifest(artifact, key):
        return None
    return next((record for record in shelf.jsonl(artifact, key, name) if record["id"] == record_id), None)


def _walk_told(shelf: Shelf, walk: Mapping[str, Any]) -> Iterator[str]:
    turns = walk["turns"]
    order = "interleaved: its goals go over between the domains" if turns > 1 else "its goals go over"
    how_often = {0: "all its goals are in one domain", 1: "first the one domain, then the other"}
    yield filled(
        f"{walk['label']}: {LABELS[walk['label']]}; " + how_often.get(turns, f"{order} {turns} times"), "  trajectory  "
    )
    head = "  segments    "
    for domain, goals in walk["segments"].items():
        yield filled(f"{domain}: {' → '.join(map(say_name, goals))}, proven by", head)
        yield from _proofs(shelf, walk["tasks"].get(domain, []), " " * 16)
        head = " " * len(head)


def _proofs(shelf: Shelf, ids: list[str], head: str) -> Iterator[str]:
    for task_id in ids:
        domain = task_id.rpartition("-")[0]
        found = _record(shelf, "validated_tasks", domain, "tasks.jsonl", task_id)
        what = f"{len(found['calls'])} calls" if found else "which is no longer there"
        yield f"{head}skiller show {task_id}  {what}"
        head = " " * len(head)


def _goals(task: Task) -> Iterator[str]:
    head = "  goals       "
    goals = [goal for goal in task.scenario.goals if goal.tool]
    for number, goal in enumerate(goals, 1):
        is_refused = task.forbidden is not None and number == len(goals)
        fate = " ✗ to be refused" if is_refused else " ✓ to be done" if task.kind == "partial" else ""
        yield filled(f"{number}. {goal.tool}: {goal.wants}{fate}", head, " " * (len(head) + 3))
        head = " " * len(head)


def uses_told(shelf: Shelf, task: Task) -> Iterator[str]:
    """The pairs that lean on a task of a single domain: walks with a segment that it proves, tasks made of these."""
    for pair in shelf.registry.pairs_of(task.key):
        try:
            yield from _uses_by(shelf, task, pair)
        except BrokenArtifact as error:
            yield filled(str(error), f"  {pair}  ")


def _uses_by(shelf: Shelf, task: Task, pair: str) -> Iterator[str]:
    def records(artifact: str, name: str) -> list[dict[str, Any]]:
        return shelf.jsonl(artifact, pair, name) if shelf.store.manifest(artifact, pair) else []

    walks = [w for w in records("trajectories", "trajectories.jsonl") if task.id in w["tasks"].get(task.key, [])]
    made = [t["id"] for t in records("validated_tasks", "tasks.jsonl") if task.id in t["lineage"].get("segments", [])]
    if walks or made:
        yield f"  {pair}  proves a segment of {len(walks)} walks; {len(made)} tasks are made with it"
        yield from (f"    skiller show {task_id}" for task_id in made[:_MOST_USES])


def kind_told(task: Task) -> str:
    """What a right agent makes of the task."""
    if task.kind == "partial":
        done = say_list([goal.wants for goal in task.scenario.goals[:-1]])
        return f"in part: to {done} is to be done; the last wish is to be refused, by the rule {task.rule}"
    return {
        "fulfil": "to be done",
        "refuse": f"to be refused, by the rule {task.rule}",
        "clarify": "to be done once the user has answered a question",
        "irrelevant": "no tool serves it: decline or transfer",
    }[task.kind]
