"""Whether moments and yes-or-no values that a conversation comes to have names that people say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from skiller_assets.contract.compile import CompiledContract, CompiledReturns
from skiller_assets.contract.model import Contract, Parameter
from skiller_assets.contract.wording import say_name

_ASKED = ("date", "datetime")
_TOLD = ("date", "datetime", "time", "boolean")
_UNSAID = re.compile(r"(?:is|has|was|may|can|needs|wants|at|on) .*|.* (?:at|on|by|from|until)")
"""Words that are no noun: nobody asks for “the starts at”."""


def called_complaints(compiled: CompiledContract) -> list[str]:
    """Every argument of a wish, and every date that an answer to one shows, that is called by no noun."""
    contract = compiled.contract
    found: list[str] = []
    for name, tool in compiled.tools.items():
        if tool.tool.voice.wants:
            found += _arguments(contract, name)
            found += _shown(contract, tool.returns) if tool.tool.access == "read" else []
    return list(dict.fromkeys(found))


def _arguments(contract: Contract, tool: str) -> Iterator[str]:
    for name, parameter in contract.tools[tool].parameters.items():
        words = _label(contract, parameter) or say_name(name)
        if parameter.type in _TOLD and _UNSAID.fullmatch(words):
            yield (
                f"parameters: {tool}.{name}: a customer is told of it as “{words}: …”, which nobody says: give it a "
                f"label, a noun {_example(parameter.type)}"
            )


def _label(contract: Contract, parameter: Parameter) -> str | None:
    attribute = contract.attribute(parameter.refers_to) if parameter.refers_to else None
    return parameter.label or (attribute.label if attribute else None)


def _shown(contract: Contract, returns: CompiledReturns | None) -> Iterator[str]:
    if returns is None:
        return
    for column in returns.columns:
        attribute = contract.attribute(column.origin) if column.origin else None
        words = (attribute.label if attribute else None) or say_name(column.name)
        if attribute is not None and attribute.type in _ASKED and _UNSAID.fullmatch(words):
            yield (
                f"columns: {column.origin}: a customer asks for “the {words}”, which nobody says: give it a label, a "
                f"noun {_example(attribute.type)}"
            )
    for _, child in returns.children:
        yield from _shown(contract, child)


def _example(type_: str) -> str:
    return "such as “express service”" if type_ == "boolean" else "such as “day of the booking” or “start”"
