"""The two tools that every service has: arithmetic, and handing the conversation to a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import fastjsonschema

from skiller_assets.world.arguments import refusal
from skiller_assets.world.arithmetic import NotArithmetic, calculate
from skiller_assets.world.outcome import Outcome

TRANSFER = "transfer_to_human"
CALCULATE = "calculate"
_LONGEST = 200

SCHEMAS: Mapping[str, tuple[str, dict[str, Any]]] = {
    CALCULATE: (
        "Work out an arithmetic expression exactly, rounded to two decimals.",
        {
            "type": "object",
            "properties": {
                "expression": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": _LONGEST,
                    "description": "Numbers, + - * / and parentheses, for example (120.50 - 20) * 3.",
                }
            },
            "required": ["expression"],
            "additionalProperties": False,
        },
    ),
    TRANSFER: (
        "Hand the conversation to a human colleague; only where the policy says so. It ends the conversation.",
        {
            "type": "object",
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "What it is about."}
            },
            "required": ["summary"],
            "additionalProperties": False,
        },
    ),
}
_VALIDATORS = {name: fastjsonschema.compile(schema, use_default=False) for name, (_, schema) in SCHEMAS.items()}


def call_builtin(name: str, arguments: Any) -> Outcome:
    """Answer a call of a built-in tool; it changes nothing and needs no authorization."""
    try:
        _VALIDATORS[name](arguments)
    except fastjsonschema.JsonSchemaValueException as error:
        return Outcome("invalid", message=refusal(error))
    if name == TRANSFER:
        return Outcome("ok", {"transferred": True})
    try:
        value = calculate(arguments["expression"])
    except NotArithmetic as error:
        return Outcome("invalid", message=f"not an arithmetic expression: {error}")
    return Outcome("ok", {"value": value})
