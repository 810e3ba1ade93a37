"""Why arguments are refused, in words that a caller can act on: bounded, printable, the same in every process."""

from __future__ import annotations

import fastjsonschema

from skiller_assets.contract.values import shown

_MOST_NAMED = 5


def refusal(error: fastjsonschema.JsonSchemaValueException) -> str:
    """What is wrong with the arguments: ``days must be integer``, ``items[0] takes no 'colour'``."""
    where = str(error.name).removeprefix("data").removeprefix(".") or "the call"
    if error.rule == "additionalProperties":
        # The library's own text lists a set, whose order differs from process to process.
        unknown = sorted(set(error.value) - set(error.definition["properties"]))
        known = ", ".join(error.definition["properties"]) or "none"
        return f"{where} takes no {', '.join(shown(name) for name in unknown[:_MOST_NAMED])}; there is: {known}"
    return where + str(error.message).removeprefix(str(error.name))
