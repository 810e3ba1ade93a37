"""Checks of the tasks, recomputed from their files."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from pydantic import ValidationError

from skiller_assets.artifact import Finding, Inputs, JsonValue
from skiller_assets.contract.model import Contract
from skiller_assets.contract.rename import domain_of
from skiller_assets.ontology.checks import found
from skiller_assets.service.loading import compiled_from, world_from
from skiller_assets.service.validation import Fields, failures, validate_records
from skiller_assets.tasks.authoring import JUDGED_KINDS
from skiller_assets.tasks.bounds import OF_DOMAIN, Bounds, bounds_of, demand_of
from skiller_assets.tasks.judging import Verdict
from skiller_assets.tasks.query_check import OPENING_CHARACTERS, Secrets, opening_complaints
from skiller_assets.tasks.records import Call, Kind, Task, task_from_json
from skiller_assets.tasks.similarity import distinct_share, shared_part
from skiller_assets.tasks.sources import Rejected, all_calls, shown_at
from skiller_assets.tasks.space import Space
from skiller_assets.tasks.templates import Template, template_from_json
from skiller_assets.tasks.validate import REFUSING, validate

LEAST_DISTINCT_TRIGRAMS = 0.55
MOST_SHARED_TRIGRAMS = 0.60
FIRST_OPENINGS = 100
_SMALL_ORDER = 20
"""Below this many tasks asked for, shares are of so few that they are reported and not enforced."""


def text_hash(inputs: Inputs, artifact: str, name: str) -> str:
    """The hash of a text file of an artifact."""
    return hashlib.sha256(inputs.blob(artifact, name)).hexdigest()


def hashes_of(inputs: Inputs) -> dict[str, str]:
    """What the tasks of a key are made from: the hashes of its world, contract and policy."""
    contract = text_hash(inputs, "blueprint", "contract.json")
    return {
        "world": world_from(inputs).hash,
        "contract": contract,
        "policy": text_hash(inputs, "policy", "policy.md"),
    }


def templates_are_well_formed(inputs: Inputs) -> Finding:
    """Goals and rules exist, ids are unique, every kind is there; what is done for a person was judged good enough."""
    contract = compiled_from(inputs).contract
    templates = [template_from_json(t) for t in inputs.jsonl("task_templates", "templates.jsonl")]
    faults = template_faults(contract, templates, bounds_of(inputs).kinds)
    faults += verdict_faults(templates, inputs.jsonl("task_templates", "judged.jsonl"))
    return found(faults, templates=len(templates))


def verdict_faults(templates: Sequence[Template], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Templates that were to be judged and have no verdict, or one below the thresholds; verdicts on nothing."""
    judged = {t.id for t in templates if t.kind in JUDGED_KINDS}
    found: list[str] = []
    stands: set[str] = set()
    for record in records:
        name = str(record.get("template"))
        try:
            verdict = Verdict.model_validate({"case": name, **{k: v for k, v in record.items() if k != "template"}})
        except ValidationError as error:
            found.append(f"{name}: its verdict cannot be read: {error.errors()[0]['msg']}")
            continue
        if name not in judged:
            found.append(f"{name}: there is a verdict on what is no template to be judged")
        elif not verdict.stands:
            found.append(f"{name}: is kept though judged {', '.join(verdict.faults())}")
        stands.add(name)
    return found + [f"{name}: was not judged" for name in sorted(judged - stands)]


def template_faults(
    contract: Contract, templates: Sequence[Template], kinds: Sequence[Kind] = OF_DOMAIN.kinds
) -> list[str]:
    """What is wrong with templates; there is to be one of each of the ``kinds``."""
    ids = Counter(t.id for t in templates)
    faults = [f"{i} stands twice" for i, n in sorted(ids.items()) if n > 1]
    topics = {o.id for o in contract.out_of_scope}
    for t in templates:
        faults += [f"{t.id}: {goal} is no tool" for goal in t.goals if goal not in contract.tools]
        if t.kind in REFUSING and t.rule not in {
            r.id for g in t.goals if g in contract.tools for r in contract.rules_of(g)
        }:
            faults.append(f"{t.id}: {t.rule} is no rule of its goal")
        if t.kind == "irrelevant" and t.topic not in topics:
            faults.append(f"{t.id}: {t.topic} is nothing that is out of scope")
    return faults + [f"no template is of kind {kind}" for kind in kinds if not any(t.kind == kind for t in templates)]


def yield_is_enough(inputs: Inputs) -> Finding:
    """Candidates of every kind, at least as many as its share of the tasks."""
    combos = [task_from_json(c) for c in inputs.jsonl("instance_combos", "combos.jsonl")]
    wanted, shares = demand_of(inputs).total, bounds_of(inputs).least_share
    counts = Counter(c.kind for c in combos)
    faults = [
        f"{counts[kind]} candidates of kind {kind} for {wanted} tasks"
        for kind, share in shares.items()
        if wanted >= _SMALL_ORDER and counts[kind] < wanted * share
    ]
    return found(faults, combos=len(combos))


def tasks_are_well_formed(inputs: Inputs) -> Finding:
    """Complete records with unique ids that are what they say."""
    records = inputs.jsonl("validated_tasks", "tasks.jsonl")
    fields = Fields(
        required=("id", "key", "kind", "goal", "scenario", "calls", "diff", "answer", "hashes", "seed"),
        unique=("id",),
        values={"kind": bounds_of(inputs).kinds, "key": (inputs.key or "",)},
    )
    faults = failures(validate_records("tasks", pd.DataFrame(records), fields)) if records else ["there is no task"]
    faults += [f"{r['id']}: the id is not that of the content" for r in records if task_from_json(r).id != r["id"]]
    made_from = hashes_of(inputs)
    faults += [f"{r['id']}: it was made from something else" for r in records if r["hashes"] != made_from]
    return found(faults, tasks=len(records))


def tasks_replay(inputs: Inputs) -> Finding:
    """Every task passes validation once more, in a fresh session of the world on disk."""
    world = world_from(inputs)
    space = Space(world)
    faults = []
    tasks = [task_from_json(t) for t in inputs.jsonl("validated_tasks", "tasks.jsonl")]
    with world.open() as session:
        for task in tasks:
            try:
                validate(space, session, task)
            except Rejected as error:
                faults.append(f"{task.id}: {error}")
    return found(faults, tasks=len(tasks))


def figures(tasks: Sequence[Task], among: Sequence[Kind] = OF_DOMAIN.kinds) -> dict[str, JsonValue]:
    """The figures by which a set of tasks is judged; ``among`` are the kinds that there may be."""
    kinds = Counter(t.kind for t in tasks)
    fulfil = [t for t in tasks if t.kind == "fulfil"]
    return {
        "tasks": len(tasks),
        **{f"share of {kind}": round(kinds[kind] / len(tasks), 3) if tasks else 0.0 for kind in among},
        "mean calls (fulfil)": round(sum(len(t.calls) for t in fulfil) / len(fulfil), 2) if fulfil else 0.0,
        "longest run": max((len(t.calls) for t in tasks), default=0),
        "distinct sequences (fulfil)": round(len({t.sequence for t in fulfil}) / len(fulfil), 2) if fulfil else 0.0,
        "goals": len({g.tool for t in tasks for g in t.scenario.goals}),
        "rules refused": len({(t.goal, t.rule) for t in tasks if t.rule}),
        "people": len({t.human for t in tasks}),
        **(_spanning(tasks) if any(t.bridges for t in tasks) else {}),
    }


def _spanning(tasks: Sequence[Task]) -> dict[str, JsonValue]:
    """How far the tasks of a pair are more than two tasks one after the other."""
    fulfil = [t for t in tasks if t.kind == "fulfil"]
    return {
        "share with a value flow": round(sum(has_flow(t) for t in tasks) / len(tasks), 3),
        "share interleaved (fulfil)": round(sum(turns(t) > 1 for t in fulfil) / max(len(fulfil), 1), 3),
        "bridges": len({b for t in tasks for b in t.bridges}),
    }


def has_flow(task: Task) -> bool:
    """Whether a value is carried from one domain to the other."""
    return any(crosses(call, task) for call in all_calls(task))


def crosses(call: Call, task: Task) -> bool:
    """Whether a call takes a value that a tool of the other domain has shown."""
    own = domain_of(call.tool)
    shown = [shown_at(source) for source in call.sources.values()]
    return any(at and domain_of(task.calls[at[0] - 1].tool) != own for at in shown)


def turns(task: Task) -> int:
    """How often a run goes over from one domain to the other; authorizations do not count."""
    domains = [domain_of(call.tool) for call in task.calls if call.serves != "authorize"]
    return sum(a != b for a, b in pairwise(domains))


def mix_is_right(inputs: Inputs) -> Finding:
    """Enough tasks; shares, lengths and variety within their bounds."""
    tasks = [task_from_json(t) for t in inputs.jsonl("validated_tasks", "tasks.jsonl")]
    return found(mix_faults(tasks, demand_of(inputs).total, bounds_of(inputs)), tasks=len(tasks))


def mix_faults(tasks: Sequence[Task], wanted: int, bounds: Bounds = OF_DOMAIN) -> list[str]:
    """What is wrong with a set of tasks of which ``wanted`` were asked for; three in four have to be there."""
    faults = [f"{len(tasks)} tasks of {wanted}"] if len(tasks) < 0.75 * wanted else []
    if wanted < _SMALL_ORDER or not tasks:
        return faults
    kinds: Counter[str] = Counter(t.kind for t in tasks)
    faults += [
        f"{kinds[kind] / len(tasks):.0%} are of kind {kind}, at least {share:.0%} are expected"
        for kind, share in bounds.least_share.items()
        if kinds[kind] < math.floor(share * len(tasks))
    ]
    if kinds["irrelevant"] > math.ceil(bounds.most_irrelevant * len(tasks)):
        faults.append(
            f"{kinds['irrelevant'] / len(tasks):.0%} are irrelevant, at most {bounds.most_irrelevant:.0%} are expected"
        )
    fulfil = [t for t in tasks if t.kind == "fulfil"]
    mean = sum(len(t.calls) for t in fulfil) / max(len(fulfil), 1)
    if mean < bounds.mean_calls:
        faults.append(f"fulfil tasks have {mean:.1f} calls on average, at least {bounds.mean_calls} are expected")
    distinct = len({t.sequence for t in fulfil}) / max(len(fulfil), 1)
    if distinct < bounds.distinct_sequences:
        faults.append(f"{distinct:.0%} of the sequences differ, at least {bounds.distinct_sequences:.0%} are expected")
    flow = sum(has_flow(t) for t in tasks) / len(tasks)
    if flow < bounds.flow:
        faults.append(f"a value flows in {flow:.0%} of the tasks, at least {bounds.flow:.0%} are expected")
    woven = sum(turns(t) > 1 for t in fulfil) / max(len(fulfil), 1)
    if woven < bounds.interleaved:
        faults.append(f"{woven:.0%} of the fulfil tasks interleave, at least {bounds.interleaved:.0%} are expected")
    return faults


def queries_are_well_formed(inputs: Inputs) -> Finding:
    """One query for each task and no other; complete, of sensible length."""
    records = inputs.jsonl("queries", "queries.jsonl")
    tasks = {t["id"] for t in inputs.jsonl("validated_tasks", "tasks.jsonl")}
    fields = Fields(
        required=("task_id", "key", "kind", "persona", "opening", "user_prompt"),
        unique=("task_id", "opening"),
        values={"kind": bounds_of(inputs).kinds},
        lengths={"opening": OPENING_CHARACTERS, "user_prompt": (200, 12000)},
    )
    faults = failures(validate_records("queries", pd.DataFrame(records), fields)) if records else ["there is no query"]
    strangers = {r["task_id"] for r in records} - tasks
    missing = len(tasks) - len({r["task_id"] for r in records} & tasks)
    faults += [f"{i} is a query for no task" for i in sorted(strangers)]
    faults += [f"{missing} of {len(tasks)} tasks have no query"] if missing > 0.05 * len(tasks) else []
    return found(faults, queries=len(records))


def nothing_leaks(inputs: Inputs) -> Finding:
    """Openings give nothing away that the person would not say."""
    contract = compiled_from(inputs).contract
    tasks = {t["id"]: task_from_json(t) for t in inputs.jsonl("validated_tasks", "tasks.jsonl")}
    queries = inputs.jsonl("queries", "queries.jsonl")
    now = datetime.fromisoformat(inputs.settings.now)
    faults = [
        f"{q['task_id']}: {complaint}"
        for q in queries
        if q["task_id"] in tasks
        for complaint in opening_complaints(Secrets.of(contract, tasks[q["task_id"]], now), q["opening"])
    ]
    return found(faults, queries=len(queries))


def openings_differ(inputs: Inputs) -> Finding:
    """Enough distinct trigrams among the first openings, and no two that share too many."""
    openings = [q["opening"] for q in inputs.jsonl("queries", "queries.jsonl")]
    return found(opening_faults(openings), openings=len(openings))


def opening_faults(openings: Sequence[str]) -> list[str]:
    """What is wrong with a set of openings."""
    faults = []
    share = distinct_share(openings[:FIRST_OPENINGS])
    if share < LEAST_DISTINCT_TRIGRAMS:
        faults.append(f"{share:.2f} of the word trigrams differ, at least {LEAST_DISTINCT_TRIGRAMS} are expected")
    for i, one in enumerate(openings):
        for other in openings[:i]:
            if shared_part(one, other) > MOST_SHARED_TRIGRAMS:
                faults.append(f"two openings are alike: {other[:60]!r} and {one[:60]!r}")
    return faults
