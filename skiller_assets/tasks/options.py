"""Values that an argument may take: only what the user may know, what calls have shown, or what is declared."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from skiller_assets.contract.analyse import canonical
from skiller_assets.contract.model import Parameter
from skiller_assets.tasks.records import CONSTANT, FREE_TEXT, USER, Detail
from skiller_assets.tasks.space import Space, ToolFacts, says
from skiller_assets.tasks.trail import Option, Origin, Seen, Trail, merge

MOST_OPTIONS = 12
MOST_ASSIGNMENTS = 48
_FOLLOW_WHAT_WAS_SHOWN = 0.7
_OPTIONAL_GIVEN = 0.35


def assignments(trail: Trail, facts: ToolFacts, *, lookup: bool) -> Iterator[Option]:
    """Ways to fill all parameters of a tool, in random order, at most MOST_ASSIGNMENTS.

    ``lookup``: the call serves another, so optional parameters are left out unless they narrow by something shown.
    """
    rng = trail.rng
    together = _joint(trail, facts, lookup=lookup)
    pools = [together] if together else []
    for names in _composite_keys(trail.space, facts):
        pools.append(_row_options(trail, facts, names))
    if not all(pools):
        return
    filled = {name for pool in pools for name in pool[0].arguments}
    for name, parameter in facts.parameters.items():
        if name in filled:
            continue
        options = _options(trail, name, parameter)
        rng.shuffle(options)
        options = options[:MOST_OPTIONS]
        if parameter.optional and (lookup or not options or rng.random() > _OPTIONAL_GIVEN):
            options = [Option({}, {})]
        if not options:
            return
        pools.append(options)
    if facts.compiled.confirm == "tool":
        pools.append([Option({"confirm": True}, {"confirm": CONSTANT})])
    yield from (merge(combination) for combination in _combinations(pools, rng))


def _combinations(pools: list[list[Option]], rng: random.Random) -> Iterator[tuple[Option, ...]]:
    total = prod(len(pool) for pool in pools)
    if total <= MOST_ASSIGNMENTS:
        every = list(product(*pools))
        rng.shuffle(every)
        yield from every
        return
    tried: set[tuple[int, ...]] = set()
    for _ in range(MOST_ASSIGNMENTS):
        indexes = tuple(rng.randrange(len(pool)) for pool in pools)
        if indexes not in tried:
            tried.add(indexes)
            yield tuple(pool[i] for pool, i in zip(pools, indexes, strict=True))


def _joint(trail: Trail, facts: ToolFacts, *, lookup: bool) -> list[Option]:
    """Arguments of a read taken together, from tuples for which it has an answer."""
    space = trail.space
    tuples = space.tuples(facts.name, trail.person.key)
    if not tuples:
        return []
    names = [n for n in tuples[0] if not (lookup and facts.parameters[n].optional)]
    columns = {n: canonical(space.contract, r) for n in names if (r := facts.parameters[n].refers_to)}
    shown = {n: {s.value[0]: s for s in trail.shown(c)} for n, c in columns.items()}
    must = [n for n in names if columns.get(n) in facts.lookups]
    fits = [t for t in tuples if all(t[n] in shown[n] for n in must) and all(t[n] is not None for n in names)]
    if trail.rng.random() < _FOLLOW_WHAT_WAS_SHOWN:
        for name in (n for n in columns if n not in must and shown[n]):
            fits = [t for t in fits if t[name] in shown[name]] or fits
    sample = trail.rng.sample(fits, min(MOST_OPTIONS, len(fits)))
    return [_tuple_option(space, facts, {n: t[n] for n in names}, shown) for t in sample]


def _tuple_option(
    space: Space, facts: ToolFacts, values: Mapping[str, Any], shown: Mapping[str, Mapping[Any, Any]]
) -> Option:
    sources: dict[str, Origin] = {}
    details: list[Detail] = []
    looks = []
    for name, value in values.items():
        parameter = facts.parameters[name]
        seen = shown.get(name, {}).get(value)
        if seen is not None and not says(space.contract, parameter):
            sources[name] = (seen.step, seen.path(0))
            looks.append(seen)
        else:
            sources[name] = USER
            details.append(detail_of(space, name, parameter, value))
    return Option(dict(values), sources, tuple(details), tuple(looks))


def _composite_keys(space: Space, facts: ToolFacts) -> list[tuple[str, ...]]:
    """Parameters that together name one record of a table with a composite key, and that nobody can say."""
    by_table: dict[str, list[str]] = {}
    for name, parameter in facts.parameters.items():
        if parameter.refers_to and parameter.type != "list" and not says(space.contract, parameter):
            by_table.setdefault(parameter.refers_to.partition(".")[0], []).append(name)
    return [tuple(names) for t, names in sorted(by_table.items()) if len(names) > 1 and _is_key(space, facts, t, names)]


def _is_key(space: Space, facts: ToolFacts, table: str, names: list[str]) -> bool:
    columns = {(facts.parameters[n].refers_to or "").partition(".")[2] for n in names}
    return len(space.contract.tables[table].key) > 1 and columns == set(space.contract.tables[table].key)


def _row_options(trail: Trail, facts: ToolFacts, names: tuple[str, ...]) -> list[Option]:
    origins = [
        (r, canonical(trail.space.contract, r)) for n in names if (r := facts.parameters[n].refers_to) is not None
    ]
    found = trail.shown_together(origins)
    sample = trail.rng.sample(found, min(MOST_OPTIONS, len(found)))
    return [_row_option(names, seen) for seen in sample]


def _row_option(names: tuple[str, ...], seen: Seen) -> Option:
    sources: dict[str, Origin] = {name: (seen.step, seen.path(i)) for i, name in enumerate(names)}
    return Option(dict(zip(names, seen.value, strict=True)), sources, (), (seen,))


def _options(trail: Trail, name: str, parameter: Parameter) -> list[Option]:
    if parameter.type == "list":
        return _list_options(trail, name, parameter)
    if parameter.refers_to and not says(trail.space.contract, parameter):
        column = canonical(trail.space.contract, parameter.refers_to)
        return [
            Option({name: seen.value[0]}, {name: (seen.step, seen.path(0))}, (), (seen,))
            for seen in trail.shown(column)
        ]
    if _is_free_text(parameter):
        return [Option({name: "As the customer asked."}, {name: FREE_TEXT})]
    return [
        Option({name: value}, {name: USER}, (detail_of(trail.space, name, parameter, value),))
        for value in user_values(trail, parameter)
    ]


def user_values(trail: Trail, parameter: Parameter) -> list[Any]:
    """What the user may say for a parameter, at most MOST_OPTIONS values."""
    if parameter.choose is not None:
        found = trail.space.wishes(parameter, trail.person.key)
    elif parameter.enum is not None:
        found = list(parameter.enum)
    elif parameter.type == "boolean":
        found = [True, False]
    elif parameter.refers_to:
        found = trail.space.values(parameter.refers_to, trail.person.key)
    elif parameter.type == "integer" and parameter.minimum is not None and parameter.maximum is not None:
        found = list(range(int(parameter.minimum), min(int(parameter.maximum), int(parameter.minimum) + 9) + 1))
    else:
        found = []
    return found if len(found) <= MOST_OPTIONS else trail.rng.sample(found, MOST_OPTIONS)


def _is_free_text(parameter: Parameter) -> bool:
    return parameter.type == "text" and parameter.choose is None and not parameter.enum and not parameter.refers_to


def _list_options(trail: Trail, name: str, parameter: Parameter) -> list[Option]:
    if parameter.choose is not None and not isinstance(parameter.items, dict):
        wishes = trail.space.wishes(parameter, trail.person.key)
        return [Option({name: w}, {name: USER}, (detail_of(trail.space, name, parameter, w),)) for w in wishes]
    smallest = max(parameter.min_items or 1, 1)
    largest = min(parameter.max_items or 3, smallest + 2)
    found = []
    for _ in range(6):
        made = _items(trail, name, parameter, trail.rng.randint(smallest, largest))
        if made is not None:
            found.append(made)
    return found


def _items(trail: Trail, name: str, parameter: Parameter, count: int) -> Option | None:
    """A list of ``count`` items, each filled like a call of its own; None where there are not enough values."""
    values: list[Any] = []
    parts: list[Option] = []
    used: set[str] = set()
    for i in range(count):
        made = _item(trail, f"{name}[{i}]", parameter, used)
        if made is None:
            return None
        values.append(made.arguments["item"])
        used.add(repr(made.arguments["item"]))
        parts.append(made)
    merged = merge(tuple(Option({}, p.sources, p.details, p.looks) for p in parts))
    return Option({name: values}, merged.sources, merged.details, merged.looks)


def _item(trail: Trail, place: str, parameter: Parameter, used: set[str]) -> Option | None:
    members = parameter.items
    if isinstance(members, dict):
        chosen = []
        for member, declared in members.items():
            options = _options(trail, f"{place}.{member}", declared)
            if not options and not declared.optional:
                return None
            if options:
                chosen.append((member, trail.rng.choice(options)))
        item: Any = {member: next(iter(o.arguments.values())) for member, o in chosen}
        parts = [o for _, o in chosen]
    else:
        declared = members or parameter
        declared = declared if declared.refers_to or not parameter.refers_to else parameter
        single = declared.model_copy(update={"type": "text" if declared.type == "list" else declared.type})
        options = [o for o in _options(trail, place, single) if repr(next(iter(o.arguments.values()))) not in used]
        if not options:
            return None
        parts = [trail.rng.choice(options)]
        item = next(iter(parts[0].arguments.values()))
    if repr(item) in used:
        return None
    merged = merge(tuple(Option({}, p.sources, p.details, p.looks) for p in parts))
    return Option({"item": item}, merged.sources, merged.details, merged.looks)


def detail_of(space: Space, name: str, parameter: Parameter, value: Any) -> Detail:
    """How the user says the value of a parameter."""
    attribute = space.contract.attribute(parameter.refers_to) if parameter.refers_to else None
    label = parameter.label or (attribute.label if attribute else None) or name.rsplit(".", 1)[-1].replace("_", " ")
    phrase = parameter.phrase or (attribute.phrase if attribute else None) or f"{label}: {{value}}"
    return Detail(label, value, phrase, name, parameter.type)
