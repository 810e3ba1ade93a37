"""Candidate arguments: what the user may know and say, declared value domains, and records that a lookup can show.

Records are proposed from the live session (a person's own rows; a sample of what belongs to nobody); a proposal counts
only once earlier calls have shown it, see ``ground``.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from skiller_assets.contract.analyse import canonical, sayable
from skiller_assets.contract.fusion import ValueFlow
from skiller_assets.contract.model import Parameter
from skiller_assets.fusion.carried import entering
from skiller_assets.tasks.records import CONSTANT, FREE_TEXT, USER, Detail
from skiller_assets.tasks.rows import leaves
from skiller_assets.tasks.space import Space, ToolFacts, says
from skiller_assets.tasks.trail import Need, Trail
from skiller_assets.world.roles import Role

MOST_OPTIONS = 12
MOST_RECORDS = 160
MOST_ASSIGNMENTS = 320
_STAY_WITH_WHAT_WAS_TOUCHED = 0.6
_FOLLOW_WHAT_WAS_SHOWN = 0.7
_MANY_TUPLES = 120
_OPTIONAL_GIVEN = 0.35
_FREE_TEXT = "As the customer asked."


@dataclass(frozen=True)
class Option:
    """One way to fill one or several parameters: values, plain sources, what the user says, what must be shown."""

    arguments: Mapping[str, Any]
    sources: Mapping[str, str]
    details: tuple[Detail, ...] = ()
    needs: tuple[Need, ...] = ()

    @property
    def carried(self) -> dict[str, ValueFlow]:
        """The arguments whose values a flow carries over from the other domain."""
        return {need.places[0]: need.flow for need in self.needs if need.flow}


NOTHING = Option({}, {})


def merge(options: Sequence[Option]) -> Option:
    """Several options as one."""
    return Option(
        {k: v for o in options for k, v in o.arguments.items()},
        {k: v for o in options for k, v in o.sources.items()},
        tuple(d for o in options for d in o.details),
        tuple(n for o in options for n in o.needs),
    )


def fitting(trail: Trail, facts: ToolFacts, broken: str | None, flow: ValueFlow | None = None) -> Iterator[Option]:
    """Those of the :func:`assignments` of a goal that break no rule but ``broken``, and that one.

    With a ``flow`` that enters this tool, its value is carried over from the other domain.
    """
    for combination in _assignments(trail, facts, lookup=False, broken=broken, flow=flow):
        arguments = {name: value for option in combination for name, value in option.arguments.items()}
        if trail.session.permits(facts.name, arguments, broken):
            yield merge(combination)


def assignments(trail: Trail, facts: ToolFacts, *, lookup: bool, given: Collection[str] = ()) -> Iterator[Option]:
    """Ways to fill all parameters of a tool but the ``given`` ones, in random order, at most MOST_ASSIGNMENTS.

    ``lookup``: the call serves another, so optional parameters are left out.
    """
    yield from map(merge, _assignments(trail, facts, lookup=lookup, given=given))


def _assignments(
    trail: Trail,
    facts: ToolFacts,
    *,
    lookup: bool,
    broken: str | None = None,
    given: Collection[str] = (),
    flow: ValueFlow | None = None,
) -> Iterator[tuple[Option, ...]]:
    """The same, one option for each parameter or group of them. ``broken``: the rule that is to forbid the call."""
    joint = [] if given or flow else joint_options(trail, facts, None, lookup=lookup)
    pools: list[Sequence[Option]] = [_carried(trail, facts, flow)] if flow else [joint] if joint else []
    if not all(pools):
        return
    filled = {*given, *(name for pool in pools for name in pool[0].arguments)}
    for columns in _composite_keys(trail.space, facts):
        if not filled & set(columns):
            pools.append(_record_options(trail, facts, columns, broken))
            filled |= set(columns)
    if not all(pools):
        return
    for name, parameter in facts.parameters.items():
        if name in filled:
            continue
        options: Sequence[Option]
        if _is_record(trail.space, parameter):
            options = _record_options(trail, facts, {name: parameter.refers_to or ""}, broken)
        elif lookup and name in trail.said(facts) and parameter.type != "list":
            options = [_value_option(trail, facts, name, trail.said(facts)[name])]
        else:
            options = _options(trail, trail.role(facts), name, parameter)
        if parameter.optional and (lookup or not options or trail.rng.random() > _OPTIONAL_GIVEN):
            options = [NOTHING]
        if not options:
            return
        pools.append(options)
    if facts.compiled.confirm == "tool":
        pools.append([Option({"confirm": True}, {"confirm": CONSTANT})])
    yield from _combinations(pools, trail.rng)


def _combinations(pools: Sequence[Sequence[Option]], rng: random.Random) -> Iterator[tuple[Option, ...]]:
    if prod(len(pool) for pool in pools) <= MOST_ASSIGNMENTS:
        every = list(product(*(range(len(pool)) for pool in pools)))
        rng.shuffle(every)
        yield from (tuple(pool[i] for pool, i in zip(pools, indexes, strict=True)) for indexes in every)
        return
    tried: set[tuple[int, ...]] = set()
    for _ in range(MOST_ASSIGNMENTS):
        indexes = tuple(rng.randrange(len(pool)) for pool in pools)
        if indexes not in tried:
            tried.add(indexes)
            yield tuple(pool[i] for pool, i in zip(pools, indexes, strict=True))


def joint_options(trail: Trail, facts: ToolFacts, target: Need | None, *, lookup: bool) -> list[Option]:
    """Arguments of a read taken together, from tuples for which it has an answer — one that shows ``target``."""
    space = trail.space
    column = target.origins[-1][1] if target else None
    me = trail.role(facts).me
    tuples = space.tuples(facts.name, me, column)
    if target is not None and tuples and "" in tuples[0]:
        tuples = space.tuples_showing(facts.name, me, column or "", target.value[-1])
    if not tuples:
        return []
    names = [n for n in tuples[0] if n and not (lookup and facts.parameters[n].optional)]
    conditions = _conditions(trail, facts, names, lookup=lookup)
    fits = _fitting(tuples, names, conditions, trail.rng)
    if target is None and trail.rng.random() < _FOLLOW_WHAT_WAS_SHOWN:
        for name in names:
            refers_to = facts.parameters[name].refers_to
            shown = {s.value[0] for s in trail.shown(canonical(space.contract, refers_to))} if refers_to else set()
            if shown:
                conditions = {**conditions, name: conditions.get(name, shown) & shown}
                fits = _fitting(tuples, names, conditions, trail.rng) or fits
    sample = trail.rng.sample(fits, min(MOST_OPTIONS, len(fits)))
    return [merge([_value_option(trail, facts, n, t[n]) for n in names]) for t in sample]


def _conditions(trail: Trail, facts: ToolFacts, names: Sequence[str], *, lookup: bool) -> dict[str, set[Any]]:
    """The values to which arguments are bound: a lookup by what has been said, a record by whose it is."""
    said = trail.said(facts) if lookup else {}
    bound: dict[str, set[Any]] = {n: {said[n]} for n in names if n in said}
    for name in names:
        refers_to = facts.parameters[name].refers_to
        if refers_to and _is_record(trail.space, facts.parameters[name]) and trail.space.is_owned(refers_to):
            own = {row[0] for row in trail.space.owned(trail.session, refers_to, trail.person)}
            bound[name] = bound.get(name, own) & own
    return bound


def _fitting(
    tuples: Sequence[dict[str, Any]], names: Sequence[str], conditions: Mapping[str, set[Any]], rng: random.Random
) -> list[dict[str, Any]]:
    """The tuples that are complete and meet the conditions; of very many a sample, where that has enough of them."""

    def fits(values: dict[str, Any]) -> bool:
        for name in names:
            value = values[name]
            if value is None or (name in conditions and value not in conditions[name]):
                return False
        return True

    if len(tuples) > _MANY_TUPLES:
        found = [t for t in rng.sample(tuples, _MANY_TUPLES // 2) if fits(t)]
        if len(found) >= MOST_OPTIONS:
            return found
    return [t for t in tuples if fits(t)]


def _value_option(trail: Trail, facts: ToolFacts, name: str, value: Any) -> Option:
    """One value of one parameter of a tool, from wherever it may come."""
    carried = trail.wish.carried.get(name) if trail.wish and name in trail.said(facts) else None
    if carried is not None and carried.flow is not None and entering(carried.flow, carried.value[0]) == value:
        return _carried_option(trail, facts, carried)
    return _plain_option(trail, name, facts.parameters[name], value)


def _plain_option(trail: Trail, name: str, parameter: Parameter, value: Any) -> Option:
    """One value of a parameter, or of a part of one: said by the user, or a record to be looked up."""
    if parameter.refers_to and not says(trail.space.contract, parameter):
        need = Need((name,), ((parameter.refers_to, canonical(trail.space.contract, parameter.refers_to)),), (value,))
        return Option({name: value}, {}, (), (need,))
    return Option({name: value}, {name: USER}, (detail_of(trail.space, name, parameter, value),))


def _composite_keys(space: Space, facts: ToolFacts) -> list[dict[str, str]]:
    """Parameters that together name one record of a table with a composite key (parameter → ``table.column``).

    The parent's part may be declared as a reference to the parent: ``reservation_id`` beside ``passenger_no``.
    """
    found: dict[str, dict[str, str]] = {}
    canonicals = {
        canonical(space.contract, p.refers_to): n
        for n, p in facts.parameters.items()
        if p.refers_to and p.type != "list"
    }
    for parameter in facts.parameters.values():
        table, _, column = (parameter.refers_to or "").partition(".")
        declared = space.contract.tables.get(table)
        if declared is None or len(declared.key) == 1 or column not in declared.key or parameter.type == "list":
            continue
        parts = {canonicals.get(canonical(space.contract, f"{table}.{k}")): f"{table}.{k}" for k in declared.key}
        if None not in parts:
            found[table] = {name: column for name, column in parts.items() if name is not None}
    return [columns for _, columns in sorted(found.items()) if not _all_sayable(space, columns)]


def _all_sayable(space: Space, columns: Mapping[str, str]) -> bool:
    return all(sayable(space.contract, column) for column in columns.values())


def _is_record(space: Space, parameter: Parameter) -> bool:
    return parameter.refers_to is not None and parameter.type != "list" and not says(space.contract, parameter)


class _Records(Sequence[Option]):
    """Options for many records, made when they are asked for: of a large pool only a few are ever tried."""

    def __init__(self, columns: Mapping[str, str], origins: tuple[tuple[str, str], ...], rows: Sequence[Any]) -> None:
        self._names = tuple(columns)
        self._origins = origins
        self._rows = rows
        self._made: dict[int, Option] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, i: Any) -> Any:
        if i not in self._made:
            value = self._rows[i]
            need = Need(self._names, self._origins, value)
            self._made[i] = Option(dict(zip(self._names, value, strict=True)), {}, (), (need,))
        return self._made[i]


def _record_options(trail: Trail, facts: ToolFacts, columns: Mapping[str, str], broken: str | None) -> _Records:
    origins = tuple((c, canonical(trail.space.contract, c)) for c in columns.values())
    rows = trail.space.records(trail.session, facts, columns, broken, trail.role(facts).me)
    return _Records(columns, origins, _some(trail, [column for _, column in origins], rows))


def _some(trail: Trail, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """At most MOST_RECORDS of the rows; often those that earlier goals were about, where there are any."""
    touched = trail.touched(tuple(columns))
    if touched and trail.rng.random() < _STAY_WITH_WHAT_WAS_TOUCHED:
        rows = [row for row in rows if row in touched] or rows
    return rows if len(rows) <= MOST_RECORDS else trail.rng.sample(rows, MOST_RECORDS)


def _options(trail: Trail, role: Role, name: str, parameter: Parameter) -> list[Option]:
    if parameter.type == "list":
        return _list_options(trail, role, name, parameter)
    if parameter.refers_to and not says(trail.space.contract, parameter):
        rows = trail.space.owned(trail.session, parameter.refers_to, trail.person)
        column = canonical(trail.space.contract, parameter.refers_to)
        return [_plain_option(trail, name, parameter, row[0]) for row in _some(trail, [column], rows)]
    if parameter.type == "text" and parameter.choose is None and not parameter.enum and not parameter.refers_to:
        return [Option({name: _FREE_TEXT}, {name: FREE_TEXT})]
    return [_plain_option(trail, name, parameter, value) for value in user_values(trail, role, parameter)]


def _carried(trail: Trail, facts: ToolFacts, flow: ValueFlow) -> list[Option]:
    """The values that a flow may carry over: what its read has shown already, and what else it would show."""
    column = canonical(trail.space.contract, flow.column)
    shown = [seen.value[0] for seen in trail.shown(column) if seen.step.tool == flow.gives]
    values = dict.fromkeys([*shown, *trail.space.carried(flow, trail.person)])
    needs = [Need((flow.parameter,), ((flow.column, column),), (v,), flow, True, (v,)) for v in values]
    options = [_carried_option(trail, facts, need) for need in needs]
    tuples = trail.space.tuples(facts.name, trail.role(facts).me)
    joint = tuples and flow.parameter in tuples[0]
    return _joined(trail, facts, options, flow.parameter, tuples) if joint else options


def _carried_option(trail: Trail, facts: ToolFacts, need: Need) -> Option:
    """A value that is carried over, and how the user points to it."""
    flow, (name,), (value,) = need.flow, need.places, need.value
    assert flow is not None
    plain = detail_of(trail.space, name, facts.parameters[name], flow.phrase)
    # "for the {value}" and "the hotel of my rental" are to become "for the hotel of my rental".
    phrase = plain.phrase.replace("the {value}", "{value}") if flow.phrase.startswith("the ") else plain.phrase
    return Option({name: entering(flow, value)}, {}, (Detail(plain.label, flow.phrase, phrase, name),), (need,))


def _joined(
    trail: Trail, facts: ToolFacts, options: Sequence[Option], name: str, tuples: Sequence[Mapping[str, Any]]
) -> list[Option]:
    """Carried values together with other arguments for which the read has something to show."""
    found = []
    for option in options:
        fits = [t for t in tuples if t[name] == option.arguments[name] and None not in t.values()]
        for values in trail.rng.sample(fits, min(MOST_OPTIONS, len(fits))):
            others = [_value_option(trail, facts, n, v) for n, v in values.items() if n not in ("", name)]
            found.append(merge([option, *others]))
    return found


def user_values(trail: Trail, role: Role, parameter: Parameter) -> list[Any]:
    """What the user may say for a parameter, at most MOST_OPTIONS values."""
    found = sayable_values(trail.space, parameter, role)
    return found if len(found) <= MOST_OPTIONS else trail.rng.sample(found, MOST_OPTIONS)


def sayable_values(space: Space, parameter: Parameter, role: Role) -> list[Any]:
    """Every value that a person may say for a parameter; empty where there is no end of them."""
    if parameter.choose is not None:
        return space.wishes(parameter, role.me)
    if parameter.enum is not None:
        return list(parameter.enum)
    if parameter.type == "boolean":
        return [True, False]
    if parameter.refers_to:
        return space.values(parameter.refers_to, role.person)
    if parameter.type == "integer" and parameter.minimum is not None and parameter.maximum is not None:
        return list(range(int(parameter.minimum), min(int(parameter.maximum), int(parameter.minimum) + 9) + 1))
    return []


def _list_options(trail: Trail, role: Role, name: str, parameter: Parameter) -> list[Option]:
    if parameter.choose is not None and not isinstance(parameter.items, dict):
        wishes = trail.space.wishes(parameter, role.me)
        return [
            Option(
                {name: wish},
                {place: USER for place, _ in leaves({name: wish})},
                (detail_of(trail.space, name, parameter, wish),),
            )
            for wish in wishes
        ]
    smallest = max(parameter.min_items if parameter.min_items is not None else 1, 1)
    largest = min(parameter.max_items or 3, smallest + 2)
    made = (_items(trail, role, name, parameter, trail.rng.randint(smallest, largest)) for _ in range(6))
    return [option for option in made if option is not None]


def _items(trail: Trail, role: Role, name: str, parameter: Parameter, count: int) -> Option | None:
    """A list of ``count`` different items, each filled like a call of its own; None where values run out."""
    items: list[Any] = []
    parts: list[Option] = []
    for i in range(count):
        made = _item(trail, role, f"{name}[{i}]", parameter, items)
        if made is None:
            return None
        items.append(made.arguments[""])
        parts.append(Option({}, made.sources, made.details, made.needs))
    merged = merge(parts)
    return Option({name: items}, merged.sources, merged.details, merged.needs)


def _item(trail: Trail, role: Role, place: str, parameter: Parameter, used: list[Any]) -> Option | None:
    """One item under the name ""; its parts keep their places (``items[0].name``)."""
    if isinstance(parameter.items, dict):
        chosen: dict[str, Option] = {}
        for member, declared in parameter.items.items():
            options = _options(trail, role, f"{place}.{member}", declared)
            if options:
                chosen[member] = trail.rng.choice(options)
            elif not declared.optional:
                return None
        item: Any = {member: o.arguments[f"{place}.{member}"] for member, o in chosen.items()}
        parts = list(chosen.values())
    else:
        declared = parameter.items if parameter.items and parameter.items.refers_to else parameter
        single = declared.model_copy(update={"type": "text" if declared.type == "list" else declared.type})
        options = [o for o in _options(trail, role, place, single) if o.arguments[place] not in used]
        if not options:
            return None
        parts = [trail.rng.choice(options)]
        item = parts[0].arguments[place]
    if item in used:
        return None
    merged = merge(parts)
    return Option({"": item}, merged.sources, merged.details, merged.needs)


def detail_of(space: Space, name: str, parameter: Parameter, value: Any) -> Detail:
    """How the user says the value of a parameter."""
    attribute = space.contract.attribute(parameter.refers_to) if parameter.refers_to else None
    label = parameter.label or (attribute.label if attribute else None) or name.rsplit(".", 1)[-1].replace("_", " ")
    phrase = parameter.phrase or (attribute.phrase if attribute else None) or f"{label}: {{value}}"
    return Detail(label, value, phrase, name, parameter.type)
