"""Two predicates of one rule, asked of the same calls: where they differ, and in how many.

Calls are sampled, then moved to where either predicate tips over (the clock, a constant, an amount), and at last
searched for. A call that names a record which does not exist may be refused: that is never held against a predicate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.sql import Statement
from skiller_assets.contract.values import SqlValue
from skiller_assets.service.asked_calls import (
    WIDTH,
    AskedCalls,
    AskedFor,
    Broken,
    Case,
    ask,
    asked_before,
    holds,
)
from skiller_assets.service.axes import Axis, axes_of, turning_points
from skiller_assets.service.solve import Search
from skiller_assets.world.session import Session

_MOVED = 8
"""How many calls of a rule are moved along each axis, from among those that meet it and those that break it."""

_SEARCHED, _FOUND = 40, 4
"""For how many people calls are searched for by which the predicates differ, and how many for each."""


@dataclass(frozen=True)
class Difference:
    """What the contract's predicate (``own``) and the other say of a case; they differ in ``differs`` of ``calls``.

    ``alike`` is a case of which both say the same, and what, where there is one.
    """

    case: Case
    own: bool
    other: bool
    differs: int
    calls: int
    alike: tuple[Case, bool] | None


def why_broken(calls: AskedCalls, tool: CompiledTool, rule_id: str, statement: Statement) -> str | None:
    """Why a predicate cannot be asked of the sampled calls of a rule, or None."""
    for session, case in calls.served(tool, [case for case, _ in calls.of(tool, rule_id)]):
        try:
            ask(session, tool, statement, calls.bound(session, tool, case))
        except Broken as error:
            return str(error)
    return None


def compare(calls: AskedCalls, tool: CompiledTool, rule_id: str, other: Statement) -> Difference | None:
    """Where a predicate differs from the contract's own, or None where it does not in all that was tried."""
    pair = _Pair(calls, tool, rule_id, other)
    pair.look()
    if not pair.differing:
        pair.move()
    if not pair.differing:
        pair.search()
    return pair.difference()


class _Pair:
    """The contract's predicate of a rule and another, and what has been seen of them."""

    def __init__(self, calls: AskedCalls, tool: CompiledTool, rule_id: str, other: Statement) -> None:
        self._calls, self._tool, self._rule, self._other = calls, tool, rule_id, other
        rules = {rule.rule.id: rule.statement for rule in tool.rules}
        self._own = rules[rule_id]
        self._before = [rules[name] for name in asked_before(tool, rule_id)]
        self._sampled = calls.of(tool, rule_id)
        self._alike: tuple[Case, bool] | None = None
        self.differing: list[tuple[Case, bool, bool]] = []

    def difference(self) -> Difference | None:
        """What has been found. The example is the first that was seen; what was moved or searched for counts, too."""
        if not self.differing:
            return None
        cases = {repr((case.person, case.setup, case.arguments)) for case, _, _ in self.differing}
        known = {repr((case.person, case.setup, case.arguments)) for case, _ in self._sampled}
        case, own, other = self.differing[0]
        return Difference(case, own, other, len(cases), len(known | cases), self._alike)

    def look(self) -> None:
        """Asks both of every sampled call."""
        for session, case in self._calls.served(self._tool, [case for case, _ in self._sampled]):
            self._compare(session, case)

    def move(self) -> None:
        """Moves some calls along the axes until a predicate tips over, and looks on both sides of that."""
        axes = axes_of(self._calls.explorer.compiled, self._tool, self._calls.world.now, self._own, self._other)
        sides = [[case for case, held in self._sampled if held is side] for side in (True, False)]
        some = [case for side in sides for case in _spread(side, _MOVED // 2)]
        for session, case in self._calls.served(self._tool, some if axes else []):
            for axis in axes:
                if not self.differing:
                    self._move_along(session, case, axis)

    def search(self) -> None:
        """Searches for calls by which the predicates differ."""
        own, other = (f"coalesce(({statement.sql}), 0) = 1" for statement in (self._own, self._other))
        names = tuple(dict.fromkeys((*self._own.parameters, *self._other.parameters)))
        differ = {"the predicates differ": (f"SELECT ({own}) <> ({other})", names)}
        search, explorer = Search(self._tool, AskedFor(self._rule), differ), self._calls.explorer
        for person in explorer.people(self._tool.principal)[:_SEARCHED]:
            session = explorer.serve(self._tool.principal, person)
            if search.suits(session):
                pool = explorer.pools.of(session, self._tool, WIDTH)
                for taken in search.run(session, pool, _FOUND):
                    self._compare(session, Case(person, (), taken))

    def _compare(self, session: Session, case: Case) -> None:
        bound = self._calls.bound(session, self._tool, case)
        own, other = (holds(session, self._tool, statement, bound) for statement in (self._own, self._other))
        if own == other:
            self._alike = self._alike or (case, own)
        elif not (other and self._names_nothing(session, case)):
            self.differing.append((case, own, other))

    def _move_along(self, session: Session, case: Case, axis: Axis) -> None:
        bound = self._calls.bound(session, self._tool, case)
        looked: dict[tuple[Statement, int], bool] = {}

        def truth(statement: Statement, at: int) -> bool:
            if (statement, at) not in looked:
                values = {**bound, axis.name: axis.value(at)}
                looked[statement, at] = holds(session, self._tool, statement, values)
            return looked[statement, at]

        marks = list(axis.marks)
        for one in (self._own, self._other):
            turns = turning_points(axis.marks, lambda at, one=one: truth(one, at))  # type: ignore[misc]
            marks += [at for turn in turns for at in turn]
        for at in dict.fromkeys(marks):
            if truth(self._own, at) != truth(self._other, at):
                self._note(session, replace(case, changed={**case.changed, axis.name: axis.value(at)}))

    def _note(self, session: Session, case: Case) -> None:
        """A case that was moved counts where the rule would still be asked."""
        bound: dict[str, SqlValue] = self._calls.bound(session, self._tool, case)
        if all(holds(session, self._tool, statement, bound) for statement in self._before):
            self._compare(session, case)

    def _names_nothing(self, session: Session, case: Case) -> bool:
        """Whether an argument refers to a record that does not exist."""
        for name, value in case.arguments.items():
            table, _, column = (self._tool.tool.parameters[name].refers_to or "").partition(".")
            if column and not isinstance(value, list):
                known = session.query(
                    f'SELECT EXISTS (SELECT 1 FROM "{table}" WHERE "{column}" = :value)', {"value": value}
                )
                if known != [(1,)]:
                    return True
        return False


def _spread(cases: list[Case], most: int) -> list[Case]:
    """Some of the cases, from all over the list."""
    step = max(1, -(-len(cases) // most))
    return cases[::step]
