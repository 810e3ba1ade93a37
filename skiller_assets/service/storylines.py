"""Storyline edges of the tool graph: goals that one person would pursue in one conversation.

State, information and conflict edges are computed; which goals make sense together has to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.model import Contract, Returns, Storyline, Tool
from skiller_assets.contract.wording import render

_PROMPT = Path(__file__).parent / "prompts" / "storylines.md"
_READ = re.compile(
    r"\b(?:FROM|JOIN)\s+([a-z_][a-z0-9_]*)(?:\s+(?:AS\s+)?"
    r"(?!(?:JOIN|ON|WHERE|ORDER|GROUP|LEFT|INNER|CROSS|LIMIT|UNION|USING)\b)([a-z_][a-z0-9_]*))?",
    re.IGNORECASE,
)
"""A table that a query reads, and what it is called there."""
_COLUMN = re.compile(r"\b([a-z_][a-z0-9_]*)\.([a-z_][a-z0-9_]*)", re.IGNORECASE)
_TEXT, _INNER = re.compile(r"'[^']*'"), re.compile(r"\([^()]*\)")
_MOST_NEW = 12
"""Storylines that an author adds to those of the contract."""

_FEWEST_REASONS, _LONGEST_REASON = 2, 200
_TECHNICAL = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_ABOUT_THE_PERSON = re.compile(
    r"^(?:The|This|A) (?:customer|person|user|client) (?:wants?|needs?|wishes|is|has|would|must)\b"
)
_TARGET = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+([a-z_][a-z0-9_]*)", re.IGNORECASE)


class Storylines(BaseModel):
    """The reply to ``storylines``."""

    storylines: list[Storyline]


def ask_storylines(contract: Contract, conflicts: Collection[tuple[str, str]], door: Door) -> list[Storyline]:
    """The storylines of a service: the contract's own first, in its words, then those that the author adds.

    ``conflicts`` are pairs (A, B) where calling A leaves nothing for B to do: no storyline has A before B, unless the
    contract itself says so. Raises :class:`~skiller_assets.ask.AskFailed`.
    """
    own = [s.model_copy(update={"says": render(contract, s.says)}) for s in contract.storylines]
    blocked = set(conflicts) - {pair for own in contract.storylines for pair in _ordered_pairs(own.goals)}
    request = Ask(
        name="storylines",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, blocked),
        reply=Storylines,
        validators=(lambda reply: storyline_complaints(contract, blocked, reply.storylines),),
        told={"most": _MOST_NEW, "fewest_reasons": _FEWEST_REASONS, "longest_reason": _LONGEST_REASON},
    )
    return own + _added(contract, door.ask(request).storylines)


def _added(contract: Contract, storylines: list[Storyline]) -> list[Storyline]:
    """Those that the contract does not have; an author may repeat its own."""
    own = {tuple(storyline.goals) for storyline in contract.storylines}
    return [storyline for storyline in storylines if tuple(storyline.goals) not in own]


def storyline_complaints(
    contract: Contract, conflicts: Collection[tuple[str, str]], storylines: list[Storyline]
) -> list[str]:
    """Unknown or authorizing tools, conflicting or repeated goals, too many of them, reasons that nobody would give.

    What the contract says itself is not judged.
    """
    found: list[str] = []
    goals_of = [tuple(storyline.goals) for storyline in storylines]
    added = _added(contract, storylines)
    for storyline in added:
        found += [f"{_named(storyline)}: {why}" for why in _faults(contract, conflicts, storyline)]
    for goals in sorted({goals for goals in goals_of if goals_of.count(goals) > 1}):
        found.append(f"{' → '.join(goals)}: proposed more than once")
    if len(added) > _MOST_NEW:
        found.append(f"{len(added)} storylines are added; at most {_MOST_NEW} are wanted")
    return found


def _faults(contract: Contract, conflicts: Collection[tuple[str, str]], storyline: Storyline) -> list[str]:
    found = []
    for goal in storyline.goals:
        tool = contract.tools.get(goal)
        if tool is None:
            found.append(f"{goal} is no tool of this service; the goals are {', '.join(_goals(contract))}")
        elif tool.access == "authorize":
            found.append(f"{goal} only establishes who is calling; it is no goal")
        elif not tool.voice.wants:
            found.append(f"{goal} is nothing that a customer asks for; the goals are {', '.join(_goals(contract))}")
    if repeated := sorted({goal for goal in storyline.goals if storyline.goals.count(goal) > 1}):
        found.append(f"{', '.join(repeated)} stands twice in it")
    for first, second in _ordered_pairs(storyline.goals):
        if (first, second) in conflicts:
            found.append(f"after {first}, {second} was seen to be refused on the same record")
    if technical := _TECHNICAL.search(storyline.says):
        found.append(f"“{storyline.says}” names {technical[0]}, a technical name")
    if len(set(storyline.because)) < _FEWEST_REASONS:
        found.append(
            f"{len(set(storyline.because))} different reasons why a person would want this; at least {_FEWEST_REASONS} "
            "are wanted"
        )
    own = {reason for tool in contract.tools.values() for reason in tool.voice.because}
    found += [fault for reason in storyline.because if reason not in own for fault in _reason_faults(reason)]
    return found


def _reason_faults(reason: str) -> Iterator[str]:
    """Why a reason cannot be told to whoever plays the customer of any task of this storyline."""
    if not re.search(r"[.!?…][\"”’')]*$", reason.strip()):
        yield f"reason “{reason}” is no full sentence: end it with a full stop"
    if re.search(r"\d", reason):
        yield f"reason “{reason}” says a number, which no customer of another task would say"
    if technical := _TECHNICAL.search(reason):
        yield f"reason “{reason}” names {technical[0]}, a technical name"
    if _ABOUT_THE_PERSON.search(reason):
        yield f"reason “{reason}” speaks about the person: let the person say it, as “I …” or “My …”"
    if len(reason) > _LONGEST_REASON:
        yield f"reason “{reason[:40]}…” has {len(reason)} characters; at most {_LONGEST_REASON} are wanted"


def _goals(contract: Contract) -> list[str]:
    """The tools that a customer may want to be used."""
    return [name for name, tool in contract.tools.items() if tool.access != "authorize" and tool.voice.wants]


def _ordered_pairs(goals: list[str]) -> list[tuple[str, str]]:
    return [(a, b) for i, a in enumerate(goals) for b in goals[i + 1 :]]


def _named(storyline: Storyline) -> str:
    return " → ".join(storyline.goals)


def _variables(contract: Contract, conflicts: Collection[tuple[str, str]]) -> dict[str, Any]:
    return {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "tools": [
            tool_digest(contract, name, tool) for name, tool in contract.tools.items() if tool.access != "authorize"
        ],
        "storylines": [
            {"goals": own.goals, "says": render(contract, own.says), "because": own.because}
            for own in contract.storylines
        ],
        "conflicts": sorted(map(list, conflicts)),
    }


def tool_digest(contract: Contract, name: str, tool: Tool) -> dict[str, Any]:
    """A tool in brief: what its answer is about, which tables its effects change and of what it has to be told one."""
    tables = set(contract.tables)
    changed = {table for effect in tool.effects for table in _TARGET.findall(effect.sql)}
    needs = {p.refers_to.partition(".")[0] for p in tool.parameters.values() if p.refers_to and not p.optional}
    return {
        "name": name,
        "access": tool.access,
        "describe": render(contract, tool.describe),
        "wants": list(tool.voice.wants),
        "because": list(tool.voice.because),
        "shows": sorted(_shown(contract, tool.returns)),
        "writes": sorted(changed & tables),
        "needs": sorted(needs & tables),
    }


def _shown(contract: Contract, returns: Returns | None) -> set[str]:
    """The tables of whose rows the answer consists, joined ones and those of subqueries left out."""
    if returns is None:
        return set()
    main = _source(contract, returns.one or returns.many or returns.value or "", is_list=returns.many is not None)
    return ({main} if main else set()).union(*(_shown(contract, child) for child in returns.children.values()))


def _source(contract: Contract, sql: str, *, is_list: bool) -> str | None:
    """The table whose rows a query shows: that whose key a list shows first, or else the one that it begins with.

    Where WITH makes up what the outermost query reads, the first table that is read at all.
    """
    outer, before = _TEXT.sub("''", sql), ""
    while outer != before:
        outer, before = _INNER.sub(" ", outer), outer
    named = {alias or table: table for table, alias in _READ.findall(outer) if table in contract.tables}
    keys = {(alias, contract.tables[table].key[-1]): table for alias, table in named.items()}
    columns = _COLUMN.findall(re.split(r"(?i)\bFROM\b", outer)[0]) if is_list else []
    shown = [keys[column] for column in columns if column in keys]
    read = [table for table, _ in _READ.findall(sql) if table in contract.tables]
    return next(iter([*shown, *named.values(), *read]), None)
