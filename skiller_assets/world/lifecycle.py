"""Whether records went only the ways that their lifecycles allow."""

from __future__ import annotations

import networkx as nx

from skiller_assets.contract.model import Contract, Lifecycle
from skiller_assets.world.diff import Change, Diff


def illegal_transitions(contract: Contract, diff: Diff, *, one_call: bool = False) -> list[str]:
    """What the lifecycles do not allow, one line for each record, in the order of the diff.

    A diff is a net effect: of several calls a record may have taken several steps, of ``one_call`` each change must be
    one step, and a new record of one call begins in the initial state.
    """
    found = []
    for change in diff:
        lifecycle = contract.tables[change.table].lifecycle
        fault = _fault(change, lifecycle, one_call) if lifecycle and change.after else None
        if fault:
            found.append(f"{change.table} {', '.join(map(str, change.key))} {fault}")
    return found


def _fault(change: Change, lifecycle: Lifecycle, one_call: bool) -> str | None:
    after = (change.after or {}).get(lifecycle.column)
    if change.op == "insert":
        begun = after == lifecycle.initial or (not one_call and after in lifecycle.states)
        return None if begun else f"begins as {after}, not as {lifecycle.initial}"
    before = (change.before or {}).get(lifecycle.column)
    if after is None or before == after or after in _following(lifecycle, str(before), one_call):
        return None
    return f"goes from {before} to {after}"


def _following(lifecycle: Lifecycle, state: str, one_call: bool) -> set[str]:
    """The states that may come next, or later unless ``one_call``."""
    if state not in lifecycle.states:
        return set()
    if one_call:
        return set(lifecycle.states[state].next)
    graph: nx.DiGraph[str] = nx.DiGraph((s, n) for s, declared in lifecycle.states.items() for n in declared.next)
    return set(nx.descendants(graph, state)) if state in graph else set()
