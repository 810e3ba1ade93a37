"""Why one person deals with both domains, and how they point to what is carried over: asked for, and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.model import Contract
from skiller_assets.contract.rename import domain_of
from skiller_assets.contract.wording import render, say_name
from skiller_assets.fusion.members import Member

_PROMPT = Path(__file__).parent / "prompts" / "pair_story.md"
_LEAST_REASONS = 2
_SHORTEST_PHRASE, _LONGEST_PHRASE = 2, 14
"""Words."""
_SHORTEST_SAYING = 20
"""Characters."""

_ENDED = re.compile(r"[.!?…][\"”’')]*$")


class FlowWords(BaseModel):
    """How a customer speaks of one value flow."""

    model_config = ConfigDict(extra="forbid")

    id: str
    phrase: str
    because: list[str]


class PairStory(BaseModel):
    """The reply to ``pair_story``."""

    model_config = ConfigDict(extra="forbid")

    says: str = Field(min_length=_SHORTEST_SAYING)
    because: list[str]
    flows: list[FlowWords]


def ask_story(contract: Contract, one: Member, other: Member, flows: Sequence[ValueFlow], door: Door) -> PairStory:
    """The story of a pair and the words of its flows. Raises :class:`~skiller_assets.ask.AskFailed`."""
    request = Ask(
        name="pair_story",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, one, other, flows),
        reply=PairStory,
        validators=(lambda reply: story_complaints(contract, flows, reply),),
        told={
            "reasons": _LEAST_REASONS,
            "shortest": _SHORTEST_PHRASE,
            "longest": _LONGEST_PHRASE,
            "saying": _SHORTEST_SAYING,
        },
    )
    return door.ask(request)


def story_complaints(contract: Contract, flows: Sequence[ValueFlow], reply: PairStory) -> list[str]:
    """Flows left out, added or told twice; words that a customer would not use."""
    wanted, told = [flow.id for flow in flows], [words.id for words in reply.flows]
    found = [f"flow {i} is missing" for i in wanted if i not in told]
    others = f"; its flows are {', '.join(wanted)}" if wanted else "; it has none"
    found += [f"{i} is no flow of this pair{others}" for i in told if i not in wanted]
    found += [f"flow {i} is told twice" for i in sorted({i for i in told if told.count(i) > 1})]
    found += _named_tools(contract, "says", reply.says)
    found += _reason_complaints(contract, "the pair", reply.because)
    for words in reply.flows:
        found += _phrase_complaints(contract, words)
        found += _reason_complaints(contract, f"flow {words.id}", words.because)
    return found


def _phrase_complaints(contract: Contract, words: FlowWords) -> Iterator[str]:
    place = f"flow {words.id}: phrase “{words.phrase}”"
    if not _SHORTEST_PHRASE <= len(words.phrase.split()) <= _LONGEST_PHRASE:
        yield f"{place}: wanted are {_SHORTEST_PHRASE} to {_LONGEST_PHRASE} words that point to the value"
    if words.phrase.endswith(".") or "{" in words.phrase:
        yield f"{place}: is to stand inside a sentence, without a full stop or braces"
    yield from _unfit(contract, place, words.phrase)


def _reason_complaints(contract: Contract, place: str, reasons: Sequence[str]) -> Iterator[str]:
    if len(set(reasons)) < _LEAST_REASONS:
        yield f"{place}: {len(set(reasons))} different reasons; at least {_LEAST_REASONS} are wanted"
    for reason in reasons:
        if not _ENDED.search(reason.strip()):
            yield f"{place}: “{reason}” is no full sentence: end it with a full stop"
        yield from _unfit(contract, place, reason)


def _unfit(contract: Contract, place: str, text: str) -> Iterator[str]:
    if re.search(r"\d", text):
        yield f"{place}: “{text}” says a number, which only records know"
    yield from _named_tools(contract, place, text)


def _named_tools(contract: Contract, place: str, text: str) -> Iterator[str]:
    """Tools that a text names; one whose own name is a single word may be meant as that word."""
    for name in contract.tools:
        own = name.rpartition("__")[2]
        if "_" in own and re.search(rf"\b{own}\b", text):
            yield f"{place}: “{text}” names the tool {name}"


def _variables(contract: Contract, one: Member, other: Member, flows: Sequence[ValueFlow]) -> dict[str, Any]:
    members = {m.domain: m for m in (one, other)}
    return {
        "title": contract.title,
        "members": [
            {
                "title": m.contract.title,
                "describe": render(m.contract, m.contract.describe),
                "role": say_name(m.principal),
            }
            for m in (one, other)
        ],
        "flows": [_told(contract, members, flow) for flow in flows],
    }


def _told(contract: Contract, members: dict[str, Member], flow: ValueFlow) -> dict[str, Any]:
    giver, taker = (members[domain_of(name)] for name in (flow.gives, flow.takes))
    parameter = contract.tools[flow.takes].parameters[flow.parameter]
    label, _, record = flow.phrase.removeprefix("the ").partition(" of my ")
    both = {say_name(t.label or n) for n, t in taker.contract.tables.items()}
    return {
        "id": flow.id,
        "affinity": flow.affinity,
        "derivation": flow.derivation,
        "giver": giver.contract.title,
        "taker": taker.contract.title,
        "label": label,
        "record": record,
        "ambiguous": record in both,
        "goal": contract.tools[flow.takes].voice.wants[0],
        "parameter": parameter.label or say_name(flow.parameter),
        "inside": parameter.phrase or "{value}",
        "phrase": flow.phrase,
    }
