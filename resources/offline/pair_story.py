"""Why one person deals with two desks at once, and how they point to what is carried over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words
from skiller_assets.contract.english import with_article

_REASONS = 3


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"says", "because", "flows": [{id, phrase, because}]}``."""
    data = words("pair_story")
    one, other = variables["members"]
    desks = {"one": one["title"], "other": other["title"]}
    desks |= {"a_role_one": with_article(one["role"]), "a_role_other": with_article(other["role"])}
    return {
        "says": draws.pick(data["says"]).format(**desks),
        "because": draws.shuffled(data["because"])[: _REASONS + 1],
        "flows": [
            {
                "id": flow["id"],
                "phrase": _phrase(flow),
                "because": _reasons(flow, draws),
            }
            for flow in variables["flows"]
        ],
    }


def _reasons(flow: Mapping[str, Any], draws: Draws) -> list[str]:
    forms: list[str] = draws.shuffled(words("pair_story")["reasons"][flow["affinity"]])
    return [form.format(record=flow["record"]) for form in forms[:_REASONS]]


def _phrase(flow: Mapping[str, Any]) -> str:
    """``the day my rental starts``, ``what my repair costs``; whose record is meant where both desks have one."""
    data = words("pair_story")
    label, record = flow["label"], flow["record"]
    phrase = f"the {label} of my {record}"
    for pattern, form in data["phrases"]["day" if flow["derivation"] == "day" else "same"].items():
        if found := re.match(pattern, label):
            phrase = form.format(label=label, record=record, **found.groupdict())
            break
    if label == record:
        phrase = f"the {label} that I have there"
    return data["other_desk"].format(phrase=phrase, giver=flow["giver"]) if flow["ambiguous"] else phrase
