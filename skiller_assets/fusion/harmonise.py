"""Conduct of two desks at one: what holds where both speak on the same matter; every original rule survives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.fusion import Resolution
from skiller_assets.contract.model import Conduct, Contract, OutOfScope
from skiller_assets.contract.rename import domain_of
from skiller_assets.contract.vocabulary import ConductKind
from skiller_assets.contract.wording import render
from skiller_assets.fusion.members import Member

JOINT = "joint"
"""The namespace of conduct rules that belong to neither domain."""

_PROMPT = Path(__file__).parent / "prompts" / "mediation.md"
_DATA = Path(__file__).parent / "data" / "scope_words.yaml"
_SHORTEST_CLAUSE = 30
"""Characters of a clause and of a reason."""

_TECHNICAL = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_SAME_WISH = 0.75
"""The share of the telling words of a wish that somebody else's tool has to have for the two to be the same wish."""


class Mediated(BaseModel):
    """How one matter on which both domains have conduct rules is settled."""

    model_config = ConfigDict(extra="forbid")

    kind: ConductKind
    resolution: Literal["stricter", "bridge", "both"]
    clause: str
    reason: str


class Mediation(BaseModel):
    """The reply to ``mediation``."""

    model_config = ConfigDict(extra="forbid")

    resolutions: list[Mediated]


def contested(contract: Contract, one: Member, other: Member) -> dict[ConductKind, list[str]]:
    """The matters on which both domains have conduct rules, with the ids of all of them."""
    found: dict[ConductKind, list[str]] = {}
    for kind in get_args(ConductKind):
        rules = [c.id for c in contract.conduct if c.kind == kind and not c.id.startswith(f"{JOINT}__")]
        sides = {domain_of(rule) for rule in rules}
        if {one.domain, other.domain} <= sides:
            found[kind] = rules
    return found


def ask_mediation(contract: Contract, one: Member, other: Member, door: Door) -> Settlement:
    """How each contested matter is settled. Raises :class:`~skiller_assets.ask.AskFailed`."""
    matters = contested(contract, one, other)
    if not matters:
        return Settlement(())
    request = Ask(
        name="mediation",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, one, other, matters),
        reply=Mediation,
        validators=(lambda reply: mediation_complaints(matters, reply),),
        told={"shortest": _SHORTEST_CLAUSE},
    )
    return Settlement(tuple(_settled(matters, m) for m in door.ask(request).resolutions))


@dataclass(frozen=True)
class Settlement:
    """The record of each contested matter, with the conduct rule that it adds, if any."""

    matters: tuple[tuple[Resolution, Conduct | None], ...]


def _settled(matters: Mapping[ConductKind, Sequence[str]], m: Mediated) -> tuple[Resolution, Conduct | None]:
    clause = Conduct(id=f"{JOINT}__{m.kind}", kind=m.kind, says=m.clause) if m.resolution == "bridge" else None
    record = Resolution(
        kind=m.kind,
        rules=list(matters[m.kind]),
        resolution=m.resolution,
        clause=clause.id if clause else "",
        reason=m.reason,
    )
    return record, clause


def mediation_complaints(matters: Mapping[ConductKind, Sequence[str]], reply: Mediation) -> list[str]:
    """Matters left open or settled twice, bridges without a clause, clauses with numbers of their own."""
    kinds = [m.kind for m in reply.resolutions]
    found = [f"{kind} is not settled" for kind in matters if kind not in kinds]
    found += [f"{kind} is not contested; the matters are {', '.join(matters)}" for kind in kinds if kind not in matters]
    found += [f"{kind} is settled twice" for kind in sorted({k for k in kinds if kinds.count(k) > 1})]
    for m in reply.resolutions:
        if m.resolution == "bridge" and len(m.clause) < _SHORTEST_CLAUSE:
            found.append(
                f"{m.kind}: a bridge needs a clause that says what holds at the joint desk, a sentence of at least "
                f"{_SHORTEST_CLAUSE} characters"
            )
        if m.resolution != "bridge" and m.clause:
            found.append(f"{m.kind}: only a bridge has a clause of its own; leave it empty, or make it a bridge")
        if re.search(r"\d|\{", m.clause):
            found.append(f"{m.kind}: the clause “{m.clause}” has a number or a placeholder; domains set numbers")
        if technical := _TECHNICAL.search(m.clause):
            found.append(f"{m.kind}: the clause “{m.clause}” names {technical[0]}; say it in plain words")
        if len(m.reason) < _SHORTEST_CLAUSE:
            found.append(f"{m.kind}: the reason “{m.reason}” does not say why; at least {_SHORTEST_CLAUSE} characters")
    return found


def served_elsewhere(one: Member, other: Member) -> dict[str, str]:
    """What one domain does not handle and a tool of the other does: out-of-scope id → tool, both namespaced."""
    return {
        m.under(topic.id): tool
        for m, n in ((one, other), (other, one))
        for topic in m.contract.out_of_scope
        if (tool := _serving(topic, n))
    }


def _serving(topic: OutOfScope, other: Member) -> str | None:
    wishes = [_telling(want) for want in topic.wants]
    for name, tool in other.contract.tools.items():
        if any(_alike(wish, _telling(want)) for wish in wishes for want in tool.voice.wants):
            return other.under(name)
    return None


def _alike(one: set[str], other: set[str]) -> bool:
    """Whether two wishes are about the same, going by the words that tell what they are about."""
    common = len(one & other)
    return common > 1 and common >= _SAME_WISH * len(one) and common > len(other) / 2


def _telling(text: str) -> set[str]:
    """The words of a wish that say what it is about."""
    return {word for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in _common()}


@cache
def _common() -> frozenset[str]:
    return frozenset(yaml.safe_load(_DATA.read_text(encoding="utf-8"))["common"])


def _variables(
    contract: Contract, one: Member, other: Member, matters: Mapping[ConductKind, Sequence[str]]
) -> dict[str, Any]:
    says = {c.id: render(contract, c.says) for c in contract.conduct}
    return {
        "title": contract.title,
        "members": [{"domain": m.domain, "title": m.contract.title} for m in (one, other)],
        "matters": [
            {"kind": kind, "rules": [{"id": rule, "says": says[rule]} for rule in rules]}
            for kind, rules in matters.items()
        ],
    }


def original_rules(one: Member, other: Member) -> Iterator[str]:
    """The ids of all conduct rules of both domains, namespaced: what a joint policy may not lose."""
    for member in (one, other):
        yield from (member.under(c.id) for c in member.contract.conduct)
