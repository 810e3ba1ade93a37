"""The two tools that every service has: arithmetic, and handing the conversation to a person."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, DecimalException
from typing import Any

import fastjsonschema

from skiller_assets.world.outcome import Outcome

TRANSFER = "transfer_to_human"
CALCULATE = "calculate"
_LONGEST = 200
_OPERATORS: dict[type[ast.AST], Callable[..., Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}

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
        return Outcome("invalid", message=str(error.message))
    if name == TRANSFER:
        return Outcome("ok", {"transferred": True})
    try:
        value = _evaluate(ast.parse(arguments["expression"], mode="eval").body)
        rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    except (SyntaxError, ValueError, DecimalException, RecursionError, MemoryError) as error:
        return Outcome("invalid", message=f"not an arithmetic expression: {error}")
    return Outcome("ok", {"value": float(rounded)})


def _evaluate(node: ast.AST) -> Decimal:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Decimal(str(node.value))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.operand))
    raise ValueError("only numbers, + - * / and parentheses")
