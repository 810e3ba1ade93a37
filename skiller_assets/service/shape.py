"""The shape of a service: what it is when names and wordings are taken away."""

from __future__ import annotations

import hashlib
from collections import Counter

from skiller_assets.contract.compile import CompiledContract
from skiller_assets.contract.model import Contract

_ROUNDS = 4


def shape_of(compiled: CompiledContract) -> str:
    """A hash of a contract's foreign-key graph, up to names, and of how many rules and effects of which kinds it has.

    Two services of the same shape differ in words and numbers only. Effects are counted by what they do to which kind
    of table.
    """
    contract = compiled.contract
    rules = Counter(rule.kind for tool in contract.tools for rule in contract.rules_of(tool))
    effects = Counter(
        f"{op} {kind_of(contract, table)}"
        for tool in compiled.tools.values()
        for effect in tool.effects
        for op, table in sorted({(op, table) for op, table, _ in effect.statement.writes})
    )
    return _digest(foreign_key_graph(contract), sorted(rules.items()), sorted(effects.items()))


def foreign_key_graph(contract: Contract) -> str:
    """A hash of which kinds of tables refer to which, up to names: colours refined by Weisfeiler and Leman's method."""
    edges = [
        (name, attribute.refers_to.partition(".")[0])
        for name, table in contract.tables.items()
        for attribute in table.attributes.values()
        if attribute.refers_to
    ]
    colours = {name: kind_of(contract, name) for name in contract.tables}
    for _ in range(_ROUNDS):
        colours = {
            name: _digest(
                colour,
                sorted(colours[target] for source, target in edges if source == name),
                sorted(colours[source] for source, target in edges if target == name),
            )
            for name, colour in colours.items()
        }
    return _digest(sorted(colours.values()))


def kind_of(contract: Contract, table: str) -> str:
    """``person``, ``peripheral``, ``relationship`` or ``child``."""
    if table in contract.entities:
        return contract.entities[table].kind
    return "relationship" if table in contract.relationships else "child"


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
