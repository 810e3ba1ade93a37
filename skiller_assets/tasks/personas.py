"""Who the simulated user is and how they write.

A *manner* is a set of traits without a person; a domain has a stock of them. A *persona* is a manner on a human of the
world.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render
from skiller_assets.world.image import World
from skiller_assets.world.roles import people_in

_PROMPT = Path(__file__).parent / "prompts" / "personas.md"
_DISTINCT_SHARE = 0.5

Tone = Literal["friendly", "formal", "hurried", "anxious", "frustrated", "cheerful", "plain"]
Degree = Literal["low", "medium", "high"]
Disclosure = Literal["everything at once", "the basics first", "one thing at a time"]


class Manner(BaseModel):
    """How somebody writes to a service desk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tone: Tone
    patience: Degree
    verbosity: Degree
    expertise: Literal["newcomer", "regular", "expert"]
    discloses: Disclosure
    case: Literal["sentence", "lower"] = "sentence"
    punctuation: Literal["full", "light", "expressive"] = "full"
    typos: Literal["none", "few"] = "none"


class Manners(BaseModel):
    """The reply to ``personas``."""

    manners: list[Manner]


@dataclass(frozen=True)
class Human:
    """The person of the world in whose name a task is done; what is not on record is None."""

    name: str | None
    date_of_birth: str | None = None


@dataclass(frozen=True)
class Persona:
    """A manner on a human. ``age_band`` is a decade such as ``30s``, "adult" where no birth date is on record."""

    name: str
    age_band: str
    manner: Manner

    def record(self) -> dict[str, str]:
        """The persona as task and query files hold it."""
        return {"name": self.name, "age_band": self.age_band, **self.manner.model_dump()}


def ask_manners(contract: Contract, count: int, door: Door) -> list[Manner]:
    """``count`` manners for the customers of a service. Raises :class:`~skiller_assets.ask.AskFailed`."""

    def complaints(reply: Manners) -> list[str]:
        found = [] if len(reply.manners) == count else [f"{len(reply.manners)} manners; wanted are {count}"]
        distinct = len(set(reply.manners))
        if distinct < count * _DISTINCT_SHARE:
            found.append(f"only {distinct} of the manners differ")
        return found

    variables = {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "domain": contract.domain,
        "count": count,
    }
    request = Ask("personas", "semantic", _PROMPT, variables, Manners, (complaints,))
    return door.ask(request).manners


def persona_of(task_id: str, manners: list[Manner], human: Human, now: date) -> Persona:
    """The persona of a task: the manner follows from the task's id, the rest from the human."""
    index = int.from_bytes(hashlib.blake2b(f"manner:{task_id}".encode(), digest_size=8).digest(), "big") % len(manners)
    return Persona(human.name or "the customer", _age_band(human.date_of_birth, now), manners[index])


def _age_band(date_of_birth: str | None, now: date) -> str:
    if date_of_birth is None:
        return "adult"
    born = date.fromisoformat(date_of_birth)
    age = now.year - born.year - ((now.month, now.day) < (born.month, born.day))
    if age < 18:
        return "under 18"
    return "18 or 19" if age < 20 else f"{min(age // 10, 9) * 10}s"


def people_of(world: World) -> dict[int, Human]:
    """Who may be served in a world, by number, as far as names and birth dates are on record."""
    principal = world.contract.principals[0]
    table = world.contract.tables[principal]
    by_human = {a.generate.human: name for name, a in table.attributes.items() if a.generate and a.generate.human}
    names = [by_human[field] for field in ("full_name",) if field in by_human]
    names = names or [by_human[field] for field in ("first_name", "last_name") if field in by_human]
    born = by_human.get("date_of_birth")
    columns = [table.key[0], *names, *([born] if born else [])]
    selected = ", ".join(f'"{column}"' for column in columns)
    with world.open() as session:
        rows = session.query(f'SELECT {selected} FROM "{principal}"')
    humans = {
        str(key): Human(" ".join(rest[: len(names)]) or None, rest[len(names)] if born else None) for key, *rest in rows
    }
    return {person.human: humans[person.key(principal)] for person in people_in(world)}
