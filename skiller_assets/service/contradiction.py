"""Rules of one tool that cannot be met together, although each can: looked for where no call is permitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.service.search import Explorer, Findings
from skiller_assets.service.solve import Goal


@dataclass(frozen=True)
class Together(Goal):
    """Calls that meet some rules, whatever the others say."""

    rules: tuple[str, ...] = ()

    def reached(self, tool: CompiledTool, failed: tuple[str, ...]) -> bool:
        """Whether none of the rules fails."""
        return not set(self.rules) & set(failed)

    def conditions(self, tool: CompiledTool) -> dict[str, bool]:
        """The rules, all of which must hold."""
        return dict.fromkeys(self.rules, True)


def contradicting(explorer: Explorer, findings: Findings) -> tuple[str, ...]:
    """The fewest rules of a tool that were never met together: a pair where there is one, else a set without surplus.

    Empty where all of them are met together, or one of them alone is never met, which is a fault of another kind.
    """
    tool = explorer.compiled.tools[findings.tool]
    rules = tuple(rule.rule.id for rule in tool.rules)
    seen = [set(rules) - set(found.fails) for found in findings.found]

    def are_met(some: Sequence[str]) -> bool:
        if any(set(some) <= held for held in seen):
            return True
        return explorer.find(tool, Together(rules=tuple(some))) is not None

    if not all(are_met((rule,)) for rule in rules) or are_met(rules):
        return ()
    pair = next((pair for pair in combinations(rules, 2) if not are_met(pair)), None)
    if pair is not None:
        return pair
    needed = list(rules)
    for rule in rules:
        fewer = [r for r in needed if r != rule]
        needed = needed if are_met(fewer) else fewer
    return tuple(needed)
