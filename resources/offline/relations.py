"""One verb phrase for each thing that the core person has to do with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"relations": [{entity, phrase}]}``, worded after the relationship that ties them.

    ``ties`` of an entity are the relationships (or, where there is none, the things between) through which the person
    reaches it.
    """
    return {
        "relations": [
            {"entity": entity["name"], "phrase": _phrase(entity["ties"], draws)} for entity in variables["entities"]
        ]
    }


def _phrase(ties: list[dict[str, Any]], draws: Draws) -> str:
    table = words("relations")
    for tie in ties:
        for word in reversed(tie["name"].split("_")):
            if word in table["verbs"] and tie["direct"]:
                return str(table["verbs"][word])
    if ties:
        name = ties[0]["name"].replace("_", " ")
        return str(draws.pick(table["direct" if ties[0]["direct"] else "through"])).format(tie=_plural(name))
    return str(draws.pick(table["loose"]))


def _plural(name: str) -> str:
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch", "sh")) else f"{name}s"
