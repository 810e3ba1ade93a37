"""Arguments for which given rules hold or fail, found by asking the rules' own SQL.

Each parameter becomes a column of candidates and each rule a condition over these columns, so one query searches all
combinations and SQLite prunes them rule by rule. What it finds is always confirmed by judging the call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import apsw

from skiller_assets.contract.compile import CompiledTool
from skiller_assets.contract.sql import replaced
from skiller_assets.contract.values import JsonValue, encoder
from skiller_assets.service.occasion import Condition
from skiller_assets.service.pools import ABSENT, arguments
from skiller_assets.world.session import Session


@dataclass(frozen=True)
class Goal:
    """What a call must come to: the rule that fails (None: no rule fails), and whether others may fail beside it.

    With ``alone`` no other rule fails. Otherwise an enforced rule must be the first enforced one to fail, and a policy
    rule must be let through by all enforced ones.
    """

    fails: str | None = None
    alone: bool = True

    def reached(self, tool: CompiledTool, failed: tuple[str, ...]) -> bool:
        """Whether a judgement, the ids of all failing rules in order, is this goal."""
        if self.fails is None:
            return not failed
        if self.alone:
            return failed == (self.fails,)
        enforced = {rule.rule.id for rule in tool.rules if rule.rule.by == "tool"}
        refusing = [rule for rule in failed if rule in enforced]
        return refusing[:1] == [self.fails] if self.fails in enforced else not refusing and self.fails in failed

    def conditions(self, tool: CompiledTool) -> dict[str, bool]:
        """For each rule that matters: whether it must hold."""
        wanted: dict[str, bool] = {}
        enforced_only = not self.alone
        for rule in tool.rules:
            identifier, is_enforced = rule.rule.id, rule.rule.by == "tool"
            if identifier == self.fails:
                wanted[identifier] = False
                if enforced_only and is_enforced:
                    break
            elif is_enforced or not enforced_only:
                wanted[identifier] = True
        return wanted


class Search:
    """One goal of one tool, made ready to be asked of many sessions."""

    def __init__(self, tool: CompiledTool, goal: Goal, besides: Mapping[str, Condition] | None = None) -> None:
        """``besides`` are further conditions, by a name that no rule has."""
        self._tool = tool
        self._goal = goal
        self._besides = besides or {}

    def run(self, session: Session, pool: Mapping[str, Sequence[Any]], limit: int = 1) -> list[dict[str, JsonValue]]:
        """Arguments by which whoever the session serves reaches the goal, at most ``limit``; may be none."""
        found = []
        for choice in self._candidates(session, pool, limit):
            taken = arguments(choice)
            judged = session.judge(self._tool.name, taken)
            if isinstance(judged, tuple) and self._goal.reached(self._tool, judged):
                found.append(taken)
        return found

    def size(self, pool: Mapping[str, Sequence[Any]]) -> int:
        """How many combinations a run looks through at most."""
        return prod(len(pool[name]) for name in self._sought)

    def suits(self, session: Session) -> bool:
        """Whether the goal can be reached for whoever the session serves, as far as that depends on them alone."""
        if not self._personal:
            return True
        return self._truth(session, f"SELECT {' AND '.join(self._personal)}", {"me": self._me(session)}) == [(1,)]

    def useful(self, session: Session, name: str, values: Sequence[JsonValue]) -> list[JsonValue]:
        """The values of one parameter that do not rule the goal out whatever the others are and whoever asks."""
        conditions = self._single.get(name)
        if not conditions:
            return list(values)
        encode = encoder(self._tool.tool.parameters[name])
        bindings = {f"values__{name}": json.dumps([encode(value) for value in values], ensure_ascii=False)}
        sql = f"WITH {_relation(name)} SELECT i FROM try__{name} WHERE {' AND '.join(conditions)}"
        return [values[int(i)] for (i,) in self._truth(session, sql, bindings)]

    def _me(self, session: Session) -> Any:
        return session.me.get(self._tool.principal)

    def _candidates(self, session: Session, pool: Mapping[str, Sequence[Any]], limit: int) -> list[dict[str, Any]]:
        if any(not values for values in pool.values()):
            return []
        bindings: dict[str, Any] = {"me": self._me(session), "most__": limit}
        for name in self._sought:
            parameter = self._tool.tool.parameters[name]
            encode = encoder(parameter)
            encoded = [encode(parameter.default if value is ABSENT else value) for value in pool[name]]
            bindings[f"values__{name}"] = json.dumps(encoded, ensure_ascii=False)
        first = {name: values[0] for name, values in pool.items()}
        rows = self._truth(session, self._sql, bindings)
        return [first | {n: pool[n][int(i)] for n, i in zip(self._sought, row, strict=False)} for row in rows]

    @staticmethod
    def _truth(session: Session, sql: str, bindings: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        try:
            return session.query(sql, bindings)
        except (apsw.InterruptError, apsw.TooBigError):
            return []  # more steps than a call may take: this way leads nowhere

    @cached_property
    def _asked(self) -> dict[str, tuple[str, ...]]:
        """For each condition: the names it depends on, ``let`` values followed to what they depend on."""
        wanted = self._goal.conditions(self._tool)
        rules = {r.rule.id: self._names(r.statement.parameters) for r in self._tool.rules if r.rule.id in wanted}
        return {**rules, **{what: self._names(names) for what, (_, names) in self._besides.items()}}

    def _names(self, parameters: Sequence[str]) -> tuple[str, ...]:
        lets = dict(self._tool.lets)
        found: dict[str, None] = {}
        for name in parameters:
            found.update(dict.fromkeys(self._names(lets[name].parameters) if name in lets else (name,)))
        return tuple(found)

    @cached_property
    def _sought(self) -> tuple[str, ...]:
        """The parameters on which the goal depends, in the order in which the rules ask for them."""
        names = [name for asked in self._asked.values() for name in asked]
        return tuple(name for name in dict.fromkeys(names) if name in self._tool.tool.parameters)

    @cached_property
    def _conditions(self) -> dict[str, str]:
        """Each rule that matters, and what is wanted besides, as a condition over the columns of candidates."""
        known = {name: f"try__{name}.v" for name in self._sought}
        for name, statement in self._tool.lets:
            known[name] = f"({replaced(statement.sql, known)})"
        wanted = self._goal.conditions(self._tool)
        rules = {rule.rule.id: rule.statement.sql for rule in self._tool.rules}
        found = {
            rule: f"coalesce(({replaced(rules[rule], known)}), 0) {'=' if holds else '<>'} 1"
            for rule, holds in wanted.items()
        }
        besides = {what: f"coalesce(({replaced(sql, known)}), 0) <> 0" for what, (sql, _) in self._besides.items()}
        return {**found, **besides}

    @cached_property
    def _personal(self) -> list[str]:
        return [c for rule, c in self._conditions.items() if not set(self._asked[rule]) & set(self._sought)]

    @cached_property
    def _single(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for rule, condition in self._conditions.items():
            names = set(self._asked[rule]) & set(self._sought)
            if len(names) == 1 and "me" not in self._asked[rule]:
                found.setdefault(names.pop(), []).append(condition)
        return found

    @cached_property
    def _sql(self) -> str:
        """Nested loops over the candidates in the order of the rules, so that early rules end hopeless branches."""
        where = " AND ".join(self._conditions.values()) or "1"
        if not self._sought:
            return f"SELECT 0 WHERE {where} LIMIT :most__"
        picked = ", ".join(f"try__{n}.i" for n in self._sought)
        sources = " CROSS JOIN ".join(f"try__{n}" for n in self._sought)
        relations = ", ".join(map(_relation, self._sought))
        return f"WITH {relations} SELECT {picked} FROM {sources} WHERE {where} LIMIT :most__"


def _relation(name: str) -> str:
    return f"try__{name}(i, v) AS MATERIALIZED (SELECT key, value FROM json_each(:values__{name}))"
