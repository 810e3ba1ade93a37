"""What grounding needs to know of a service, worked out once: who can supply what, and which people there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from skiller_assets.contract.analyse import (
    Argument,
    arguments_of,
    canonical,
    knower,
    must_look_up,
    owner_condition,
    reveals,
    sayable,
)
from skiller_assets.contract.compile import CompiledContract, CompiledTool
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.model import Contract, Parameter
from skiller_assets.contract.values import JsonValue, decoder
from skiller_assets.fusion.carried import carried_values
from skiller_assets.tasks.filters import record_query
from skiller_assets.tasks.inverse import invert
from skiller_assets.tasks.rows import Level, levels_of
from skiller_assets.world.image import World
from skiller_assets.world.roles import Person, Role, people_in
from skiller_assets.world.session import Session


@dataclass(frozen=True)
class ToolFacts:
    """One tool as grounding sees it.

    ``lookups`` are canonical columns that only other calls can supply; ``personal`` are the rules (id, SQL) that depend
    on the person alone, so that no argument can change their verdict.
    """

    name: str
    compiled: CompiledTool
    arguments: tuple[Argument, ...]
    lookups: frozenset[str]
    levels: tuple[Level, ...]
    personal: tuple[tuple[str, str], ...]

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """The declared parameters."""
        return self.compiled.tool.parameters


class Space:
    """The tools, people and values of one world. It holds caches and one session of its own; not for two threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.compiled: CompiledContract = world.program.compiled
        self.contract: Contract = world.contract
        self.base: Session = world.open()
        self.tools = {name: self._facts(name) for name in self.compiled.tools}
        self._tuples: dict[tuple[str, str, str], list[dict[str, JsonValue]]] = {}
        self._by_value: dict[tuple[str, str, str], dict[JsonValue, list[dict[str, JsonValue]]]] = {}
        self._record_sql: dict[tuple[str, tuple[str, ...], str], str] = {}
        self._public_rows: dict[str, list[tuple[Any, ...]]] = {}
        self._backwards: dict[tuple[str, str | None], tuple[str, tuple[str, ...]] | None] = {}
        self._values: dict[tuple[str, str], list[JsonValue]] = {}
        self._owners: dict[str, tuple[str, str] | None] = {}
        self._carried: dict[tuple[str, str, int], list[JsonValue]] = {}

    def _facts(self, name: str) -> ToolFacts:
        compiled = self.compiled
        return ToolFacts(
            name,
            compiled.tools[name],
            tuple(arguments_of(compiled, name)),
            must_look_up(compiled, name),
            levels_of(compiled, name),
            _personal_rules(compiled.tools[name], frozenset({"me", "now", *self.contract.constants})),
        )

    @cached_property
    def authorizers(self) -> tuple[str, ...]:
        """The tools that authorize, one for each domain."""
        return tuple(n for n, t in self.contract.tools.items() if t.access == "authorize")

    def authorizer_of(self, tool: str) -> str:
        """The tool that has to authorize before another one may be called."""
        return self.contract.authorizer_of(tool)

    @cached_property
    def producers(self) -> Mapping[str, tuple[str, ...]]:
        """For each canonical column: the reads that reveal it, those that need fewest lookups first."""
        found: dict[str, list[str]] = {}
        for name, tool in self.contract.tools.items():
            if tool.access == "read":
                for column in sorted(reveals(self.compiled, name)):
                    found.setdefault(column, []).append(name)
        return {c: tuple(sorted(t, key=lambda n: (len(self.tools[n].lookups), n))) for c, t in found.items()}

    @cached_property
    def watched(self) -> frozenset[str]:
        """Canonical columns that some tool takes, or that flow to one: the only ones worth remembering from results."""
        taken = {a.column for facts in self.tools.values() for a in facts.arguments if a.column}
        return frozenset(taken | {canonical(self.contract, flow.column) for flow in self.flows})

    @cached_property
    def flows(self) -> tuple[ValueFlow, ...]:
        """The value flows of a fused contract."""
        return tuple(self.contract.fusion.flows) if self.contract.fusion else ()

    @cached_property
    def everybody(self) -> frozenset[Person]:
        """The same people, to ask whether somebody is one of them."""
        return frozenset(self.people)

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Everybody who plays all roles of the contract, in the order of the keys of the first."""
        return people_in(self.world)

    def person(self, roles: Mapping[str, str]) -> Person:
        """The person who plays these roles. Raises KeyError where nobody does."""
        return self._by_roles[tuple((p, roles[p]) for p in self.contract.principals)]

    def role(self, roles: Mapping[str, str], tool: str) -> Role:
        """Whom a tool serves when it is called for the person who plays these roles. Raises KeyError."""
        return self.person(roles).as_(self.tools[tool].compiled.principal)

    @cached_property
    def _by_roles(self) -> Mapping[tuple[tuple[str, str], ...], Person]:
        return {person.roles: person for person in self.people}

    def owner(self, table: str) -> tuple[str, str] | None:
        """(principal, SQL condition) for the rows of a table that belong to somebody; None where nobody owns any."""
        if table not in self._owners:
            found = ((p, owner_condition(self.contract, table, p)) for p in self.contract.principals)
            self._owners[table] = next(((p, c) for p, c in found if c is not None), None)
        return self._owners[table]

    def values(self, column: str, person: Person) -> list[JsonValue]:
        """The values of a sayable column that this person may say: their own, or all where everyone knows them."""
        source = column if knower(self.contract, column) != "nobody" else canonical(self.contract, column)
        table, _, name = source.partition(".")
        owner = self.owner(table) if knower(self.contract, source) == "owner" else None
        condition, me = (owner[1], person.key(owner[0])) if owner else (None, "")
        key = (source, me)
        if key not in self._values:
            where = f" WHERE {condition}" if condition else ""
            sql = f'SELECT DISTINCT "{name}" FROM "{table}"{where} ORDER BY 1 LIMIT 4000'
            attribute = self.contract.attribute(source)
            decode = decoder(attribute.type) if attribute else None
            rows = self.base.query(sql, {"me": me} if condition else {})
            self._values[key] = [decode(v) if decode else v for (v,) in rows if v is not None]
        return self._values[key]

    def wishes(self, parameter: Parameter, me: str) -> list[JsonValue]:
        """The values that ``choose`` proposes to whoever a tool serves."""
        if not isinstance(parameter.choose, str):
            return list(parameter.choose or ())
        key = (parameter.choose, me if ":me" in parameter.choose else "")
        if key not in self._values:
            decode = decoder(parameter.type)
            rows = self.base.query(parameter.choose, {"me": me})
            self._values[key] = [decode(row[0]) if decode else row[0] for row in rows if row[0] is not None]
        return self._values[key]

    def is_owned(self, column: str) -> bool:
        """Whether the rows of a column's table belong to a principal."""
        return self.owner(column.partition(".")[0]) is not None

    def records(
        self, session: Session, facts: ToolFacts, columns: Mapping[str, str], broken: str | None, me: str
    ) -> list[tuple[Any, ...]]:
        """The records that parameters (→ ``table.column``) may name so that the rules about them alone let pass."""
        key = (facts.name, tuple(columns), broken or "")
        if key not in self._record_sql:
            principal = facts.compiled.principal
            self._record_sql[key] = record_query(self.contract, facts.compiled, principal, columns, broken)
        return self._rows(session, self._record_sql[key], me)

    def owned(self, session: Session, column: str, person: Person) -> list[tuple[Any, ...]]:
        """The values of a column that belong to a person; all where nobody owns them."""
        table, _, name = column.partition(".")
        owner = self.owner(table)
        where, me = (f" WHERE {owner[1]}", person.key(owner[0])) if owner else ("", "")
        return self._rows(session, f'SELECT DISTINCT "{name}" FROM "{table}"{where} ORDER BY "{name}"', me)

    def carried(self, flow: ValueFlow, person: Person) -> list[JsonValue]:
        """The values that a flow's read shows this person in the untouched world, as they are stored there."""
        key = (flow.gives, ".".join(flow.path), person.human)
        if key not in self._carried:
            self._carried[key] = carried_values(self.base, self.contract, flow, person.record())
        return self._carried[key]

    def _rows(self, session: Session, sql: str, me: str) -> list[tuple[Any, ...]]:
        """Rows in the live session; what does not depend on the person is read once, from the untouched world."""
        if ":me" in sql:
            return [row for row in session.query(sql, {"me": me}) if None not in row]
        if sql not in self._public_rows:
            self._public_rows[sql] = [row for row in self.base.query(sql) if None not in row]
        return self._public_rows[sql]

    def tuples(self, tool: str, me: str, target: str | None = None) -> list[dict[str, JsonValue]]:
        """Argument tuples for which a read's outermost query has an answer in the untouched world; may be empty.

        With ``target``, a canonical column of the outermost result, each tuple holds under "" a value that it shows.
        """
        facts = self.tools[tool]
        returns = facts.compiled.returns
        if returns is None or facts.compiled.tool.access != "read":
            return []
        key = self._tuples_key(tool, me, target)
        if key not in self._tuples:
            self._tuples[key] = self._inverted(facts, me, target)
        return self._tuples[key]

    def _tuples_key(self, tool: str, me: str, target: str | None) -> tuple[str, str, str]:
        """What does not depend on the person is the same for all."""
        returns = self.tools[tool].compiled.returns
        return tool, me if returns and ":me" in returns.statement.sql else "", target or ""

    def tuples_showing(self, tool: str, me: str, target: str, value: JsonValue) -> list[dict[str, JsonValue]]:
        """Those of :meth:`tuples` that show a value of the column ``target``."""
        key = self._tuples_key(tool, me, target)
        if key not in self._by_value:
            self._by_value[key] = {}
            for found in self.tuples(tool, me, target):
                self._by_value[key].setdefault(found[""], []).append(found)
        return self._by_value[key].get(value, [])

    def _inverted(self, facts: ToolFacts, me: str, target: str | None) -> list[dict[str, JsonValue]]:
        cell = next((c for c in facts.levels[0].own if c.column == target), None) if target else None
        turned = self._query_backwards(facts, cell.path[-1] if cell else None)
        if turned is None:
            return []
        query, names = turned
        bindings = {**dict.fromkeys(facts.parameters), **dict.fromkeys(facts.compiled.tool.let), "me": me}
        decoders = [decoder(facts.parameters[n].type) if n else None for n in names]
        found: dict[str, dict[str, JsonValue]] = {}
        for row in self.base.query(query, bindings):
            values = {n: d(v) if d and v is not None else v for n, d, v in zip(names, decoders, row, strict=True)}
            found.setdefault(repr(values), values)
        return list(found.values())

    def _query_backwards(self, facts: ToolFacts, shows: str | None) -> tuple[str, tuple[str, ...]] | None:
        key = (facts.name, shows)
        if key not in self._backwards:
            scalars = {n for n, p in facts.parameters.items() if p.type != "list"}
            returns = facts.compiled.returns
            self._backwards[key] = invert(returns.statement.sql, scalars, shows) if returns else None
        return self._backwards[key]


def says(contract: Contract, parameter: Parameter) -> bool:
    """Whether the user can say the value of a parameter that refers to a column."""
    return parameter.refers_to is not None and sayable(contract, parameter.refers_to)


def _personal_rules(tool: CompiledTool, fixed: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return tuple((r.rule.id, r.statement.sql) for r in tool.rules if set(r.statement.parameters) <= fixed)
