"""Whether what people say in a contract reads like people: wants as verb phrases, reasons as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skiller_assets.contract.model import Contract

_FIRST_PERSON = re.compile(r"(?i)(?:i|i'm|i'd|we|please|can|could|want|would)\b")
_SENTENCE = re.compile(r"[A-Z\"'“0-9].*[.!?…][\"'”)]?", re.DOTALL)


def manner_complaints(contract: Contract) -> list[str]:
    """Every want that does not go on after “I would like to …”, every reason that is no sentence."""
    found: list[str] = []
    names = set(contract.tools)
    for name, tool in contract.tools.items():
        found += _wants(f"tool {name}: voice", tool.voice.wants, names)
        found += _reasons(f"tool {name}: voice", tool.voice.because)
    for request in contract.out_of_scope:
        found += _wants(f"out of scope {request.id}", request.wants, names)
        found += _reasons(f"out of scope {request.id}", request.because)
    for i, storyline in enumerate(contract.storylines, 1):
        found += _reasons(f"storyline {i}", storyline.because)
    found += _silent_goals(contract)
    return found


def _wants(place: str, wants: list[str], tools: set[str]) -> Iterator[str]:
    for want in wants:
        if _FIRST_PERSON.match(want) or not re.search(r"[a-z]", want[:1]) or want.rstrip().endswith((".", "!", "?")):
            yield f"{place}: the want “{want}” must go on after “I would like to …”: begin with a verb, no full stop"
        elif named := sorted(tool for tool in tools if "_" in tool and tool in want):
            yield f"{place}: the want “{want}” names the tool {named[0]}; say what a person says"


def _reasons(place: str, reasons: list[str]) -> Iterator[str]:
    for reason in reasons:
        if not _SENTENCE.fullmatch(reason.strip()):
            yield f"{place}: the reason “{reason}” must be a whole sentence, from its capital letter to its full stop"


def _silent_goals(contract: Contract) -> Iterator[str]:
    for i, storyline in enumerate(contract.storylines, 1):
        for goal in storyline.goals:
            if goal in contract.tools and not contract.tools[goal].voice.wants:
                yield f"storyline {i}: nobody wants {goal}: give its voice some wants, or choose another goal"
