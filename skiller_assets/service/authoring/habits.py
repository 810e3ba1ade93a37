"""What an authored contract does beyond what can run: every value is chosen from something, every list is short."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot.tokenizer_core import TokenType

from skiller_assets.contract.compile import CompiledContract, CompiledReturns
from skiller_assets.contract.model import Contract, Parameter


def habit_complaints(compiled: CompiledContract) -> list[str]:
    """Parameters without plausible values, lists without order or end, rules without an answer or with two meanings."""
    contract = compiled.contract
    found = [*_rules(contract)]
    for name, tool in compiled.tools.items():
        for parameter, declared in tool.tool.parameters.items():
            found += _choices(f"tool {name}: parameter {parameter}", declared)
        found += _lists(f"tool {name}: returns", tool.returns, outermost=True)
    return found


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
            yield f"{place}: a list without order: add ORDER BY, its last column the key, so that equal calls show equal rows"
        if outermost and TokenType.LIMIT not in kinds:
            yield f"{place}: a list without end: add LIMIT 15"
    for name, child in returns.children:
        yield from _lists(f"{place}: {name}", child)


def _rules(contract: Contract) -> Iterator[str]:
    first: dict[str, tuple[str, str]] = {}
    for tool in contract.tools:
        for rule in contract.rules_of(tool):
            if not rule.answer:
                yield f"tool {tool}: rule {rule.id}: has no answer: say in a short phrase what a refused customer is told"
            where, says = first.setdefault(rule.id, (tool, rule.says))
            if says != rule.says:
                yield (
                    f"tool {tool}: rule {rule.id}: an id means one rule, and in {where} it says “{says}”: give this one "
                    "another id, or share one rule through rule_groups"
                )
