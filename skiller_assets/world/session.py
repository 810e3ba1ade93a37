"""One private, disposable copy of a world in which tools are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import apsw
import fastjsonschema

from skiller_assets.contract.ids import IdSpaceExhausted
from skiller_assets.contract.values import BadValue, JsonValue, SqlValue, shown
from skiller_assets.world.arguments import refusal
from skiller_assets.world.builtins import SCHEMAS as BUILTINS
from skiller_assets.world.builtins import TRANSFER, call_builtin
from skiller_assets.world.connection import StepLimit, open_private_copy
from skiller_assets.world.diff import Diff
from skiller_assets.world.outcome import Outcome
from skiller_assets.world.program import ONE_PERSON, EffectPlan, Program, ReturnPlan, RulePlan, ToolPlan

STEP_TICKS = 400
"""Times 50,000 virtual machine steps: what one call may take. A call of the written domains takes under 5,000 steps."""


class Fault(Exception):
    """A fault of the contract at run time; the call becomes ``error`` and leaves nothing behind."""


@dataclass(frozen=True, slots=True)
class IdStock:
    """For each table in which tools create rows: the index of its first new id, and the ids that are taken."""

    first: Mapping[str, int]
    taken: Mapping[str, frozenset[str]]


class Session:
    """Calls go in, outcomes come out; :meth:`diff` tells what they changed. Not for use by two threads at once."""

    def __init__(self, program: Program, image: bytes, now: str, ids: IdStock) -> None:
        self._program = program
        self._connection = open_private_copy(image, now)
        self._limit = StepLimit(self._connection, STEP_TICKS)
        self._execute = self._connection.cursor().execute
        self._ids = ids
        self._common: dict[str, SqlValue] = {**program.constants, "now": now}
        self._decisive: dict[tuple[str, str | None], list[RulePlan]] = {}
        self._begin()

    def _begin(self) -> None:
        self._track()
        self._carried_out: list[tuple[str, dict[str, SqlValue]]] = []
        self._next: dict[str, int] = {}
        self.me: dict[str, SqlValue] = {}
        self._admitted: set[str] = set()
        self.new_ids: list[str] = []
        self.transferred = False

    def _track(self) -> None:
        self._execute("BEGIN")
        self._tracker = apsw.Session(self._connection, "main")
        self._tracker.attach()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Throw the copy away."""
        self._tracker.close()
        self._connection.close()

    def reset(self) -> None:
        """Back to the untouched world, nobody authorized; cheaper than a fresh session."""
        self._tracker.close()
        self._execute("ROLLBACK")
        self._begin()

    def diff(self) -> Diff:
        """What all calls together have changed, as a net effect."""
        return self._program.diffs.read(self._tracker.changeset())

    def admit(self, roles: Mapping[str, SqlValue]) -> None:
        """Serve somebody without asking for credentials: for synthesis and checks, never for agents."""
        self.me.update(roles)
        tools = self._program.tools.values()
        self._admitted |= {plan.name for plan in tools if plan.grants is not None and plan.principal in roles}

    def query(self, sql: str, bindings: Mapping[str, SqlValue] | None = None) -> list[tuple[Any, ...]]:
        """Look at the session's state from outside any tool: for synthesis and checks, never for agents."""
        self._limit.reset()
        return self._execute(sql, {**self._common, **(bindings or {})}).fetchall()

    def call(self, name: str, arguments: Any) -> Outcome:
        """Call a tool. Never raises for what a caller can send; a fault of the contract ends in ``error``."""
        if name in BUILTINS:
            outcome = call_builtin(name, arguments)
            self.transferred = self.transferred or (name == TRANSFER and outcome.status == "ok")
            return outcome
        plan = self._program.tools.get(name)
        if plan is None:
            return Outcome("invalid", message=f"there is no tool {shown(name)}")
        self._limit.reset()
        try:
            bound = self._bind(plan, arguments)
            if isinstance(bound, Outcome):
                return bound
            if plan.grants is not None:
                return self._authorize(plan, plan.grants, bound)
            return self._run(plan, bound, bool(plan.two_step and arguments.get("confirm", False)))
        except (apsw.Error, Fault, IdSpaceExhausted) as error:
            return Outcome("error", message=f"{name}: {error}")

    def judge(self, name: str, arguments: Any) -> tuple[str, ...] | Outcome:
        """The ids of all rules that a call would fail, in order; an Outcome if it would not get that far.

        Nothing is carried out. For synthesis and checks; a call asks enforced rules only up to the first failure.
        """
        plan = self._program.tools[name]
        self._limit.reset()
        try:
            bound = self._bind(plan, arguments)
            if isinstance(bound, Outcome):
                return bound
            return tuple(rule.id for rule in plan.rules if self._ask(rule, bound) != 1)
        except (apsw.Error, Fault) as error:
            return Outcome("error", message=f"{name}: {error}")

    def permits(self, name: str, arguments: Any, but: str | None = None) -> bool:
        """Whether a call would break no rule; with ``but``, whether it would break that rule and no other.

        Like :meth:`judge`, but it stops at the first rule that decides, and begins with those that decided lately:
        searching asks this thousands of times.
        """
        plan = self._program.tools[name]
        self._limit.reset()
        try:
            bound = self._bind(plan, arguments)
            if isinstance(bound, Outcome):
                return False
            rules = self._decisive.setdefault((name, but), list(plan.rules))
            for i, rule in enumerate(rules):
                if (self._ask(rule, bound) == 1) != (rule.id != but):
                    rules.insert(0, rules.pop(i))
                    return False
            return True
        except (apsw.Error, Fault):
            return False

    def _bind(self, plan: ToolPlan, arguments: Any) -> dict[str, SqlValue] | Outcome:
        try:
            plan.validate(arguments)
        except fastjsonschema.JsonSchemaValueException as error:
            return Outcome("invalid", message=refusal(error))
        bound = dict(self._common)
        for name, encode, default in plan.encode:
            try:
                bound[name] = encode(arguments.get(name, default))
            except BadValue as error:
                return Outcome("invalid", message=f"{name}: {error}")
        if plan.grants is None:
            if plan.authorizer not in self._admitted:
                return Outcome("unauthorized", message=f"The {plan.principal.replace('_', ' ')} is not authorized yet.")
            bound["me"] = self.me[plan.principal]
        return bound

    def _authorize(self, plan: ToolPlan, grants: tuple[str, str, str], bound: dict[str, SqlValue]) -> Outcome:
        rule, sql, says = grants
        rows = self._execute(sql, bound).fetchall()
        if len(rows) > 1:
            raise Fault(f"the credentials match {len(rows)} people")
        if not rows:
            return Outcome("denied", rule=rule, message=says)
        if not self._is_served(plan.principal, rows[0][0]):
            return Outcome("denied", rule=ONE_PERSON, message="This conversation already serves somebody else.")
        self.me[plan.principal] = rows[0][0]
        self._admitted.add(plan.name)
        return Outcome("ok", {"authorized": True})

    def _is_served(self, principal: str, key: SqlValue) -> bool:
        """Whether somebody is the person whom the session serves already, in this role or in another one."""
        if principal in self.me:
            return self.me[principal] == key
        if not self.me or self._program.same_person is None:
            return True
        roles: dict[str, SqlValue] = {**dict.fromkeys(self._program.compiled.contract.principals), **self.me}
        return bool(self._scalar(self._program.same_person, {**roles, principal: key}, "same_person") == 1)

    def _run(self, plan: ToolPlan, bound: dict[str, SqlValue], confirmed: bool) -> Outcome:
        violations: list[str] = []
        for rule in plan.rules:
            holds = self._ask(rule, bound)
            if holds == 1:
                continue
            if holds is not None and holds != 0:
                raise Fault(f"rule {rule.id} yields {holds!r}; 0, 1 or NULL is expected")
            if rule.enforced:
                return Outcome("denied", rule=rule.id, message=rule.message)
            violations.append(rule.id)
        self._let(plan.lets, bound)
        if not plan.effects:
            return Outcome("ok", self._result(plan.returns, bound), violations=tuple(violations))
        return self._write(plan, bound, confirmed, tuple(violations))

    def _write(
        self, plan: ToolPlan, bound: dict[str, SqlValue], confirmed: bool, violations: tuple[str, ...]
    ) -> Outcome:
        next_ids: dict[str, int] = {}
        for name, table in plan.creates:
            bound[name], next_ids[table] = self._allot(table, next_ids.get(table, self._next.get(table)))
        preview = plan.two_step and not confirmed
        self._execute("SAVEPOINT call")
        try:
            done = [effect for effect in plan.effects if self._apply(effect, bound)]
            result = self._result(plan.returns, bound)
        except BaseException:
            self._undo()
            raise
        if preview:
            self._undo()
            preview_of = {"will_happen": [effect.says for effect in done], "result": result}
            return Outcome("needs_confirmation", preview_of, message=_ASK_AGAIN)
        self._execute("RELEASE call")
        self._carried_out += [(effect.sql, bound) for effect in done]
        self._next.update(next_ids)
        self.new_ids += [str(bound[name]) for name, _ in plan.creates]
        return Outcome("ok", result, violations=violations)

    def _undo(self) -> None:
        """Leave nothing of the current call.

        SQLite ends the whole transaction when a writing statement is interrupted: what earlier calls did is repeated.
        """
        if self._connection.in_transaction:
            self._execute("ROLLBACK TO call")
            self._execute("RELEASE call")
            return
        self._tracker.close()
        self._track()
        for sql, bound in self._carried_out:
            self._limit.reset()
            self._execute(sql, bound)

    def _allot(self, table: str, index: int | None) -> tuple[str, int]:
        """The next free id of a table and the index after it; the index moves on only when the call is carried out."""
        index = self._ids.first[table] if index is None else index
        id_format, taken = self._program.id_formats[table], self._ids.taken[table]
        while (new := id_format.at(index)) in taken:
            index += 1
        return new, index + 1

    def _apply(self, effect: EffectPlan, bound: dict[str, SqlValue]) -> bool:
        if effect.when is not None:
            guard = bound[effect.when]
            if isinstance(guard, str):  # in Python '0' is true
                raise Fault(f"{effect.when} is the text {shown(guard)}; an effect depends on a number")
            if bool(guard) == effect.when_not:
                return False
        self._execute(effect.sql, bound)
        changed = self._connection.changes()
        if (effect.rows == "one" and changed != 1) or (effect.rows == "some" and changed == 0):
            raise Fault(f"the effect {effect.says!r} changed {changed} rows; {effect.rows} is declared")
        return True

    def _let(self, lets: Sequence[tuple[str, str]], bound: dict[str, SqlValue]) -> None:
        """Compute what has not been computed yet; from then on it is frozen."""
        for name, sql in lets:
            if name not in bound:
                bound[name] = self._scalar(sql, bound, name)

    def _ask(self, rule: RulePlan, bound: dict[str, SqlValue]) -> Any:
        """What a rule's predicate yields, its ``let`` values computed first."""
        if rule.lets:
            self._let(rule.lets, bound)
        return self._scalar(rule.sql, bound, rule.id)

    def _scalar(self, sql: str, bound: dict[str, SqlValue], what: str) -> Any:
        rows = self._execute(sql, bound).fetchall()
        if not rows:
            return None
        if len(rows) > 1:
            raise Fault(f"{what} yields {len(rows)} rows; one is expected")
        return rows[0][0]

    def _result(self, plan: ReturnPlan | None, bound: dict[str, SqlValue]) -> JsonValue:
        if plan is None:
            return None
        rows = self._execute(plan.sql, bound).fetchall()
        if plan.shape == "many":
            return [self._record(plan, row, bound) for row in rows]
        if len(rows) != 1:
            raise Fault(f"the result has {len(rows)} rows; one is expected")
        record = self._record(plan, rows[0], bound)
        return record if plan.shape == "one" else record[plan.names[0]]

    def _record(self, plan: ReturnPlan, row: tuple[Any, ...], bound: dict[str, SqlValue]) -> dict[str, JsonValue]:
        record: dict[str, JsonValue] = dict(zip(plan.names, row, strict=True))
        for i, decode in plan.decode:
            try:
                record[plan.names[i]] = decode(row[i])
            except ValueError as error:
                raise Fault(f"the column {plan.names[i]} of the result: {error}") from error
        if plan.children:
            inner = {**bound, **{f"row_{name}": value for name, value in zip(plan.names, row, strict=True)}}
            for name, child in plan.children:
                record[name] = self._result(child, inner)
        return record


_ASK_AGAIN = "Nothing has changed yet. Call again with confirm set to true once the customer has agreed."
