"""Value flows put to the test: what one domain shows somebody is really taken by the other, and matters there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.fusion.carried import carried_values, entering
from skiller_assets.service.pools import Pools, Width, shuffled
from skiller_assets.service.solve import Goal, Search
from skiller_assets.world.diff import diff_json
from skiller_assets.world.image import World
from skiller_assets.world.roles import Person, people_in

ENOUGH = 3
"""For how many people a flow must be seen to carry something that is taken."""

WANTED = 24
"""For how many people a flow is to be seen, so that tasks are about different ones."""

_PEOPLE = 80
"""Of how many people some must be able to use a flow, or it is given up."""

_WIDTH = Width(1, 8, 16)
_CALLS_TRIED = 24


@dataclass(frozen=True)
class FlowTrial:
    """How a flow fared: people tried, for how many a value was shown, taken, and mattered; one case as an example.

    A value matters where another one in its place is refused or leads elsewhere. ``people`` are the numbers of the
    humans for whom it was taken: with them grounding begins.
    """

    flow: str
    tried: int
    shown: int
    taken: int
    mattered: int
    people: tuple[int, ...]
    example: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        """Whether the flow was seen often enough, and mattered at least once."""
        return self.taken >= ENOUGH and self.mattered > 0


class FlowTrials:
    """Tries flows in one fused world. It holds a session and caches; not for use by two threads."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._contract = world.contract
        self._tools = world.program.compiled.tools
        self._session = world.open()
        self._pools = Pools(world)
        self._people: Sequence[Person] = shuffled(people_in(world), "flows")
        self._searches: dict[str, Search] = {}
        self._shown: dict[tuple[str, str, int], list[Any]] = {}

    def run(self, flow: ValueFlow, wanted: int = WANTED) -> FlowTrial:
        """Try a flow on one person after the other, until it was taken for as many as wanted and has mattered.

        Whatever is wanted, a flow that passes for :data:`WANTED` people passes: a search whose first few results do
        not change with the day is no reason to give it up.
        """
        tried = shown = mattered = 0
        examples: list[dict[str, Any]] = []
        people: list[int] = []
        for person in self._people:
            most = wanted if mattered else max(wanted, WANTED)
            if len(people) >= most or (tried >= _PEOPLE and len(people) < ENOUGH):
                break
            tried += 1
            values = self._carried(flow, person)
            shown += bool(values)
            taken = self._taken(flow, person, values) if values else None
            if taken is not None:
                examples.append({"roles": person.record(), "arguments": taken})
                people.append(person.human)
                mattered += mattered < ENOUGH and self._matters(flow, person, taken)
        example = examples[0] if examples else {}
        return FlowTrial(flow.id, tried, shown, len(people), mattered, tuple(sorted(people)), example)

    def _carried(self, flow: ValueFlow, person: Person) -> list[Any]:
        key = (flow.gives, ".".join(flow.path), person.human)
        if key not in self._shown:
            self._shown[key] = carried_values(self._session, self._contract, flow, person.record())
        return self._shown[key]

    def _taken(self, flow: ValueFlow, person: Person, values: Sequence[Any]) -> dict[str, Any] | None:
        """Arguments with a carried value that every rule permits, for a call that has something to show; or None."""
        tool = self._tools[flow.takes]
        self._serve(person)
        pool = self._pools.of(self._session, tool, _WIDTH)
        carried = tuple(dict.fromkeys(entering(flow, value) for value in values))
        found = self._search(tool).run(self._session, {**pool, flow.parameter: carried}, _CALLS_TRIED)
        return next(
            (arguments for arguments in found if tool.tool.effects or self._result(tool, person, arguments)), None
        )

    def _matters(self, flow: ValueFlow, person: Person, arguments: Mapping[str, Any]) -> bool:
        tool = self._tools[flow.takes]
        outcome = self._outcome(tool, person, arguments)
        others = self._others(tool, person, flow.parameter, arguments[flow.parameter])
        return any(self._outcome(tool, person, {**arguments, flow.parameter: v}) != outcome for v in others)

    def _others(self, tool: CompiledTool, person: Person, parameter: str, value: Any) -> Iterator[Any]:
        self._serve(person)
        pool = self._pools.of(self._session, tool, _WIDTH)[parameter]
        yield from [v for v in pool if type(v) is type(value) and v != value][:3]

    def _outcome(self, tool: CompiledTool, person: Person, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
        """What a call comes to: verdict, result and changes, from the untouched world."""
        self._serve(person)
        outcome = self._session.call(tool.name, _confirmed(tool, arguments))
        return outcome.status, outcome.violations, outcome.result, diff_json(self._session.diff())

    def _result(self, tool: CompiledTool, person: Person, arguments: Mapping[str, Any]) -> Any:
        self._serve(person)
        return self._session.call(tool.name, dict(arguments)).result

    def _serve(self, person: Person) -> None:
        self._session.reset()
        self._session.admit(person.record())

    def _search(self, tool: CompiledTool) -> Search:
        if tool.name not in self._searches:
            self._searches[tool.name] = Search(tool, Goal())
        return self._searches[tool.name]


def _confirmed(tool: CompiledTool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {**arguments, "confirm": True} if tool.confirm == "tool" else dict(arguments)
