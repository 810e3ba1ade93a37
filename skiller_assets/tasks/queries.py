"""From a verified task to what its user says: persona, opening message, instructions for the simulator.

The opening is asked for; the instructions are rendered from the scenario, so that the user knows all of it and nothing
more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, AskFailed, Door
from skiller_assets.ask.templates import template
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import parse_moment, render, say_date, say_name, say_value
from skiller_assets.tasks.personas import Human, Persona, ask_manners, persona_of
from skiller_assets.tasks.query_check import STOP, Secrets, opening_complaints, portrait_complaints, prompt_complaints
from skiller_assets.tasks.records import Detail, Goal, Task
from skiller_assets.tasks.similarity import Openings
from skiller_assets.tasks.told import held_details, plain_value, told_details, withheld_names

_PROMPTS = Path(__file__).parent / "prompts"
_MANNERS = 24
_ATTEMPTS = 8
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
    contract: Contract, tasks: Sequence[Task], people: Mapping[str, Human], door: Door, now: datetime
) -> Queries:
    """A query for every task, in order. ``people`` maps the key of a principal to who that is.

    A task for which no acceptable opening is written is dropped with the reason. Raises
    :class:`~skiller_assets.ask.AskFailed` only when the stock of manners cannot be had.
    """
    manners = ask_manners(contract, _MANNERS, door)
    openings, found = Openings(), Queries()
    for task in tasks:
        persona = persona_of(task.id, manners, people.get(task.person, Human(None)), now.date())
        try:
            query = write_query(contract, task, persona, openings, door, now)
        except AskFailed as error:
            found.dropped.append({"task_id": task.id, "kind": task.kind, "reason": str(error)})
            continue
        openings.add(query.opening)
        found.written.append(query)
    return found


def write_query(
    contract: Contract, task: Task, persona: Persona, openings: Openings, door: Door, now: datetime
) -> Query:
    """The query of one task. Raises :class:`~skiller_assets.ask.AskFailed`."""
    secrets = Secrets.of(contract, task)

    def complaints(reply: QueryReply) -> list[str]:
        prompt = user_prompt(contract, task, persona, reply, now)
        return [
            *opening_complaints(secrets, reply.opening),
            *openings.complaints(reply.opening),
            *portrait_complaints(secrets, reply.portrait),
            *prompt_complaints(secrets, task, prompt),
        ]

    request = Ask(
        name="query",
        role="semantic",
        template=_PROMPTS / "query.md",
        variables=_variables(contract, task, persona, now),
        reply=QueryReply,
        validators=(complaints,),
        attempts=_ATTEMPTS,
    )
    reply = door.ask(request)
    prompt = user_prompt(contract, task, persona, reply, now)
    return Query(task.id, task.key, task.kind, persona, reply.opening.strip(), prompt)


def user_prompt(contract: Contract, task: Task, persona: Persona, reply: QueryReply, now: datetime) -> str:
    """Full instructions for whoever plays the user of a task."""
    scenario = task.scenario
    withheld = withheld_names(scenario)
    view = {
        "name": persona.name,
        "title": contract.title,
        "today": _today(now),
        "portrait": reply.portrait.strip(),
        "manner": persona.manner,
        "reason": scenario.reason,
        "goals": [_goal(contract, goal, withheld) for goal in scenario.goals],
        "open_facts": _facts(contract, {k: v for k, v in scenario.knows.items() if k not in withheld}),
        "held_facts": [
            *_facts(contract, {k: v for k, v in scenario.knows.items() if k in withheld}),
            *(_detail(contract, detail) for detail in held_details(scenario)),
        ],
        "kind": task.kind,
        "opening": reply.opening.strip(),
        "stop": STOP,
    }
    return template(_PROMPTS / "user_prompt.md").render(**view).strip() + "\n"


def _variables(contract: Contract, task: Task, persona: Persona, now: datetime) -> dict[str, Any]:
    scenario = task.scenario
    withheld = withheld_names(scenario)
    return {
        "task": task.id,
        "kind": task.kind,
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "now": now.isoformat(timespec="seconds"),
        "today": _today(now),
        "currency": contract.currency,
        "persona": persona.record(),
        "reason": scenario.reason,
        "goals": [_goal(contract, goal, withheld) for goal in scenario.goals],
        "facts": _facts(contract, {k: v for k, v in scenario.knows.items() if k not in withheld}),
        "withheld": [say_name(name) for name in sorted(withheld)],
    }


def _goal(contract: Contract, goal: Goal, withheld: frozenset[str]) -> dict[str, Any]:
    return {
        "wants": goal.wants,
        "asks": goal.asks,
        "details": [_detail(contract, detail) for detail in told_details(goal, withheld)],
    }


def _detail(contract: Contract, detail: Detail) -> dict[str, Any]:
    return {
        "label": say_name(detail.label),
        "value": plain_value(detail.value),
        "type": detail.type,
        "says": _says(contract, plain_value(detail.value), detail.type),
        "phrase": detail.phrase,
    }


def _facts(contract: Contract, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"label": say_name(name), "value": value, "says": _says(contract, value)} for name, value in facts.items()]


def _says(contract: Contract, value: Any, type_: str = "text") -> str:
    """A value in words, followed by the exact form where words leave room."""
    worded = say_value(value, contract.currency if type_ == "money" else "")
    return f"{worded} ({value})" if parse_moment(value) is not None else worded


def _today(now: datetime) -> str:
    return f"{_WEEKDAYS[now.weekday()]}, {say_date(now.date())}"
