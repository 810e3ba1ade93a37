"""Random but reproducible sequences of calls, sensible and senseless, that feed on what earlier calls have shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skiller_assets.contract.analyse import canonical, shown_by
from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.values import JsonValue
from skiller_assets.service.bad_arguments import spoiled
from skiller_assets.service.pools import Width, arguments
from skiller_assets.service.search import Call, Explorer, Findings, Found
from skiller_assets.world.draw import digest64
from skiller_assets.world.session import Session

_LENGTH = 14
_WIDTH = Width(1, 6, 4)
_PERCENT_SPOILED, _PERCENT_KNOWN, _PERCENT_SHOWN = 8, 35, 50


class _Draws:
    """Numbers named by words and a running count."""

    def __init__(self, *words: object) -> None:
        self._words = words
        self._count = 0

    def below(self, bound: int) -> int:
        self._count += 1
        return digest64(*self._words, self._count) % bound

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, items: Sequence[Any]) -> Any:
        return items[self.below(len(items))]


def random_calls(explorer: Explorer, principal: str, number: int, findings: Sequence[Findings]) -> Iterator[Call]:
    """One sequence for one person, tools of that principal only, authorization first; ``number`` names it."""
    draws = _Draws("random", explorer.world.contract.domain, number)
    known = [f for findings_ in findings for f in findings_.found if not f.setup]
    known = [f for f in known if explorer.compiled.tools[f.call.tool].principal == principal]
    person = draws.pick(known).person if known and draws.chance(80) else draws.pick(explorer.people(principal))
    own = [f for f in known if f.person == person]
    way_in = explorer.credentials(principal, person)
    if way_in is None:
        return
    with explorer.world.open() as session:
        yield way_in
        session.call(way_in.tool, way_in.arguments)
        chooser = _Chooser(explorer, principal, draws, own)
        for _ in range(_LENGTH):
            call = chooser.next(session)
            chooser.learn(call, session.call(call.tool, call.arguments).result)
            yield call


class _Chooser:
    def __init__(self, explorer: Explorer, principal: str, draws: _Draws, known: Sequence[Found]) -> None:
        self._explorer = explorer
        self._draws = draws
        self._known = known
        self._tools = [t for t in explorer.compiled.tools.values() if t.principal == principal and t.grants is None]
        self._shown: dict[str, list[JsonValue]] = {}

    def next(self, session: Session) -> Call:
        """A call that was found to work or to be refused, or one of any tool with values at hand."""
        draws = self._draws
        if self._known and draws.chance(_PERCENT_KNOWN):
            call = draws.pick(self._known).call
            tool = self._explorer.compiled.tools[call.tool]
            taken = dict(call.arguments)
        else:
            tool = draws.pick(self._tools)
            pool = self._explorer.pools.of(session, tool, _WIDTH)
            taken = arguments({name: self._value(tool, name, values) for name, values in pool.items() if values})
        if tool.confirm == "tool" and draws.chance(70):
            taken["confirm"] = True
        if draws.chance(_PERCENT_SPOILED):
            taken = draws.pick([bad for _, bad in spoiled(tool.schema, taken)])
        return Call(tool.name, taken)

    def _value(self, tool: CompiledTool, name: str, values: Sequence[Any]) -> Any:
        refers_to = tool.tool.parameters[name].refers_to
        seen = self._shown.get(canonical(self._explorer.world.contract, refers_to), []) if refers_to else []
        return self._draws.pick(seen if seen and self._draws.chance(_PERCENT_SHOWN) else values)

    def learn(self, call: Call, result: JsonValue) -> None:
        """Remember the values that a result shows, by the column they come from."""
        if call.tool in self._explorer.compiled.tools:
            for shown in shown_by(self._explorer.compiled, call.tool):
                self._shown.setdefault(shown.column, []).extend(_at(result, shown.path))


def _at(result: JsonValue, path: Sequence[str]) -> list[JsonValue]:
    """The values at a path, lists on the way opened."""
    if isinstance(result, list):
        return [value for item in result for value in _at(item, path)]
    if not path:
        return [] if result is None else [result]
    return _at(result.get(path[0]), path[1:]) if isinstance(result, Mapping) else []
