"""Calls by which a rule is asked, sampled from a world, and what any predicate says of them.

Only calls count in which the rule is asked at all: every earlier enforced rule holds, and for a rule that the agent
keeps every enforced one. What earlier rules refuse anyway tells nothing about this one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import apsw

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.sql import Statement
from skiller_assets.contract.values import JsonValue, SqlValue
from skiller_assets.service.pools import Width, sample
from skiller_assets.service.search import Call, Explorer, Findings
from skiller_assets.service.solve import Goal, Search
from skiller_assets.world.image import World
from skiller_assets.world.program import lets_of
from skiller_assets.world.session import Session

_PEOPLE, _DRAWN = 24, 10
WIDTH = Width(_PEOPLE, 10, 8)


@dataclass(frozen=True)
class Case:
    """A call by somebody after some calls of theirs; ``changed`` are bindings (``now``, constants) set otherwise."""

    person: str
    setup: tuple[Call, ...]
    arguments: dict[str, JsonValue]
    changed: Mapping[str, SqlValue] = field(default_factory=dict)


@dataclass(frozen=True)
class AskedFor(Goal):
    """Calls by which a rule is asked, whatever it says of them."""

    def reached(self, tool: CompiledTool, failed: tuple[str, ...]) -> bool:
        """Whether nothing refuses the call before the rule is asked."""
        return not set(failed) & set(self.conditions(tool))

    def conditions(self, tool: CompiledTool) -> dict[str, bool]:
        """The enforced rules that must hold."""
        return dict.fromkeys(asked_before(tool, str(self.fails)), True)


def asked_before(tool: CompiledTool, rule_id: str) -> list[str]:
    """The enforced rules that refuse a call before a rule of its tool matters."""
    own = next(i for i, rule in enumerate(tool.rules) if rule.rule.id == rule_id)
    is_policy = tool.rules[own].rule.by == "agent"
    return [r.rule.id for i, r in enumerate(tool.rules) if r.rule.by == "tool" and i != own and (is_policy or i < own)]


class Broken(Exception):
    """A predicate that cannot be asked of a call; says why."""


class AskedCalls:
    """The sampled calls of one world, each tool's drawn once. It holds a session; not for use by two threads."""

    def __init__(self, world: World, findings: Sequence[Findings]) -> None:
        self.world = world
        self.explorer = Explorer(world)
        self._findings = {item.tool: item for item in findings}
        self._sampled: dict[str, list[tuple[Case, frozenset[str]]]] = {}

    def of(self, tool: CompiledTool, rule_id: str) -> list[tuple[Case, bool]]:
        """The calls by which a rule is asked, and whether it holds as the contract has it."""
        before = set(asked_before(tool, rule_id))
        return [(case, rule_id not in failed) for case, failed in self.all_of(tool) if not failed & before]

    def served(self, tool: CompiledTool, cases: Sequence[Case]) -> Iterator[tuple[Session, Case]]:
        """Each case with the session in its state: its person served, its setup carried out."""
        for _, alike in groupby(cases, lambda case: (case.person, case.setup)):
            session: Session | None = None
            for case in alike:
                session = session or self.prepared(tool, case)
                yield session, case

    def prepared(self, tool: CompiledTool, case: Case) -> Session:
        """The explorer's session in the state of a case."""
        session = self.explorer.serve(tool.principal, case.person)
        for call in case.setup:
            session.call(call.tool, call.arguments)
        return session

    def bound(self, session: Session, tool: CompiledTool, case: Case) -> dict[str, SqlValue]:
        """What a case binds besides constants and clock: its arguments as SQL sees them, ``me``, what is changed."""
        plan = self.world.program.tools[tool.name]
        found = {name: encode(case.arguments.get(name, default)) for name, encode, default in plan.encode}
        return {**found, "me": session.me[tool.principal], **case.changed}

    def all_of(self, tool: CompiledTool) -> list[tuple[Case, frozenset[str]]]:
        """All sampled calls of a tool, each with the rules that it breaks."""
        if tool.name not in self._sampled:
            found: dict[str, tuple[Case, frozenset[str]]] = {}
            for case in self._sample(tool):
                judged = self.prepared(tool, case).judge(tool.name, case.arguments)
                if isinstance(judged, tuple):
                    words = json.dumps([case.person, repr(case.setup), case.arguments], sort_keys=True)
                    found.setdefault(words, (case, frozenset(judged)))
            self._sampled[tool.name] = list(found.values())
        return self._sampled[tool.name]

    def _sample(self, tool: CompiledTool) -> Iterator[Case]:
        """Drawn calls, and for every rule calls that break it and calls that break none."""
        searches = [Search(tool, goal) for goal in (Goal(), *(Goal(r.rule.id, alone=False) for r in tool.rules))]
        for person in self.explorer.people(tool.principal)[:_PEOPLE]:
            session = self.explorer.serve(tool.principal, person)
            pool = self.explorer.pools.of(session, tool, WIDTH)
            drawn = sample(pool, _DRAWN, "asked", tool.name, person)
            sought = [taken for search in searches for taken in search.run(session, pool)]
            yield from (Case(person, (), taken) for taken in (*drawn, *sought))
        for found in self._findings[tool.name].found if tool.name in self._findings else ():
            yield Case(found.person, found.setup, found.call.arguments)


def ask(session: Session, tool: CompiledTool, statement: Statement, bound: Mapping[str, SqlValue]) -> bool:
    """Whether a predicate holds; 0, NULL and no row do not. Raises Broken where it yields anything but 0, 1, NULL."""
    values = dict(bound)
    for name, sql in lets_of(tool, statement):
        values[name] = _scalar(session, sql, values)
    found = _scalar(session, statement.sql, values)
    if found not in (None, 0, 1):
        raise Broken(f"yields {found!r}; 0, 1 or NULL is expected")
    return bool(found == 1)


def holds(session: Session, tool: CompiledTool, statement: Statement, bound: Mapping[str, SqlValue]) -> bool:
    """Whether a predicate holds; one that cannot be asked does not, as in a call that ends in an error."""
    try:
        return ask(session, tool, statement, bound)
    except Broken:
        return False


def _scalar(session: Session, sql: str, values: Mapping[str, SqlValue]) -> SqlValue:
    try:
        rows = session.query(sql, values)
    except apsw.Error as error:
        raise Broken(str(error)) from error
    if len(rows) > 1:
        raise Broken(f"yields {len(rows)} rows; at most one is expected")
    return rows[0][0] if rows else None
