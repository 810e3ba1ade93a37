"""What an authored contract does beyond what can run: every value is chosen from something, every list is short."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from skiller_assets.contract.compile import CompiledContract, CompiledReturns
from skiller_assets.contract.model import Constant, Contract, Parameter
from skiller_assets.contract.structure import sentences_of
from skiller_assets.contract.wording import say_constant

SPACED = (
    "datetime() puts a space between day and time, and the columns a T, so they never compare: write "
    "strftime('%Y-%m-%dT%H:%M:%S', …)"
)


def habit_complaints(compiled: CompiledContract) -> list[str]:
    """Parameters without plausible values, lists without order or end, rules without an answer or with two meanings."""
    contract = compiled.contract
    found = [*_rules(contract), *_units(contract)]
    for name, tool in compiled.tools.items():
        if any(_makes_spaces(statement.tokens) for statement in tool.statements):
            found.append(f"tool {name}: {SPACED}")
        for parameter, declared in tool.tool.parameters.items():
            found += _choices(f"tool {name}: parameter {parameter}", declared)
        found += _lists(f"tool {name}: returns", tool.returns, outermost=True)
    return found


def _makes_spaces(tokens: Sequence[Token]) -> bool:
    return any(a.text.lower() == "datetime" and b.token_type == TokenType.L_PAREN for a, b in pairwise(tokens))


def _units(contract: Contract) -> Iterator[str]:
    """Sentences that say the unit of a constant once more: ``{notice_hours} hours`` reads “24 hours hours”."""
    for place, sentence in sentences_of(contract):
        for name, constant in contract.constants.items():
            reads = say_constant(constant, contract.currency)
            for unit in _units_of(constant, contract.currency):
                if re.search(rf"\{{{name}\}}\s*{re.escape(unit)}\b", sentence):
                    yield f"{place}: says “{{{name}}} {unit}”, and {{{name}}} reads “{reads}”: leave {unit} out"


def _units_of(constant: Constant, currency: str) -> tuple[str, ...]:
    if constant.type == "money":
        return (currency, "dollars", "euros")
    return (constant.unit,) if constant.unit else ()


def _choices(place: str, p: Parameter) -> Iterator[str]:
    if p.choose is not None or p.refers_to or p.enum or p.type == "boolean":
        return
    if isinstance(p.items, dict):
        for name, item in p.items.items():
            yield from _choices(f"{place}: {name}", item)
    elif p.items is not None:
        yield from _choices(place, p.items)
    else:
        yield (
            f"{place}: nothing says which values people ask for: give it refers_to, an enum, or choose (a list, or SQL "
            "with one column)"
        )


def _lists(place: str, returns: CompiledReturns | None, *, outermost: bool = False) -> Iterator[str]:
    if returns is None:
        return
    if returns.shape == "many":
        kinds = {token.token_type for token in returns.statement.tokens}
        if TokenType.ORDER_BY not in kinds:
            yield f"{place}: a list without order: add ORDER BY, the key last, so that equal calls show equal rows"
        if outermost and TokenType.LIMIT not in kinds:
            yield f"{place}: a list without end: add LIMIT 15"
    for name, child in returns.children:
        yield from _lists(f"{place}: {name}", child)


def _rules(contract: Contract) -> Iterator[str]:
    first: dict[str, tuple[str, str]] = {}
    for tool in contract.tools:
        for rule in contract.rules_of(tool):
            if not rule.answer:
                yield f"tool {tool}: rule {rule.id}: has no answer: say shortly what a refused customer is told"
            where, says = first.setdefault(rule.id, (tool, rule.says))
            if says != rule.says:
                yield (
                    f"tool {tool}: rule {rule.id}: an id means one rule, and in {where} it says “{says}”: give this "
                    "one another id, or share one rule through rule_groups"
                )
