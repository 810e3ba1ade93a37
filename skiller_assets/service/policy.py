"""The document that an agent must follow, rendered from a contract.

Every sentence that states a rule comes from the contract; around it stand connecting phrases from
``templates/policy_phrases.yaml`` and the contract's own background, or one that is asked for. Each tool's procedure
lies between ``<!-- TOOL: x -->`` and ``<!-- TOOL_END: x -->``; each rule carries its id in a comment, so that a program
can find it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, Door
from skiller_assets.ask.templates import template
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render, say_constant, say_name, say_title
from skiller_assets.service.policy_check import (
    closed_world_complaints,
    count_words,
    known_numbers,
    unused_statuses,
    words_allowed,
)
from skiller_assets.service.policy_view import TEMPLATES, Style, policy_view, record_view

_PROMPT = Path(__file__).parent / "prompts" / "policy_background.md"
_TEMPLATE = TEMPLATES / "policy.md"
_SHORTEST_BACKGROUND, _LONGEST_BACKGROUND = 120, 600
_FEWEST_SECTIONS, _MOST_SECTIONS = 3, 5


class Background(BaseModel):
    """The reply to ``policy_background``: markdown with ``###`` headings."""

    markdown: str


def styles(has_own_background: bool) -> list[Style]:
    """Policies from the fullest to the leanest; what goes first is what a tool's schema says as well."""
    economies: list[dict[str, Any]] = [
        {"needs": False},
        {"attributes": False},
        {"reads": "brief"},
        {"phrases": "short"},
        {"describe_states": False},
        {"writes": "brief"},
        {"plain_records": False},
    ]
    if has_own_background:  # which introduces the records in its own words
        economies.append({"records": False})
    economies += [{"writes": "none"}, {"reads": "none"}]
    found = [Style()]
    for economy in economies:
        found.append(replace(found[-1], **economy))
    return found


def build_policy(contract: Contract, summary: Mapping[str, Any], door: Door) -> str:
    """The policy of a service as markdown, as full as the length allows.

    ``summary`` is the database summary of the same key: record types without rows are left out. Raises
    :class:`~skiller_assets.ask.AskFailed` when a background has to be asked for and none is acceptable.
    """
    own = render(contract, contract.background).strip()
    sections = _sections(own or _ask_background(contract, door))
    economies = styles(bool(own))
    drafts = [(style, len(sections)) for style in economies]
    # Last resort for a service with very many rules: the background gives way from its end.
    drafts += [(economies[-1], kept) for kept in range(len(sections) - 1, 0, -1)]
    text = ""
    for style, kept in drafts:
        background = "\n\n".join(sections[:kept])
        text = tidy(template(_TEMPLATE).render(**policy_view(contract, summary, background, style)))
        if count_words(text) <= words_allowed(contract)[1]:
            break
    return text


def _sections(markdown: str) -> list[str]:
    """A text cut before each of its ``###`` headings."""
    return [part.strip() for part in re.split(r"(?m)^(?=### )", markdown) if part.strip()]


def _ask_background(contract: Contract, door: Door) -> str:
    request = Ask(
        name="policy_background",
        role="semantic",
        template=_PROMPT,
        variables=_background_variables(contract),
        reply=Background,
        validators=(lambda reply: background_complaints(contract, reply.markdown),),
        told={
            "fewest": _FEWEST_SECTIONS,
            "most": _MOST_SECTIONS,
            "numbers": known_numbers(contract),
            "unused": unused_statuses(contract),
        },
    )
    return door.ask(request).markdown.strip()


def background_complaints(contract: Contract, markdown: str) -> list[str]:
    """Everything wrong with a background: its length, its sections, markers of its own, what the contract lacks."""
    words, headings = count_words(markdown), re.findall(r"(?m)^(#+) ", markdown)
    found = closed_world_complaints(contract, markdown)
    if not _SHORTEST_BACKGROUND <= words <= _LONGEST_BACKGROUND:
        found.append(f"{words} words; wanted are {_SHORTEST_BACKGROUND} to {_LONGEST_BACKGROUND}")
    if others := sorted({mark for mark in headings if mark != "###"}):
        found.append(f"headings with {', '.join(others)}: sections have ### headings, and there are no others")
    if not _FEWEST_SECTIONS <= headings.count("###") <= _MOST_SECTIONS:
        found.append(
            f"{headings.count('###')} sections with ### headings; wanted are {_FEWEST_SECTIONS} to {_MOST_SECTIONS}"
        )
    if "<!--" in markdown:
        found.append("there is a comment <!-- … -->: the handbook keeps its markers there, so leave it out")
    return found


def _background_variables(contract: Contract) -> dict[str, Any]:
    style = Style(attributes=False)
    return {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "context": contract.context,
        "currency": contract.currency,
        "customer": say_name(contract.principals[0]),
        "records": [record_view(contract, name, table, style) for name, table in contract.tables.items()],
        "tools": [
            {"title": say_title(name), "describe": render(contract, tool.describe), "access": tool.access}
            for name, tool in contract.tools.items()
        ],
        "constants": [
            f"{say_name(name)}: {say_constant(constant, contract.currency)}"
            for name, constant in contract.constants.items()
        ],
        "shortest": _SHORTEST_BACKGROUND,
        "longest": _LONGEST_BACKGROUND,
    }


def tidy(text: str) -> str:
    """No runs of blank lines, one newline at the end."""
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.rstrip()
        is_item_gap = not stripped and len(lines) > 1 and lines[-1] == ""
        if not is_item_gap:
            lines.append(stripped)
    return "\n".join(lines).strip() + "\n"
