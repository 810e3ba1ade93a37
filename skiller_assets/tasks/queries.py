"""From a verified task to what its user says: persona, opening message, instructions for the simulator.

The opening is asked for; the instructions are rendered from the scenario, so that the user knows all of it and nothing
more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, AskError, Door
from skiller_assets.ask.templates import template
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import parse_moment, render, say_date, say_name, say_value
from skiller_assets.tasks.lines import Line, joined, line_of, only_ones
from skiller_assets.tasks.mentions import Mention, is_superlative, mentions_of
from skiller_assets.tasks.personas import Human, Persona, ask_manners, persona_of
from skiller_assets.tasks.query_check import (
    LONGEST_OPENING,
    LONGEST_PORTRAIT,
    OPENING_CHARACTERS,
    SHORTEST_OPENING,
    SHORTEST_PORTRAIT,
    STOP,
    Secrets,
    opening_complaints,
    portrait_complaints,
    prompt_complaints,
)
from skiller_assets.tasks.records import Detail, Goal, Scenario, Task
from skiller_assets.tasks.similarity import MOST_SHARED, Openings
from skiller_assets.tasks.told import is_withheld, plain_value, withheld_names

_PROMPTS = Path(__file__).parent / "prompts"
_MANNERS = 24
_ATTEMPTS = 12
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class QueryReply(BaseModel):
    """The reply to ``query``: the first message, and two to four sentences in the second person about who writes it."""

    opening: str
    portrait: str


@dataclass(frozen=True)
class Query:
    """What a simulated user of a task starts from."""

    task_id: str
    key: str
    kind: str
    persona: Persona
    opening: str
    user_prompt: str

    def record(self) -> dict[str, Any]:
        """The query as ``queries.jsonl`` holds it."""
        return {
            "task_id": self.task_id,
            "key": self.key,
            "kind": self.kind,
            "persona": self.persona.record(),
            "opening": self.opening,
            "user_prompt": self.user_prompt,
        }


@dataclass
class Queries:
    """What became of the tasks of one key: queries, and tasks without one with the reason."""

    written: list[Query] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)


def write_queries(
    contract: Contract, tasks: Sequence[Task], people: Mapping[int, Human], door: Door, now: datetime
) -> Queries:
    """A query for every task, in order. ``people`` maps the number of a human to who that is.

    A task for which no acceptable opening is written is dropped with the reason. Raises
    :class:`~skiller_assets.ask.AskFailed` only when the stock of manners cannot be had.
    """
    manners = ask_manners(contract, _MANNERS, door)
    openings = Openings()
    written: dict[int, Query] = {}
    dropped: dict[int, str] = {}
    asks: dict[int, Ask[QueryReply]] = {}
    personas = [persona_of(task.id, manners, people.get(task.human, Human(None)), now.date()) for task in tasks]
    for place, (task, persona) in enumerate(zip(tasks, personas, strict=True)):
        if faults := instruction_faults(contract, task, persona, now):
            dropped[place] = f"its instructions, whatever the opening: {'; '.join(faults)}"
        else:
            asks[place] = query_ask(contract, task, persona, openings, now)
    places = list(asks)
    for number, reply in door.ask_each(list(asks.values())):
        place = places[number]
        if isinstance(reply, AskError):
            dropped[place] = str(reply)
        else:
            openings.add(reply.opening)
            written[place] = query_from(contract, tasks[place], personas[place], reply, now)
    return Queries(
        [written[place] for place in sorted(written)],
        [{"task_id": tasks[p].id, "kind": tasks[p].kind, "reason": dropped[p]} for p in sorted(dropped)],
    )


def query_ask(contract: Contract, task: Task, persona: Persona, openings: Openings, now: datetime) -> Ask[QueryReply]:
    """What is asked for one task; no opening is accepted that is too much like those in ``openings`` by then."""
    secrets = Secrets.of(contract, task, now)

    def complaints(reply: QueryReply) -> list[str]:
        return [
            *opening_complaints(secrets, reply.opening),
            *openings.complaints(reply.opening),
            *portrait_complaints(secrets, reply.portrait),
        ]

    return Ask(
        name="query",
        role="semantic",
        template=_PROMPTS / "query.md",
        variables=_variables(contract, task, persona, now),
        reply=QueryReply,
        validators=(complaints,),
        attempts=_ATTEMPTS,
        told={
            "lines": [goal["lines"] for goal in _scenario(contract, task, now)["goals"]],
            "opening": (SHORTEST_OPENING, LONGEST_OPENING),
            "characters": OPENING_CHARACTERS,
            "portrait": (SHORTEST_PORTRAIT, LONGEST_PORTRAIT),
            "alike": round(100 * MOST_SHARED),
            "stop": STOP,
        },
    )


def query_from(contract: Contract, task: Task, persona: Persona, reply: QueryReply, now: datetime) -> Query:
    """The query of one task with what was written for it."""
    prompt = user_prompt(contract, task, persona, reply, now)
    return Query(task.id, task.key, task.kind, persona, reply.opening.strip(), prompt)


def instruction_faults(contract: Contract, task: Task, persona: Persona, now: datetime) -> list[str]:
    """What is wrong with the instructions of a task before anything was written for them; no opening can mend that."""
    blank = user_prompt(contract, task, persona, QueryReply(opening="", portrait=""), now)
    return prompt_complaints(Secrets.of(contract, task), task, blank)


def user_prompt(contract: Contract, task: Task, persona: Persona, reply: QueryReply, now: datetime) -> str:
    """Full instructions for whoever plays the user of a task."""
    told = _scenario(contract, task, now)
    view = {
        **told,
        "name": persona.name,
        "title": contract.title,
        "joint": contract.fusion is not None,
        "portrait": reply.portrait.strip(),
        "manner": persona.manner,
        "goals": [
            {**goal, "lines": [*goal["lines"], *only]}
            for goal, only in zip(told["goals"], only_ones(contract, task, mentions_of(contract, task)), strict=True)
        ],
        "held_facts": [*told["held_facts"], *({"line": line} for goal in told["goals"] for line in goal["held"])],
        "kind": task.kind,
        "opening": reply.opening.strip(),
        "stop": STOP,
    }
    return template(_PROMPTS / "user_prompt.md").render(**view).strip() + "\n"


def _variables(contract: Contract, task: Task, persona: Persona, now: datetime) -> dict[str, Any]:
    told = _scenario(contract, task, now)
    return {
        "task": task.id,
        "kind": task.kind,
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "now": now.isoformat(timespec="seconds"),
        "today": told["today"],
        "currency": contract.currency,
        "persona": persona.record(),
        "reason": told["reason"],
        "goals": [{k: v for k, v in goal.items() if k not in ("held", "lines")} for goal in told["goals"]],
        "facts": told["open_facts"],
        "withheld": [say_name(name) for name in sorted(withheld_names(task.scenario))],
    }


def _scenario(contract: Contract, task: Task, now: datetime) -> dict[str, Any]:
    """What the user of a task wants, why, and what they know, in words."""
    scenario = task.scenario
    withheld = withheld_names(scenario)
    about = _reason_about(contract, scenario)
    return {
        "today": _today(now),
        "reason": "" if about is not None else scenario.reason,
        "goals": [
            {**_goal(contract, goal, mentions, withheld), "reason": scenario.reason if index == about else ""}
            for index, (goal, mentions) in enumerate(zip(scenario.goals, mentions_of(contract, task), strict=True))
        ],
        "open_facts": _facts(contract, {k: v for k, v in scenario.knows.items() if k not in withheld}),
        "held_facts": _facts(contract, {k: v for k, v in scenario.knows.items() if k in withheld}),
    }


def _reason_about(contract: Contract, scenario: Scenario) -> int | None:
    """Which of several goals the reason is given for; None where it is given for all of them."""
    if len(scenario.goals) == 1:
        return None
    flows = contract.fusion.flows if contract.fusion else []
    entered = {flow.takes for flow in flows if scenario.reason in flow.because}
    for i, goal in enumerate(scenario.goals):
        tool = contract.tools.get(goal.tool)
        if goal.tool in entered or (tool and scenario.reason in tool.voice.because):
            return i
    return None


def _goal(contract: Contract, goal: Goal, mentions: Sequence[Mention], withheld: frozenset[str]) -> dict[str, Any]:
    tool = contract.tools.get(goal.tool)
    labels = Counter(detail.label for detail, m in zip(goal.details, mentions, strict=True) if m.kind != "record")
    worded = [
        (is_withheld(detail, withheld), *_detail(contract, detail, mention, labels[detail.label] > 1))
        for detail, mention in zip(goal.details, mentions, strict=True)
    ]
    return {
        "wants": goal.wants,
        "asks": goal.asks,
        "changes": tool is None or tool.access == "write",
        "details": [detail for held, detail, _ in worded if not held],
        "lines": joined(line for held, _, line in worded if not held),
        "held": joined(line for held, _, line in worded if held),
    }


def _detail(contract: Contract, detail: Detail, mention: Mention, ambiguous: bool) -> tuple[dict[str, Any], Line]:
    """A detail with all that a writer needs, and how the instructions put it."""
    value = plain_value(detail.value)
    label = _own_label(detail) if ambiguous else say_name(detail.label)
    says, extreme = _says(contract, value, detail.type), is_superlative(detail)
    line = line_of(contract, detail, mention, label, says, extreme=extreme)
    words = {
        "label": label,
        "value": value,
        "type": detail.type,
        "says": says,
        "phrase": detail.phrase,
        "kind": mention.kind,
        "noun": mention.noun,
        "role": mention.role,
        "extreme": extreme,
        "line": str(line),
    }
    return words, line


def _own_label(detail: Detail) -> str:
    """A label for one of several details with the same: ``companions[0].first_name`` -> "first name of companion 1"."""
    if item := re.match(r"(\w+?)s?\[(\d+)\]", detail.parameter):
        return f"{say_name(detail.label)} of {say_name(item[1])} {int(item[2]) + 1}"
    return say_name(detail.parameter)


def _facts(contract: Contract, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    worded = {name: _says(contract, value) for name, value in facts.items()}
    return [
        {"label": say_name(name), "value": value, "says": worded[name], "line": f"{say_name(name)}: {worded[name]}"}
        for name, value in facts.items()
    ]


def _says(contract: Contract, value: Any, type_: str = "text") -> str:
    """A value in words, followed by the exact form where words leave room."""
    worded = say_value(value, contract.currency if type_ == "money" else "")
    return f"{worded} ({value})" if parse_moment(value) is not None else worded


def _today(now: datetime) -> str:
    return f"{_WEEKDAYS[now.weekday()]}, {say_date(now.date())}"
