"""The run that grounding is in the middle of: the calls so far, what they have shown, who is served."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.rename import domain_of
from skiller_assets.tasks.records import Detail
from skiller_assets.tasks.rows import Cell, Level, Row, rows_at
from skiller_assets.tasks.selection import Selection
from skiller_assets.tasks.space import Space, ToolFacts
from skiller_assets.world.roles import Person, Role
from skiller_assets.world.session import Session

Origin = str | tuple["Step", str]
"""Where a value comes from: ``user``, ``constant``, ``free text``, or a step and the path in its result."""


@dataclass(eq=False)
class Step:
    """One call of the run being built."""

    tool: str
    arguments: dict[str, Any]
    sources: dict[str, Origin]
    serves: str
    goal: int
    details: list[Detail] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    result: Any = None
    kept: bool = False
    carried: dict[str, ValueFlow] = field(default_factory=dict)
    """The arguments whose values are carried over from the other domain, and by which flow."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row that a step has shown, for the values of some of its cells, and the rows among which it stood."""

    value: tuple[Any, ...]
    step: Step
    cells: tuple[Cell, ...]
    level: Level
    rows: tuple[Row, ...]
    row: Row

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns of the values."""
        return tuple(cell.column or "" for cell in self.cells)

    def path(self, i: int) -> str:
        """Where the i-th value stands in the step's result; an outer value stands in a row around this one."""
        cell = self.cells[i]
        at = self.row.at
        for _ in range(len(self.level.path) - (len(cell.path) - 1)):
            at = at.rpartition(".")[0]
        return f"{at}.{cell.path[-1]}" if at else cell.path[-1]


@dataclass(frozen=True)
class Pick:
    """A value that a step has taken from what was shown, and how the user singles it out."""

    seen: Seen
    selection: Selection

    @property
    def identity(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Which value of which columns."""
        return self.seen.columns, self.seen.value


@dataclass(frozen=True)
class Need:
    """A value that a call must have shown before it may be used.

    ``places`` are the arguments that take it (several for a composite key), ``origins`` the (``table.column``,
    canonical column) of each. What is carried over by a ``flow`` counts only where its own read has shown it. For a
    ``whole`` need only a list of all of a person's records will do: the user points to one of all that they have. Of
    ``hidden`` values none may be said to single a row out, because the user does not know them.
    """

    places: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]
    value: tuple[Any, ...]
    flow: ValueFlow | None = None
    whole: bool = False
    hidden: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Wish:
    """A goal on its way: what the user says for its parameters, and how a value among it is carried over, if one is."""

    tool: str
    said: Mapping[str, Any]
    carried: Mapping[str, Need] = field(default_factory=dict)


class Trail:
    """Mutable; one for each attempt at a task."""

    def __init__(self, space: Space, session: Session, person: Person, rng: random.Random) -> None:
        self.space = space
        self.session = session
        self.person = person
        self.rng = rng
        self.steps: list[Step] = []
        self.seen: dict[str, list[Seen]] = {}
        self.goal = 0
        self.wish: Wish | None = None
        """The goal that is being reached, and what the user says for it: its lookups must not contradict it."""

    def said(self, facts: ToolFacts) -> Mapping[str, Any]:
        """What has been said, by parameter, that a lookup of this tool must not contradict."""
        return self.wish.said if self.wish and domain_of(facts.name) == domain_of(self.wish.tool) else {}

    def role(self, facts: ToolFacts) -> Role:
        """Whom a tool serves here."""
        return self.person.as_(facts.compiled.principal)

    def record(self, step: Step) -> None:
        """Append a call that has been made and remember what it showed."""
        self.steps.append(step)
        for level in self.space.tools[step.tool].levels:
            wanted = [cell for cell in level.own if cell.column in self.space.watched]
            if not wanted:
                continue
            rows = tuple(rows_at(level, step.result))
            for row in rows:
                for cell in wanted:
                    value = row.values.get(cell.path)
                    if value is not None and cell.column is not None:
                        self.seen.setdefault(cell.column, []).append(Seen((value,), step, (cell,), level, rows, row))

    def mark(self) -> int:
        """A point to come back to."""
        return len(self.steps)

    def rewind(self, mark: int) -> None:
        """Forget the steps after a mark; they must all have been reads."""
        gone = {id(step) for step in self.steps[mark:]}
        if gone:
            del self.steps[mark:]
            self.seen = {c: kept for c, s in self.seen.items() if (kept := [x for x in s if id(x.step) not in gone])}

    def shown(self, column: str) -> list[Seen]:
        """Distinct values of a column that were shown; the latest showing of each, latest first."""
        found: dict[Any, Seen] = {}
        for seen in reversed(self.seen.get(column, [])):
            found.setdefault(seen.value, seen)
        return list(found.values())

    def touched(self, columns: tuple[str, ...]) -> set[tuple[Any, ...]]:
        """Values of these columns that earlier goals have taken or brought about."""
        found = {p.seen.value for step in self.steps for p in step.picks if p.seen.columns == columns}
        for seen in self.seen.get(columns[0], ()) if len(columns) == 1 else ():
            if seen.step.serves == "goal" and seen.step.goal < self.goal:
                found.add(seen.value)
        return found

    def find(self, need: Need) -> Seen | None:
        """The latest showing of what is needed, or None."""
        if len(need.origins) == 1:
            shown = reversed(self.seen.get(need.origins[0][1], ()))
            return next((seen for seen in shown if seen.value == need.value and _will_do(need, seen)), None)
        for step in reversed(self.steps):
            for level in self.space.tools[step.tool].levels:
                cells = level.cells_for(need.origins)
                rows = tuple(rows_at(level, step.result)) if cells else ()
                for row in rows:
                    if cells and tuple(row.values.get(cell.path) for cell in cells) == need.value:
                        return Seen(need.value, step, cells, level, rows, row)
        return None

    def keep(self, refused: Step | None = None) -> list[Step]:
        """Mark what is needed — goals, lookups for rules, and whatever their values come from — and return it.

        A ``refused`` goal is not made, but what it needs is. Somebody is authorized just before it is first needed.
        """
        waiting = [s for s in self.steps if s.serves not in ("lookup", "authorize")] + ([refused] if refused else [])
        while waiting:
            step = waiting.pop()
            if not step.kept:
                step.kept = True
                waiting += [o[0] for o in step.sources.values() if not isinstance(o, str)]
        kept = [step for step in self.steps if step.kept]
        return list(self._each_after_its_authorization(kept, refused))

    def _each_after_its_authorization(self, kept: list[Step], refused: Step | None) -> Iterator[Step]:
        waiting = {step.tool: step for step in self.steps if step.serves == "authorize"}
        for step in kept:
            if authorization := waiting.pop(self.space.authorizer_of(step.tool), None):
                yield authorization
            yield step
        if refused and (authorization := waiting.pop(self.space.authorizer_of(refused.tool), None)):
            yield authorization


def _will_do(need: Need, seen: Seen) -> bool:
    """Whether what was shown is what a need asks for: shown by its flow's read, among all records of a person."""
    cell = seen.cells[0]
    if need.flow is not None:
        row = {path[-1]: value for path, value in seen.row.values.items() if len(path) == 1}
        by_flow = seen.step.tool == need.flow.gives and cell.path == tuple(need.flow.path)
        return by_flow and is_whole(seen.step) and need.flow.leaves(row)
    return not need.whole or (cell.origin == cell.column and len(cell.path) == 1 and not seen.step.arguments)


def is_whole(step: Step) -> bool:
    """Whether a read was asked for all that there is: of one record, or of all without a filter."""
    return all(not isinstance(origin, str) for origin in step.sources.values())
