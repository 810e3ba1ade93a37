"""What the data look like where a rule never holds or never fails: the calls that were tried, and what it read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import apsw
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from skiller_assets.contract.analyse import rule_reads
from skiller_assets.contract.compile import CompiledRule, CompiledTool
from skiller_assets.contract.ddl import enum_of
from skiller_assets.contract.model import Contract
from skiller_assets.contract.sql import replaced
from skiller_assets.contract.values import SqlValue
from skiller_assets.contract.wording import say_constant
from skiller_assets.service.asked_calls import AskedCalls
from skiller_assets.service.summary import summarize_database
from skiller_assets.world.program import lets_of

_MOST_COLUMNS, _MOST_VALUES = 6, 6
_MARK = "bound__"
_COMPARISONS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.NEQ)


class DeadRules:
    """Tells what was seen of rules that are dead on the data of a world."""

    def __init__(self, calls: AskedCalls) -> None:
        self._calls = calls
        self._contract: Contract = calls.world.contract
        self._summary = summarize_database(calls.world.image, self._contract)["tables"]

    def seen(self, tool: CompiledTool, rule: CompiledRule) -> str:
        """```COUNT(*)` was 0 to 2; in the data loan.status is open (12), returned (3); max_loans is 5 loans``."""
        sides = self._sides(tool, rule)
        columns = [self._column(column) for column in self._columns(tool, rule)]
        constants = [
            f"{name} is {say_constant(self._contract.constants[name], self._contract.currency)}"
            for name in dict.fromkeys(rule.statement.parameters)
            if name in self._contract.constants
        ]
        told = [sides] if sides else []
        told += [f"in the data {'; '.join(columns)}"] if columns else []
        return "; ".join([*told, *constants, *self._missing(tool, rule)])

    def _columns(self, tool: CompiledTool, rule: CompiledRule) -> list[str]:
        """The columns that a rule reads, keys and references left out: their values tell nothing."""
        reads = sorted(rule_reads(tool, rule.rule.id, self._contract))
        return [r for r in reads if (a := self._contract.attribute(r)) and a.type != "id"][:_MOST_COLUMNS]

    def _column(self, column: str) -> str:
        table, _, name = column.partition(".")
        seen = self._summary[table]["columns"][name]
        empty = f", empty in {seen['empty']}" if seen["empty"] else ""
        if "values" in seen:
            values = list(seen["values"].items())
            more = ", …" if len(values) > _MOST_VALUES else ""
            return f"{column} is {', '.join(f'{v} ({n})' for v, n in values[:_MOST_VALUES])}{more}{empty}"
        if "smallest" in seen:
            return f"{column} is {seen['smallest']} to {seen['largest']}{empty}"
        return f"{column} has {seen['distinct']} values{empty}"

    def _missing(self, tool: CompiledTool, rule: CompiledRule) -> Iterator[str]:
        """States that a rule names, that no row is in and that no tool brings about."""
        lets = {name for name, _ in lets_of(tool, rule.statement)}
        statements = [rule.statement, *(statement for name, statement in tool.lets if name in lets)]
        named = {t.text for s in statements for t in s.tokens if t.token_type == TokenType.STRING}
        for column in self._columns(tool, rule):
            table, _, name = column.partition(".")
            seen = self._summary[table]["columns"][name].get("values", {})
            for value in sorted(named & set(enum_of(self._contract.tables[table], name) or ())):
                if not seen.get(value) and not self._is_set(table, name, value):
                    yield f"no row has {column} '{value}' and no tool sets it"

    def _is_set(self, table: str, column: str, value: str) -> bool:
        """Whether some effect on the table may write the value: it names it, or takes it from elsewhere."""
        for tool in self._calls.explorer.compiled.tools.values():
            for effect in tool.effects:
                words = {t.text for t in effect.statement.tokens}
                if table in effect.statement.written_tables and column in words:
                    literals = {t.text for t in effect.statement.tokens if t.token_type == TokenType.STRING}
                    if value in literals or not literals:
                        return True
        return False

    def _sides(self, tool: CompiledTool, rule: CompiledRule) -> str | None:
        """The values of both sides over the tried calls, where a predicate is one comparison."""
        halves = _halves(rule)
        if halves is None:
            return None
        sql, *words = halves
        found: tuple[list[SqlValue], list[SqlValue]] = ([], [])
        for session, case in self._calls.served(tool, [case for case, _ in self._calls.all_of(tool)]):
            bound = self._calls.bound(session, tool, case)
            common = {**self._calls.world.program.constants, "now": self._calls.world.now}
            try:
                for name, let in lets_of(tool, rule.statement):
                    rows = session.query(let, bound)
                    bound[name] = rows[0][0] if rows else None
                values = {f"{_MARK}{name}": value for name, value in {**common, **bound}.items()}
                for row in session.query(sql, values):
                    for side, value in zip(found, row, strict=True):
                        side.append(value)
            except apsw.Error:
                continue  # a call that ends in an error has no sides
        told = [f"{word} was {_range(side)}" for word, side in zip(words, found, strict=True) if word and side]
        return ", ".join(told) or None


def _halves(rule: CompiledRule) -> tuple[str, str, str] | None:
    """A statement that yields both sides of a comparison, and how they read (see below); None for what is none."""
    marked = replaced(rule.statement.sql, {name: f":{_MARK}{name}" for name in rule.statement.parameters})
    try:
        tree = sqlglot.parse_one(marked, read="sqlite")
    except SqlglotError:
        return None  # SQLite accepts more than the parser does
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        return None
    compared = tree.expressions[0].unalias().unnest()
    if not isinstance(compared, _COMPARISONS):
        return None
    sides = [compared.this, compared.expression]
    words = [_side_words(side) for side in sides]
    tree.set("expressions", [side.copy() for side in sides])
    return tree.sql("sqlite"), words[0], words[1]


def _side_words(side: exp.Expression) -> str:
    """A side as it reads; nothing for what is the same in every call."""
    is_fixed = isinstance(side.unnest(), exp.Literal | exp.Placeholder)
    return "" if is_fixed else f"`{side.sql('sqlite').replace(_MARK, '')}`"


def _range(values: Sequence[Any]) -> str:
    """``0 to 2``, ``5``, or a few words."""
    known = {value for value in values if value is not None}
    if not known:
        return "empty"
    numbers = sorted(v for v in known if isinstance(v, int | float))
    if len(numbers) == len(known):
        low, high = (f"{number:g}" for number in (numbers[0], numbers[-1]))
        return low if low == high else f"{low} to {high}"
    texts = sorted(map(str, known))
    return ", ".join(texts) if len(texts) <= _MOST_VALUES else f"{texts[0]} to {texts[-1]}"
