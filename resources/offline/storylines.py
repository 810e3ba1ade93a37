"""Goals that one person would pursue in one conversation: the contract's own, and some that its structure suggests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words

_PROPOSALS = 12
_REASONS = 3


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"storylines": [{goals, says, because}]}``; never a pair that the ask lists as a conflict."""
    own = [dict(storyline) for storyline in variables["storylines"]]
    taken = {tuple(storyline["goals"]) for storyline in own}
    blocked = {tuple(pair) for pair in variables["conflicts"]}
    tools = {tool["name"]: tool for tool in variables["tools"] if tool["wants"]}
    proposals = []
    for pattern, first, second in draws.shuffled(list(_candidates(tools))):
        if (first, second) in taken or (first, second) in blocked:
            continue
        taken.add((first, second))
        proposals.append(_storyline(pattern, tools[first], tools[second], draws))
        if len(proposals) == _PROPOSALS:
            break
    return {"storylines": own + proposals}


def _candidates(tools: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    reads = [tool for tool in tools.values() if tool["access"] == "read"]
    writes = [tool for tool in tools.values() if tool["access"] == "write"]
    for change in writes:
        for look in reads:
            if set(look["shows"]) & set(change["needs"]):
                yield "look_then_change", look["name"], change["name"]
            if set(look["shows"]) & set(change["writes"]):
                yield "change_then_look", change["name"], look["name"]
        for other in writes:
            if other is not change and not set(other["writes"]) & set(change["writes"]):
                yield "two_changes", change["name"], other["name"]


def _storyline(pattern: str, first: Mapping[str, Any], second: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    frames = words("storylines")[pattern]
    says = draws.pick(frames["says"]).format(first=draws.pick(first["wants"]), second=draws.pick(second["wants"]))
    real = [reason for tool in (first, second) for reason in tool["because"]]
    because = draws.shuffled(real)[: _REASONS - 1] + draws.shuffled(frames["because"])
    return {
        "goals": [first["name"], second["name"]],
        "says": says[:1].upper() + says[1:],
        "because": because[:_REASONS],
    }
