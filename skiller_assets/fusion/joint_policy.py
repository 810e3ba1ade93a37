"""The document for an agent who serves two domains at one desk: what holds for both, then each domain in turn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skiller_assets.ask.templates import template
from skiller_assets.contract.fusion import Fusion
from skiller_assets.contract.model import Contract
from skiller_assets.contract.wording import render
from skiller_assets.fusion.harmonise import JOINT
from skiller_assets.service.policy import styles, tidy
from skiller_assets.service.policy_check import count_words, words_allowed
from skiller_assets.service.policy_view import Style, policy_view

_TEMPLATE = Path(__file__).parent / "templates" / "joint_policy.md"
_BACKGROUND = re.compile(r"\A# [^\n]*\n\n[^\n]*\n\n(.*?)(?=^## )", re.DOTALL | re.MULTILINE)


def joint_policy(contract: Contract, summary: Mapping[str, Any], policies: Mapping[str, str]) -> str:
    """The policy of a pair as markdown, as full as the length allows.

    ``summary`` is the database summary of the pair, ``policies`` are those of its domains, whose prose it takes over.
    """
    assert contract.fusion is not None
    backgrounds = {domain: _background(policies[domain]) for domain in contract.fusion.members}
    text = ""
    for style in styles(has_own_background=True):
        text = tidy(template(_TEMPLATE).render(**_view(contract, contract.fusion, summary, backgrounds, style)))
        if count_words(text) <= words_allowed(contract)[1]:
            break
    return text


def _background(policy: str) -> str:
    """The prose of a domain's policy: what stands between its introduction and its first section."""
    found = _BACKGROUND.search(policy)
    return found[1].strip() if found else ""


def _view(
    contract: Contract,
    fusion: Fusion,
    summary: Mapping[str, Any],
    backgrounds: Mapping[str, str],
    style: Style,
) -> dict[str, Any]:
    joint = policy_view(contract.model_copy(update={"conduct": _conduct_of(contract, JOINT)}), summary, "", style)
    parts = {
        domain: policy_view(part_of(contract, domain), summary, backgrounds[domain], style) for domain in fusion.members
    }
    return {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "says": fusion.says,
        "joint": joint["conduct"],
        "parts": [{**part, "title": fusion.titles[domain]} for domain, part in parts.items()],
        "phrases": joint["phrases"],
    }


def part_of(contract: Contract, domain: str) -> Contract:
    """What belongs to one domain of a fused contract, as a contract to look at (it is not to be compiled)."""

    def own(names: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in names.items() if name.startswith(f"{domain}__")}

    tools = own(contract.tools)
    return contract.model_copy(
        update={
            "tools": tools,
            "relationships": own(contract.relationships),
            "entities": {},
            "rule_groups": own(contract.rule_groups),
            "conduct": _conduct_of(contract, domain),
            "out_of_scope": [item for item in contract.out_of_scope if item.id.startswith(f"{domain}__")],
        }
    )


def _conduct_of(contract: Contract, namespace: str) -> list[Any]:
    return [item for item in contract.conduct if item.id.startswith(f"{namespace}__")]
