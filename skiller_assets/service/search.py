"""Calls of every kind that a contract makes possible, found by execution: permitted, refused by each rule, let through.

The search is bounded and deterministic. What it does not find it names, because a rule that nothing breaks and a tool
that nobody may use are faults of a contract (or of its data) and not of a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.values import JsonValue
from skiller_assets.service.occasion import Condition
from skiller_assets.service.pools import Pools, Width, shuffled
from skiller_assets.service.solve import Goal, Search
from skiller_assets.world.image import World
from skiller_assets.world.roles import RolesOf
from skiller_assets.world.session import Session

WIDTH = Width(200, 12, 12)
_DEEP_PEOPLE = 60
"""For how many people one parameter at a time is tried with all there is."""

_MOST_PEOPLE = 2000
_SETUP_PEOPLE, _SETUP_REPEATS = 8, 3
_SETUP_WIDTH = Width(_SETUP_PEOPLE, 12, 24)
_MOST_COMBINATIONS = 2_000_000_000
"""What one goal of one tool may take: the sum of the sizes of its searches, which is the same on every machine."""

_CREDENTIAL_TRIES = 50


@dataclass(frozen=True)
class Call:
    """A tool and its arguments."""

    tool: str
    arguments: dict[str, JsonValue]


@dataclass(frozen=True)
class Found:
    """A call that reaches a goal, for this person, after these calls of theirs (authorization not included).

    ``fails`` are the ids of all rules that it breaks, in order.
    """

    goal: Goal
    person: str
    setup: tuple[Call, ...]
    call: Call
    fails: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """For one tool: what was found, goal by goal, and the goals for which nothing was."""

    tool: str
    found: tuple[Found, ...]
    missing: tuple[Goal, ...]

    def permitted(self) -> Found | None:
        """The call that breaks no rule."""
        return next((f for f in self.found if f.goal.fails is None), None)


class Explorer:
    """Searches one world. It holds a session and caches; not for use by two threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.compiled = world.program.compiled
        self.pools = Pools(world)
        self._session = world.open()
        self._people: dict[str, list[str]] = {}
        self._roles = RolesOf(world)

    def people(self, principal: str) -> list[str]:
        """The keys of everybody who may be served, in a fixed random order."""
        if principal not in self._people:
            key = self.world.contract.entities[principal].key[0]
            rows = self._session.query(f'SELECT "{key}" FROM "{principal}"')
            self._people[principal] = shuffled((str(row[0]) for row in rows), "people")
        return self._people[principal]

    def credentials(self, principal: str, person: str) -> Call | None:
        """The authorization of a person, or None where the contract gives them no way in."""
        tool = next(t for t in self.compiled.tools.values() if t.grants is not None and t.principal == principal)
        self.serve(principal, person)
        pool = self.pools.of(self._session, tool, Width(1, 50, 0))
        for name, parameter in tool.tool.parameters.items():
            own = self.pools.own(self._session, principal, parameter.refers_to) if parameter.refers_to else []
            pool[name] = tuple(own) or pool[name]
        for values in islice(product(*pool.values()), _CREDENTIAL_TRIES):
            call = Call(tool.name, dict(zip(pool, values, strict=True)))
            self._session.reset()
            if self._session.call(call.tool, call.arguments).status == "ok" and self._session.me[principal] == person:
                return call
        return None

    def serve(self, principal: str, person: str) -> Session:
        """The explorer's session, untouched and serving this person, in all roles that they play."""
        self._session.reset()
        self._session.admit(self._roles.of(principal, person))
        return self._session

    @property
    def session(self) -> Session:
        """The explorer's session as it is, with whatever has been called in it."""
        return self._session

    def explore(self) -> tuple[Findings, ...]:
        """Every tool but those that authorize."""
        first = {name: self._explore(tool) for name, tool in self.compiled.tools.items() if tool.grants is None}
        missing = {name: list(findings.missing) for name, findings in first.items()}
        later = self._after_writes([f for f in map(Findings.permitted, first.values()) if f], missing)
        return tuple(
            Findings(name, (*findings.found, *later.get(name, ())), tuple(missing[name]))
            for name, findings in first.items()
        )

    def _explore(self, tool: CompiledTool) -> Findings:
        found, missing = [], []
        for rule in (None, *(rule.rule.id for rule in tool.rules)):
            reached = self.find(tool, Goal(rule))
            if reached is None and rule is not None:
                reached = self.find(tool, Goal(rule, alone=False))
            if reached is None:
                missing.append(Goal(rule))
            else:
                found.append(reached)
        return Findings(tool.name, tuple(found), tuple(missing))

    def find(self, tool: CompiledTool, goal: Goal, besides: Mapping[str, Condition] | None = None) -> Found | None:
        """A call in the untouched world that reaches a goal and meets further conditions, by anybody."""
        search, left = Search(tool, goal, besides), _MOST_COMBINATIONS
        for person, pool in self._pools(tool, search):
            left -= search.size(pool)
            for taken in search.run(self.serve(tool.principal, person), pool):
                return self._found(goal, person, (), Call(tool.name, taken))
            if left < 0:
                return None
        return None

    def _pools(self, tool: CompiledTool, search: Search) -> Iterator[tuple[str, dict[str, tuple[JsonValue, ...]]]]:
        """People and what to try for them: a little of everything, then one parameter at a time to the full."""
        useful = self._useful(tool, search)
        wide = {name: tuple(values) for name, values in useful.items() if len(values) > WIDTH.others}
        for person in self._suited(tool, search, WIDTH.people):
            yield person, self.pools.of(self.serve(tool.principal, person), tool, WIDTH, useful)
        for person in self._suited(tool, search, _DEEP_PEOPLE):
            pool = self.pools.of(self.serve(tool.principal, person), tool, WIDTH, useful)
            for name, values in wide.items():
                yield person, {**pool, name: values}

    def _suited(self, tool: CompiledTool, search: Search, most: int) -> Iterator[str]:
        people = self.people(tool.principal)[:_MOST_PEOPLE]
        yield from islice((p for p in people if search.suits(self.serve(tool.principal, p))), most)

    def _useful(self, tool: CompiledTool, search: Search) -> dict[str, list[JsonValue]]:
        """For each parameter with a reference: what may serve the goal, out of everything there is."""
        self._session.reset()
        everybody = {name: self.pools.everybody(tool, name) for name in tool.tool.parameters}
        return {n: search.useful(self._session, n, values) for n, values in everybody.items() if values}

    def _after_writes(self, permitted: Sequence[Found], missing: dict[str, list[Goal]]) -> dict[str, list[Found]]:
        """What can be reached once a write has been carried out, a few times over; takes it off ``missing``."""
        later: dict[str, list[Found]] = {}
        writes = [self.compiled.tools[f.call.tool] for f in permitted if self.compiled.tools[f.call.tool].effects]
        for write in writes:
            for person in self.people(write.principal)[:_SETUP_PEOPLE]:
                if not any(missing.values()):
                    return later
                for setup in self._repeated(write, person):
                    for found in self._from_here(write.principal, person, setup, missing):
                        later.setdefault(found.call.tool, []).append(found)
        return later

    def _repeated(self, write: CompiledTool, person: str) -> Iterator[tuple[Call, ...]]:
        """Carries a write out again and again; yields the calls so far, the session in the state they left."""
        session = self.serve(write.principal, person)
        search = Search(write, Goal())
        done: list[Call] = []
        for _ in range(_SETUP_REPEATS):
            taken = search.run(session, self.pools.of(session, write, _SETUP_WIDTH))
            if not taken:
                return
            arguments = {**taken[0], "confirm": True} if write.confirm == "tool" else taken[0]
            if session.call(write.name, arguments).status != "ok":
                return
            done.append(Call(write.name, arguments))
            yield tuple(done)

    def _from_here(
        self, principal: str, person: str, setup: tuple[Call, ...], missing: dict[str, list[Goal]]
    ) -> Iterator[Found]:
        for name, goals in missing.items():
            tool = self.compiled.tools[name]
            if not goals or tool.principal != principal:
                continue
            pool = self.pools.of(self._session, tool, _SETUP_WIDTH)
            for goal in list(goals):
                relaxed = Goal(goal.fails, alone=goal.fails is None)
                for taken in Search(tool, relaxed).run(self._session, pool):
                    goals.remove(goal)
                    yield self._found(relaxed, person, setup, Call(name, taken))

    def _found(self, goal: Goal, person: str, setup: tuple[Call, ...], call: Call) -> Found:
        """A finding in the state in which the session stands."""
        judged = self._session.judge(call.tool, call.arguments)
        return Found(goal, person, setup, call, judged if isinstance(judged, tuple) else ())
