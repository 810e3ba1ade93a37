"""Grounding by execution: a goal becomes concrete calls in a live session.

Arguments are chosen only from what the user may know, what earlier calls have shown, and declared value domains; every
choice among shown rows has a description that leaves exactly one. Candidates are judged by the contract's own rules;
what does not fit is taken back, within a budget. No model is asked and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from skiller_assets.contract.analyse import canonical, knower, rule_reads
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.model import Rule
from skiller_assets.contract.wording import say_name
from skiller_assets.tasks.options import Option, assignments, detail_of, fitting, joint_options, merge
from skiller_assets.tasks.records import BELONGING, NEW, SAME, USER, Detail
from skiller_assets.tasks.rows import Cell
from skiller_assets.tasks.selection import select
from skiller_assets.tasks.space import Space, ToolFacts
from skiller_assets.tasks.trail import Need, Origin, Pick, Seen, Step, Trail, Wish

_WAYS = 4
_DEPTH = 3


@dataclass(frozen=True)
class Budget:
    """Bounds of one attempt: calls in the run, and how many fitting argument sets are tried to be reached."""

    calls: int = 12
    reached: int = 4


class Dropped(Exception):
    """An attempt that came to nothing; ``reason`` is one of a few words that the funnel counts."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Grounder:
    """Grounds goals, one after the other, on one trail."""

    def __init__(self, trail: Trail, budget: Budget | None = None) -> None:
        self.trail = trail
        self.space: Space = trail.space
        self.budget = budget or Budget()

    def authorize(self) -> None:
        """The first calls of every run: the person's own credentials, in each domain. Raises Dropped."""
        for tool in self.space.authorizers:
            self._authorize(self.space.tools[tool])

    def _authorize(self, facts: ToolFacts) -> None:
        arguments: dict[str, Any] = {}
        details = []
        for name, parameter in facts.parameters.items():
            own = self.space.values(parameter.refers_to or "", self.trail.person) if parameter.refers_to else []
            if len(own) != 1:
                raise Dropped("credentials are not the person's own")
            arguments[name] = own[0]
            details.append(detail_of(self.space, name, parameter, own[0]))
        sources: dict[str, Origin] = dict.fromkeys(arguments, USER)
        self._carry_out(Step(facts.name, arguments, sources, "authorize", -1, details))

    def fulfil(self, tool: str, flow: ValueFlow | None = None) -> Step:
        """Ground a goal so that the call is allowed by every rule, and make it. Raises Dropped.

        With a ``flow`` that enters this tool, its value is carried over from the other domain.
        """
        self._check_person(tool, None)
        step = self._goal(tool, None, flow)
        for rule in self._agent_rules(tool):
            self._look_into(step, rule)
        self._carry_out(step)
        if step.result == []:
            raise Dropped("there is nothing to show")
        return step

    def expect_chance(self, tool: str, broken: str | None, flow: ValueFlow | None) -> None:
        """Before anything is made on the way to a later goal: some arguments must fit it now. Raises Dropped."""
        self._check_person(tool, broken)
        if next(fitting(self.trail, self.space.tools[tool], broken, flow), None) is None:
            raise Dropped("no arguments fit the rules")

    def approach(self, tool: str, rule: Rule, flow: ValueFlow | None = None) -> Step:
        """Ground a goal that exactly one rule forbids, look up what shows that, and do not call it. Raises Dropped."""
        self._check_person(tool, rule.id)
        step = self._goal(tool, rule.id, flow)
        if not self._look_into(step, rule):
            raise Dropped("the agent could not see why")
        return step

    def _check_person(self, tool: str, broken: str | None) -> None:
        """Rules about the person alone are asked first: nothing that is looked up could change them."""
        for rule_id, sql in self.space.tools[tool].personal:
            rows = self.trail.session.query(sql, {"me": self.trail.role(self.space.tools[tool]).me})
            holds = bool(rows and rows[0][0])
            if holds == (rule_id == broken):
                raise Dropped("the rules rule out this person")

    def _agent_rules(self, tool: str) -> Iterator[Rule]:
        return (r.rule for r in self.space.tools[tool].compiled.rules if r.rule.by == "agent")

    def _goal(self, tool: str, broken: str | None, flow: ValueFlow | None = None) -> Step:
        """Find arguments that the rules allow (or only ``broken`` forbids), then make the lookups that show them."""
        facts = self.space.tools[tool]
        mark = self.trail.mark()
        tried = 0
        for option in fitting(self.trail, facts, broken, flow):
            if self._is_made(tool, option):
                continue
            self.trail.wish = _wish(tool, option)
            step = self._reach(facts, option, "goal", 0)
            if step is not None:
                return step
            self.trail.rewind(mark)
            tried += 1
            if tried == self.budget.reached:
                break
        raise Dropped("what fits cannot be found by asking" if tried else "no arguments fit the rules")

    def _is_made(self, tool: str, option: Option) -> bool:
        return any(step.tool == tool and step.arguments == option.arguments for step in self.trail.steps)

    def _reach(
        self, facts: ToolFacts, option: Option, serves: str, depth: int, hidden: tuple[Any, ...] = ()
    ) -> Step | None:
        """The call, not made yet, after the lookups that show what it needs; None where they cannot be made."""
        if hidden:
            option = replace(option, needs=tuple(replace(need, hidden=hidden) for need in option.needs))
        if not all(self._supply(need, depth) for need in option.needs):
            return None
        return self._determined(facts, option, serves)

    def _supply(self, need: Need, depth: int) -> bool:
        """Make sure that a value has been shown, by a read that leads to it."""
        if self.trail.find(need) is not None:
            return True
        if depth >= _DEPTH or len(self.trail.steps) >= self.budget.calls:
            return False
        column = need.origins[-1][1]
        producers = [need.flow.gives] if need.flow else list(self.space.producers.get(column, ()))
        if need.whole and not need.flow:
            producers = [p for p in producers if self._lists(p, column)]
        self.trail.rng.shuffle(producers)
        return any(self._read(self.space.tools[producer], need, depth) for producer in producers)

    def _lists(self, tool: str, column: str) -> bool:
        """Whether a read lists records of their own, by their key, without being told which."""
        facts = self.space.tools[tool]
        own = facts.levels[0].own if facts.levels else ()
        return any(cell.origin == column for cell in own) and all(p.optional for p in facts.parameters.values())

    def _read(self, facts: ToolFacts, need: Need, depth: int) -> bool:
        """Call a read so that it shows what is needed; a few ways are tried, what does not serve is taken back."""
        mark = self.trail.mark()
        for option in self._ways_to_show(facts, need):
            if self._is_made(facts.name, option):
                continue
            step = self._reach(facts, _of_all(option) if need.flow else option, "lookup", depth + 1, need.hidden)
            if step is not None and self.trail.session.permits(facts.name, step.arguments):
                self._carry_out(step)
                if self.trail.find(need) is not None:
                    return True
            self.trail.rewind(mark)
        return False

    def _ways_to_show(self, facts: ToolFacts, need: Need) -> list[Option]:
        joint = joint_options(self.trail, facts, need, lookup=True)
        rest = [n for n, p in facts.parameters.items() if not p.optional and (not joint or n not in joint[0].arguments)]
        if joint and not rest:
            return joint[:_WAYS]
        given = joint[0].arguments if joint else ()
        found = list(islice(assignments(self.trail, facts, lookup=True, given=given), _WAYS))
        return [merge([j, o]) for j in joint[:_WAYS] for o in found[:1]] if joint else found

    def _determined(self, facts: ToolFacts, option: Option, serves: str) -> Step | None:
        """The step, with a choice for every value taken from a list; None where words cannot tell rows apart."""
        step = Step(facts.name, dict(option.arguments), dict(option.sources), serves, self.trail.goal)
        step.details += option.details
        step.carried |= option.carried
        picked = {pick.identity: (earlier, pick) for earlier in self.trail.steps for pick in earlier.picks}
        for need in option.needs:
            seen = self.trail.find(need)
            if seen is None:
                return None
            before = picked.get((seen.columns, seen.value))
            pick = before[1] if before else self._pick(seen, need.hidden)
            if pick is None:
                return None
            step.picks.append(pick)
            step.sources |= {place: (pick.seen.step, pick.seen.path(i)) for i, place in enumerate(need.places)}
            known = before is not None and before[0].goal != step.goal and before[0].serves == "goal"
            details = [_same(pick.seen)] if known else [*pick.selection.details]
            if not before and need.flow is None and seen.step.serves == "goal" and seen.step.goal != step.goal:
                details += self._pointing_back(seen)
            step.details += [d for d in details if d not in step.details]
        return step

    def _pointing_back(self, seen: Seen) -> Iterator[Detail]:
        """What an earlier goal has made or shown, and only once, is pointed to."""
        for i, cell in enumerate(seen.cells):
            if "[" not in seen.path(i):
                noun, parameter = _noun(cell), ".".join(cell.path)
                if seen.value[i] in self.trail.session.new_ids:
                    yield Detail(noun, NEW, "the new one", parameter)
                else:
                    yield Detail(noun, BELONGING, f"the {noun} that goes with it", parameter)

    def _pick(self, seen: Seen, hidden: tuple[Any, ...]) -> Pick | None:
        selection = select(self.space.contract, seen.level, seen.rows, seen.cells, seen.value, self.trail.rng, hidden)
        return Pick(seen, selection) if selection else None

    def _carry_out(self, step: Step) -> Step:
        if len(self.trail.steps) >= self.budget.calls:
            raise Dropped("the run grew too long")
        outcome = self.trail.session.call(step.tool, step.arguments)
        if outcome.status != "ok" or outcome.violations:
            raise Dropped(f"a call ended in {outcome.status}")
        step.result = outcome.result
        self.trail.record(step)
        return step

    def _look_into(self, goal: Step, rule: Rule) -> bool:
        """Make the lookups that show what a rule depends on; whether all of it can be seen."""
        facts = self.space.tools[goal.tool]
        complete = True
        for origin in sorted(rule_reads(facts.compiled, rule.id, self.space.contract)):
            if self._is_known(origin, goal) or self._has_been_shown(origin, goal):
                continue
            if not self._show(origin, goal, rule):
                complete = False
        return complete

    def _is_known(self, origin: str, goal: Step) -> bool:
        """Keys and references only connect records; what the user knows or the call itself says needs no lookup."""
        contract = self.space.contract
        attribute = contract.attribute(origin)
        table, _, name = origin.partition(".")
        if attribute is None or attribute.type == "id" or attribute.refers_to or name in contract.tables[table].key:
            return True
        return knower(contract, origin) != "nobody" or self._is_argument(origin, goal)

    def _is_argument(self, origin: str, goal: Step) -> bool:
        return any(a.column == origin for a in self.space.tools[goal.tool].arguments)

    def _has_been_shown(self, origin: str, goal: Step) -> bool:
        """Whether a call that will be kept shows a column: all but lookups from which no later call takes a value."""
        return any(
            cell.origin == origin and (step.serves != "lookup" or self._is_source(step, goal))
            for step in self.trail.steps
            for level in self.space.tools[step.tool].levels
            for cell in level.own
        )

    def _is_source(self, step: Step, goal: Step) -> bool:
        later = (*self.trail.steps, goal)
        return any(not isinstance(o, str) and o[0] is step for other in later for o in other.sources.values())

    def _show(self, origin: str, goal: Step, rule: Rule) -> bool:
        """Find a read that shows a column of the records at hand, and make it for the rule's sake."""
        for tool in self._showing(origin):
            found = self._at_hand(self.space.tools[tool], goal)
            if found is None or not self.trail.session.permits(tool, found[0]):
                continue
            serves = f"rule {rule.id}"
            earlier = [s for s in self.trail.steps if s.tool == tool and s.arguments == found[0]]
            if earlier:
                earlier[-1].serves = serves if earlier[-1].serves == "lookup" else earlier[-1].serves
            else:
                self._carry_out(Step(tool, found[0], found[1], serves, self.trail.goal))
            return True
        return False

    def _showing(self, origin: str) -> list[str]:
        found = [
            name
            for name, facts in self.space.tools.items()
            if facts.compiled.tool.access == "read"
            and any(cell.origin == origin for level in facts.levels for cell in level.own)
        ]
        return sorted(found, key=lambda n: (-len(self.space.tools[n].lookups), n))

    def _at_hand(self, facts: ToolFacts, goal: Step) -> tuple[dict[str, Any], dict[str, Origin]] | None:
        """Arguments for a lookup about the goal's own records: what the goal names, or the only value there is."""
        arguments: dict[str, Any] = {}
        sources: dict[str, Origin] = {}
        for name, parameter in facts.parameters.items():
            if parameter.optional:
                continue
            column = canonical(self.space.contract, parameter.refers_to) if parameter.refers_to else None
            if column is None or parameter.type == "list":
                return None
            named = [
                (goal.arguments.get(a.path[0]), goal.sources.get(a.path[0]))
                for a in self.space.tools[goal.tool].arguments
                if a.column == column and len(a.path) == 1 and not isinstance(goal.arguments.get(a.path[0]), list)
            ]
            shown = self.trail.shown(column)
            if named and named[0][0] is not None and named[0][1] is not None:
                arguments[name], sources[name] = named[0][0], named[0][1]
            elif len(shown) == 1:
                arguments[name], sources[name] = shown[0].value[0], (shown[0].step, shown[0].path(0))
            else:
                return None
        return arguments, sources


def _wish(tool: str, option: Option) -> Wish:
    """What the user says for a goal, and what of it is carried over."""
    carried = {need.places[0]: need for need in option.needs if need.flow}
    said = {n: v for n, v in option.arguments.items() if option.sources.get(n) == USER or n in carried}
    return Wish(tool, said, carried)


def _of_all(option: Option) -> Option:
    """The way to a record from which something is carried over: the user points to one of all that they have."""
    return replace(option, needs=tuple(replace(need, whole=True) for need in option.needs))


def _same(seen: Seen) -> Detail:
    return Detail(_noun(seen.cells[-1]), SAME, "the same one", ".".join(seen.cells[-1].path))


def _noun(cell: Cell) -> str:
    return say_name((cell.column or "").partition(".")[0])
