"""State and conflict edges, confirmed by running them.

A makes B possible when, for some person, B is refused in the untouched world and allowed once A has been made. A stands
in B's way when B is allowed at first and refused after A. What is not seen among the people tried is not claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.values import JsonValue
from skiller_assets.service.pools import Width
from skiller_assets.service.search import Explorer
from skiller_assets.service.solve import Goal, Search
from skiller_assets.service.tool_graph import Edge, EdgeType, state_candidates
from skiller_assets.world.image import World
from skiller_assets.world.session import Session

_WIDTH = Width(12, 8, 16)
_ARGUMENTS_TRIED = 2

Arguments = dict[str, JsonValue]


@dataclass(frozen=True)
class _Trial:
    """One person, one call of A, and calls of B that were allowed before it."""

    person: str
    first: Arguments
    before: dict[str, list[Arguments]]


def confirm_edges(world: World) -> list[Edge]:
    """The state and conflict edges of a service."""
    return _Confirmer(world).run()


class _Confirmer:
    def __init__(self, world: World) -> None:
        self.explorer = Explorer(world)
        self.tools = world.program.compiled.tools
        self.candidates = state_candidates(world.program.compiled)
        self.searches = {name: Search(tool, Goal()) for name, tool in self.tools.items()}

    def run(self) -> list[Edge]:
        found: dict[tuple[str, str, str], Edge] = {}
        for source in sorted({a for a, _ in self.candidates}):
            targets = [b for a, b in self.candidates if a == source]
            for person in self._people(source):
                trial = self._try(source, targets, person)
                if trial is not None:
                    for edge in (*self._conflicts(source, trial), *self._enabled(source, targets, trial)):
                        found.setdefault((edge.source, edge.target, edge.type), edge)
        return sorted(found.values())

    def _people(self, tool: str) -> Sequence[str]:
        """People for whom the call may be possible; a few who cannot make it are passed over."""
        principal = self.tools[tool].principal
        able: list[str] = []
        for person in self.explorer.people(principal)[: 10 * _WIDTH.people]:
            if len(able) == _WIDTH.people:
                break
            if self._arguments(self.explorer.serve(principal, person), tool):
                able.append(person)
        return able

    def _arguments(self, session: Session, tool: str) -> list[Arguments]:
        pool = self.explorer.pools.of(session, self.tools[tool], _WIDTH)
        return self.searches[tool].run(session, pool, _ARGUMENTS_TRIED)

    def _try(self, source: str, targets: Sequence[str], person: str) -> _Trial | None:
        """Make the call of A in the explorer's session and leave it there."""
        session = self.explorer.serve(self.tools[source].principal, person)
        before = {target: self._arguments(session, target) for target in targets}
        for arguments in self._arguments(session, source)[:1]:
            if session.call(source, _confirmed(self.tools[source], arguments)).status == "ok":
                return _Trial(person, arguments, before)
        return None

    def _conflicts(self, source: str, trial: _Trial) -> list[Edge]:
        evidence = f"{trial.person}: allowed before, not after"
        return self._refused(self.explorer.session, source, trial.before, "conflict", evidence)

    def _enabled(self, source: str, targets: Sequence[str], trial: _Trial) -> list[Edge]:
        after = {target: self._arguments(self.explorer.session, target) for target in targets}
        untouched = self.explorer.serve(self.tools[source].principal, trial.person)
        evidence = f"{trial.person}: refused before, allowed after"
        return self._refused(untouched, source, after, "state", evidence)

    @staticmethod
    def _refused(
        session: Session, source: str, calls: dict[str, list[Arguments]], type_: EdgeType, evidence: str
    ) -> list[Edge]:
        """An edge for each target of which some call is refused in this session, with the rule that refuses it."""
        found = []
        for target, tried in calls.items():
            verdicts = (session.judge(target, arguments) for arguments in tried)
            refusing = next((v[0] for v in verdicts if isinstance(v, tuple) and v), None)
            if refusing is not None:
                found.append(Edge(source, target, type_, refusing, evidence))
        return found


def _confirmed(tool: CompiledTool, arguments: Arguments) -> Arguments:
    return {**arguments, "confirm": True} if tool.confirm == "tool" else arguments
