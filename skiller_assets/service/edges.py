"""State and conflict edges, confirmed by running them.

A makes B possible when, for some person, B is refused in the untouched world and allowed once A has been made. A stands
in B's way when B is allowed at first and refused after A. What is not seen among the people tried is not claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.values import JsonValue
from skiller_assets.service.pools import Width
from skiller_assets.service.search import Explorer
from skiller_assets.service.solve import Goal, Search
from skiller_assets.service.tool_graph import Edge, EdgeType, state_candidates
from skiller_assets.world.image import World
from skiller_assets.world.roles import RolesOf
from skiller_assets.world.session import Session

_WIDTH = Width(12, 8, 16)
_ARGUMENTS_TRIED = 2

Arguments = dict[str, JsonValue]


@dataclass(frozen=True)
class Sighting:
    """An edge and the run that shows it: the person, their call of the source, and the call of the target."""

    edge: Edge
    person: str
    first: Arguments
    second: Arguments


@dataclass(frozen=True)
class _Trial:
    """One person, one call of A, and calls of B that were allowed before it."""

    person: str
    first: Arguments
    before: dict[str, list[Arguments]]


def confirm_edges(world: World) -> list[Edge]:
    """The state and conflict edges of a service."""
    return shown_again(world, sight_edges(world))


def sight_edges(world: World, among: Callable[[str, str], bool] | None = None) -> tuple[Sighting, ...]:
    """For each state and conflict edge of a service the first run that was found to show it.

    With ``among``, only edges whose source and target it lets pass are looked for.
    """
    return _Watcher(world, among).run()


def shown_again(world: World, sightings: Iterable[Sighting]) -> list[Edge]:
    """The edges that their runs show once more, each from the untouched world."""
    tools, roles = world.program.compiled.tools, RolesOf(world)
    found = []
    with world.open() as session:
        for seen in sightings:
            session.reset()
            session.admit(roles.of(tools[seen.edge.source].principal, seen.person))
            before = session.judge(seen.edge.target, seen.second)
            made = session.call(seen.edge.source, seen.first).status == "ok"
            after = session.judge(seen.edge.target, seen.second)
            allowed, refused = (before, after) if seen.edge.type == "conflict" else (after, before)
            if made and allowed == () and isinstance(refused, tuple) and refused:
                found.append(replace(seen.edge, why=refused[0]))
    return sorted(found)


class _Watcher:
    def __init__(self, world: World, among: Callable[[str, str], bool] | None) -> None:
        self.explorer = Explorer(world)
        self.tools = world.program.compiled.tools
        candidates = state_candidates(world.program.compiled)
        self.candidates = [c for c in candidates if among is None or among(*c)]
        self.searches = {name: Search(tool, Goal()) for name, tool in self.tools.items()}
        self.untouched: dict[tuple[str, str, str], list[Arguments]] = {}

    def run(self) -> tuple[Sighting, ...]:
        found: dict[tuple[str, str, str], Sighting] = {}
        for source in sorted({a for a, _ in self.candidates}):
            targets = [b for a, b in self.candidates if a == source]
            for person in self._people(source):
                trial = self._try(source, targets, person)
                if trial is not None:
                    for seen in (*self._conflicts(source, trial), *self._enabled(source, targets, trial)):
                        found.setdefault((seen.edge.source, seen.edge.target, seen.edge.type), seen)
        return tuple(sorted(found.values(), key=lambda seen: seen.edge))

    def _people(self, tool: str) -> Sequence[str]:
        """People for whom the call may be possible; a few who cannot make it are passed over."""
        principal = self.tools[tool].principal
        able: list[str] = []
        for person in self.explorer.people(principal)[: 10 * _WIDTH.people]:
            if len(able) == _WIDTH.people:
                break
            if self._at_first(principal, person, tool):
                able.append(person)
        return able

    def _at_first(self, principal: str, person: str, tool: str) -> list[Arguments]:
        """Calls of a tool that are allowed to a person in the untouched world."""
        known = (principal, person, tool)
        if known not in self.untouched:
            self.untouched[known] = self._arguments(self.explorer.serve(principal, person), tool)
        return self.untouched[known]

    def _arguments(self, session: Session, tool: str) -> list[Arguments]:
        pool = self.explorer.pools.of(session, self.tools[tool], _WIDTH)
        return self.searches[tool].run(session, pool, _ARGUMENTS_TRIED)

    def _try(self, source: str, targets: Sequence[str], person: str) -> _Trial | None:
        """Make the call of A in the explorer's session and leave it there."""
        principal = self.tools[source].principal
        before = {target: self._at_first(principal, person, target) for target in targets}
        for arguments in self._at_first(principal, person, source)[:1]:
            first = _confirmed(self.tools[source], arguments)
            if self.explorer.serve(principal, person).call(source, first).status == "ok":
                return _Trial(person, first, before)
        return None

    def _conflicts(self, source: str, trial: _Trial) -> list[Sighting]:
        evidence = f"{trial.person}: allowed before, not after"
        return self._refused(self.explorer.session, source, trial, trial.before, "conflict", evidence)

    def _enabled(self, source: str, targets: Sequence[str], trial: _Trial) -> list[Sighting]:
        after = {target: self._arguments(self.explorer.session, target) for target in targets}
        untouched = self.explorer.serve(self.tools[source].principal, trial.person)
        evidence = f"{trial.person}: refused before, allowed after"
        return self._refused(untouched, source, trial, after, "state", evidence)

    @staticmethod
    def _refused(
        session: Session, source: str, trial: _Trial, calls: dict[str, list[Arguments]], type_: EdgeType, evidence: str
    ) -> list[Sighting]:
        """A sighting for each target of which some call is refused in this session, with the rule that refuses it."""
        found = []
        for target, tried in calls.items():
            for arguments in tried:
                verdict = session.judge(target, arguments)
                if isinstance(verdict, tuple) and verdict:
                    edge = Edge(source, target, type_, verdict[0], evidence)
                    found.append(Sighting(edge, trial.person, trial.first, arguments))
                    break
        return found


def _confirmed(tool: CompiledTool, arguments: Arguments) -> Arguments:
    return {**arguments, "confirm": True} if tool.confirm == "tool" else arguments
