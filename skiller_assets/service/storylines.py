"""Storyline edges of the tool graph: goals that one person would pursue in one conversation.

State, information and conflict edges are computed; which goals make sense together has to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.model import Contract, Returns, Storyline, Tool
from skiller_assets.contract.wording import render

_PROMPT = Path(__file__).parent / "prompts" / "storylines.md"
_SOURCE = re.compile(r"\bFROM\s+([a-z_][a-z0-9_]*)", re.IGNORECASE)
_TARGET = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+([a-z_][a-z0-9_]*)", re.IGNORECASE)


class Storylines(BaseModel):
    """The reply to ``storylines``."""

    storylines: list[Storyline]


def ask_storylines(contract: Contract, conflicts: Collection[tuple[str, str]], door: Door) -> list[Storyline]:
    """The storylines of a service: the contract's own first, then those that the author adds.

    ``conflicts`` are pairs (A, B) where calling A leaves nothing for B to do: no storyline has A before B, unless the
    contract itself says so. Raises :class:`~skiller_assets.ask.AskFailed`.
    """
    blocked = set(conflicts) - {pair for own in contract.storylines for pair in _ordered_pairs(own.goals)}
    request = Ask(
        name="storylines",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, blocked),
        reply=Storylines,
        validators=(lambda reply: storyline_complaints(contract, blocked, reply.storylines),),
    )
    return door.ask(request).storylines


def storyline_complaints(
    contract: Contract, conflicts: Collection[tuple[str, str]], storylines: list[Storyline]
) -> list[str]:
    """Unknown or authorizing tools, conflicting or repeated goals, missing reasons, lost storylines of the contract."""
    found: list[str] = []
    goals_of = [tuple(storyline.goals) for storyline in storylines]
    for storyline in storylines:
        found += [f"{_named(storyline)}: {why}" for why in _faults(contract, conflicts, storyline)]
    for goals in sorted({goals for goals in goals_of if goals_of.count(goals) > 1}):
        found.append(f"{' → '.join(goals)}: proposed more than once")
    for own in contract.storylines:
        if tuple(own.goals) not in goals_of:
            found.append(f"{_named(own)}: a storyline of the contract is missing")
    return found


def _faults(contract: Contract, conflicts: Collection[tuple[str, str]], storyline: Storyline) -> list[str]:
    found = []
    for goal in storyline.goals:
        tool = contract.tools.get(goal)
        if tool is None:
            found.append(f"{goal} is no tool of this service")
        elif tool.access == "authorize":
            found.append(f"{goal} only establishes who is calling; it is no goal")
    for first, second in _ordered_pairs(storyline.goals):
        if (first, second) in conflicts:
            found.append(f"after {first} there is nothing left for {second} to do")
    if not storyline.because:
        found.append("there is no reason why a person would want this")
    return found


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
    """A tool in brief: what its answer is about, which tables its effects change and whose keys it asks for."""
    tables = set(contract.tables)
    changed = {table for effect in tool.effects for table in _TARGET.findall(effect.sql)}
    needs = {p.refers_to.partition(".")[0] for p in tool.parameters.values() if p.refers_to}
    return {
        "name": name,
        "access": tool.access,
        "describe": render(contract, tool.describe),
        "wants": list(tool.voice.wants),
        "because": list(tool.voice.because),
        "shows": sorted(_shown(tool.returns) & tables),
        "writes": sorted(changed & tables),
        "needs": sorted(needs & tables),
    }


def _shown(returns: Returns | None) -> set[str]:
    """The tables of whose rows the answer consists, joined ones left out."""
    if returns is None:
        return set()
    main = _SOURCE.search(returns.one or returns.many or returns.value or "")
    return ({main[1]} if main else set()).union(*(_shown(child) for child in returns.children.values()))
