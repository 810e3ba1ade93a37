"""What failed of a trial, in the order in which it is worth mending, short enough to be read by whoever mends it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.model import Contract
from skiller_assets.service.suite import Case, Suite
from skiller_assets.service.trial import Failure, Report
from skiller_assets.world.builtins import SCHEMAS

_KINDS = (
    "listing", "permitted", "denied", "let_through", "confirmation", "invalid", "unauthorized", "credentials",
    "isolation", "builtin", "random", "served",
)  # fmt: skip
"""From what has one cause to what may have any."""

SERVED = "served"
"""In place of a case: what MCP clients get from a server that passes every case in process."""

_MOST_GROUPS = 10
_MOST_CALLS = 6
_MOST_TEXT = 700


@dataclass(frozen=True)
class Group:
    """Failures of one tool in one kind of case; ``told`` is the one that says most."""

    tool: str | None
    kind: str
    cases: int
    told: Failure
    calls: tuple[str, ...]

    def __str__(self) -> str:
        more = f" (and {self.cases - 1} more of this kind)" if self.cases > 1 else ""
        lines = [f"{self.told.case}{more}:", *(f"  {call}" for call in self.calls)]
        return "\n".join([*lines, f"  expected {_cut(self.told.expected)}", f"  got      {_cut(self.told.got)}"])


@dataclass(frozen=True)
class Triage:
    """The groups most worth mending, the most telling first, and how many others there are."""

    broken: str | None
    groups: tuple[Group, ...]
    left_out: int

    def lines(self) -> list[str]:
        """For a prompt: what cannot be used at all, or one text a group."""
        if self.broken is not None:
            return [f"the module cannot be used: {_cut(self.broken)}"]
        more = [f"{self.left_out} more groups of failures are not shown"] if self.left_out else []
        return [*map(str, self.groups), *more]

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools concerned, sorted."""
        return tuple(sorted({group.tool for group in self.groups if group.tool is not None}))


def triage(report: Report, suite: Suite) -> Triage:
    """Groups by tool and kind of case: of each the failure that comes first in its case, of those the shortest."""
    if report.broken is not None:
        return Triage(report.broken, (), 0)
    cases = {case.id: case for case in suite.cases}
    sorted_in: dict[tuple[str, str | None], list[Failure]] = {}
    for failure in report.failures:
        sorted_in.setdefault(_group_of(failure, cases.get(failure.case)), []).append(failure)
    groups = [_grouped(kind, tool, found, cases) for (kind, tool), found in sorted_in.items()]
    groups.sort(key=lambda group: (_KINDS.index(group.kind), -group.cases, group.tool or ""))
    return Triage(None, tuple(groups[:_MOST_GROUPS]), max(0, len(groups) - _MOST_GROUPS))


def contract_parts(contract: Contract, tools: Sequence[str]) -> dict[str, Any]:
    """What the contract says of some tools (of all, where none is named), with their rules in full, and constants."""
    names = list(tools) or [*contract.tools, *SCHEMAS]
    told: dict[str, Any] = {}
    for name in names:
        if name in SCHEMAS:
            told[name] = dict(zip(("describe", "input_schema"), SCHEMAS[name], strict=True))
        if name not in contract.tools:
            continue
        dumped = contract.tools[name].model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"voice"})
        rules = [rule.model_dump(mode="json", exclude_unset=True) for rule in contract.rules_of(name)]
        told[name] = {**dumped, **({"rules": rules} if rules else {})}
    constants = {name: constant.model_dump(mode="json") for name, constant in contract.constants.items()}
    return {"constants": constants, "tools": told}


def _group_of(failure: Failure, case: Case | None) -> tuple[str, str | None]:
    if case is None:
        return SERVED if failure.case == SERVED else "listing", None
    if case.tool is None and failure.step is not None and failure.step < len(case.steps):
        return case.about, case.steps[failure.step].tool
    return case.about, case.tool


def _grouped(kind: str, tool: str | None, found: Sequence[Failure], cases: dict[str, Case]) -> Group:
    told = min(found, key=lambda f: (f.step is None, f.step or 0, len(f.got), f.case))
    case = cases.get(told.case)
    known = tool if case is None or tool in {step.tool for step in case.steps} else None
    return Group(known, kind, len(found), told, tuple(_calls(told, case)))


def _calls(failure: Failure, case: Case | None) -> Iterator[str]:
    """The calls that led to a failure, those that went well before it with how they ended; the last of them."""
    if case is None:
        return
    last = len(case.steps) - 1 if failure.step is None else failure.step
    first = max(0, last + 1 - _MOST_CALLS)
    if first:
        yield f"… {first} calls before"
    for number in range(first, last + 1):
        step = case.steps[number]
        ended = f" → {step.status}" if number != failure.step else "   ← here"
        yield f"[session {step.session}] {step.tool}({_cut(json.dumps(step.arguments))}){ended}"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + "…"
