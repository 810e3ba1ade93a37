"""One verb phrase for each thing that the core person has to do with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words
from skiller_assets.contract.english import plural

_LONGEST = 48
"""A longer phrase would not fit on an edge of the picture."""


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"relations": [{entity, phrase}]}``, worded after the thing, or else after what ties the person to it."""
    return {
        "relations": [{"entity": entity["name"], "phrase": _phrase(entity, draws)} for entity in variables["entities"]]
    }


def _phrase(entity: Mapping[str, Any], draws: Draws) -> str:
    table, ties = words("relations"), entity["ties"]
    for name in (entity["name"], entity["name"].rpartition("_")[2]):
        if name in table["entities"]:
            return str(table["entities"][name])
    for tie in ties:
        if tie["how"] == "direct" and (verb := table["verbs"].get(tie["name"].rpartition("_")[2])):
            return str(verb)
    if not ties:
        return str(draws.pick(table["loose"]))
    nearest = ties[0]
    name = nearest["name"].replace("_", " ")
    phrase = str(draws.pick(table[nearest["how"]])).format(tie=plural(name) if nearest["how"] == "direct" else name)
    return phrase if len(phrase) <= _LONGEST else str(draws.pick(table["loose"]))
