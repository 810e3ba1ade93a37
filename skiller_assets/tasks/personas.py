"""Who the simulated user is and how they write.

A *manner* is a set of traits without a person; a domain has a stock of them. A *persona* is a manner on a human of the
world.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

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


_LEADING: Mapping[str, tuple[str, ...]] = {
    "tone": get_args(Tone),
    "patience": get_args(Degree),
    "verbosity": get_args(Degree),
    "discloses": get_args(Disclosure),
}
_COVERING = 20
"""So many manners have every value of the leading traits among them."""


class Manner(BaseModel):
    """How somebody writes to a service desk."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tone: Tone
    patience: Degree
    verbosity: Degree
    expertise: Literal["newcomer", "regular", "expert"]
    discloses: Disclosure
    case: Literal["sentence", "lower"]
    punctuation: Literal["full", "light", "expressive"]
    typos: Literal["none", "few"]


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

    different = math.ceil(count * _DISTINCT_SHARE)

    def complaints(reply: Manners) -> list[str]:
        found = [] if len(reply.manners) == count else [f"{len(reply.manners)} manners; wanted are {count}"]
        distinct = len(set(reply.manners))
        if distinct < different:
            found.append(f"only {distinct} of the manners differ; at least {different} have to")
        found += [f"manner {k}: {why}" for k, manner in enumerate(reply.manners, 1) for why in _contradictions(manner)]
        return found + (list(_unused(reply.manners)) if count >= _COVERING else [])

    variables = {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "domain": contract.domain,
        "count": count,
    }
    told = {"different": different, "covers": count >= _COVERING}
    request = Ask("personas", "semantic", _PROMPT, variables, Manners, (complaints,), told=told)
    return door.ask(request).manners


def _contradictions(manner: Manner) -> Iterator[str]:
    """Traits that nobody has together."""
    if manner.tone == "formal" and (manner.case == "lower" or manner.typos == "few" or manner.punctuation != "full"):
        yield "who writes formally has sentence case, full punctuation and no typos"
    if manner.tone == "hurried" and manner.verbosity == "high":
        yield "who is in a hurry has not the time for a high verbosity"


def _unused(manners: Sequence[Manner]) -> Iterator[str]:
    """Values of the leading traits that no manner has."""
    for trait, values in _LEADING.items():
        if missing := [value for value in values if all(getattr(manner, trait) != value for manner in manners)]:
            yield f"no manner has the {trait} {' or '.join(missing)}; each value has to occur"


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
