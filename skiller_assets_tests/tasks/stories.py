"""Task records made up from a domain file alone: no world, no calls, just what a query is written from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from skiller_assets.contract.model import Contract, Parameter
from skiller_assets.tasks.records import Call, Detail, Goal, Kind, Scenario, Task

_KINDS: tuple[Kind, ...] = ("fulfil", "fulfil", "fulfil", "refuse", "clarify", "irrelevant")
_SAMPLES: dict[str, list[Any]] = {
    "date": ["2025-03-14", "2025-03-18", "2025-04-02"],
    "datetime": ["2025-03-13T09:30:00", "2025-03-21T14:00:00"],
    "money": [25.0, 112.5, 40],
    "integer": [2, 3, 4],
    "time": ["09:30", "16:00"],
    "text": ["Rowan Ellery", "Juniper Vale"],
}


def make_tasks(contract: Contract, count: int, seed: int = 1) -> list[Task]:
    """``count`` tasks of all kinds, the same for the same arguments."""
    rng = random.Random(f"{contract.domain}|{seed}")
    return [_task(contract, rng, k) for k in range(count)]


def task_about(contract: Contract, scenario: Scenario, kind: Kind = "fulfil", calls: tuple[Call, ...] = ()) -> Task:
    """One task with a given scenario."""
    return Task(contract.domain, kind, "goal", scenario, calls, (), (), "template", "P-1", 0)


def _task(contract: Contract, rng: random.Random, k: int) -> Task:
    kind = rng.choice(_KINDS)
    knows = {"email": f"person{k}@example.org", "date of birth": f"19{50 + k % 50}-0{1 + k % 9}-1{k % 10}"}
    if kind == "irrelevant":
        topic = rng.choice(contract.out_of_scope)
        scenario = Scenario(rng.choice(topic.because), knows, "", (), (Goal("", rng.choice(topic.wants)),))
    else:
        tools, because = _wishes(contract, rng)
        goals = tuple(_goal(contract, tool, rng) for tool in tools)
        open_ = [detail.label for detail in goals[0].details]
        withholds = (rng.choice(open_),) if kind == "clarify" and open_ else ()
        scenario = Scenario(rng.choice(because) if because else "", knows, "", withholds, goals)
    return Task(contract.domain, kind, "goal", scenario, (), (), (), "template", {"member": f"P-{k}"}, k, seed=str(k))


def _wishes(contract: Contract, rng: random.Random) -> tuple[list[str], list[str]]:
    if rng.random() < 0.5:
        story = rng.choice(contract.storylines)
        return list(story.goals), story.because
    tool = rng.choice([name for name, tool in contract.tools.items() if tool.voice.wants])
    return [tool], contract.tools[tool].voice.because


def _goal(contract: Contract, tool: str, rng: random.Random) -> Goal:
    declared = contract.tools[tool]
    return Goal(tool, rng.choice(declared.voice.wants), tuple(_details(contract, declared.parameters, rng)))


def _details(contract: Contract, parameters: dict[str, Parameter], rng: random.Random) -> Iterator[Detail]:
    for name, parameter in parameters.items():
        if parameter.type in ("id", "list", "boolean"):
            continue
        attribute = contract.attribute(parameter.refers_to) if parameter.refers_to else None
        label = parameter.label or name.replace("_", " ")
        phrase = parameter.phrase or (attribute.phrase if attribute else None) or f"{label}: {{value}}"
        yield Detail(label, rng.choice(parameter.enum or _SAMPLES[parameter.type]), phrase, name, parameter.type)
