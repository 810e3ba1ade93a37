"""Faults of a contract's tables and talk that show without any SQL: names, references, lifecycles, sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import networkx as nx

from skiller_assets.contract.ddl import load_order
from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Attribute, Contract, Entity, Lifecycle, Parameter, Rule, Table, Use
from skiller_assets.contract.nearness import nearest_first

RESERVED_NAMES = frozenset({"me", "now", "confirm", "rows"})
HUMAN_FIELDS = frozenset(
    "first_name last_name full_name email phone date_of_birth gender street city region postal_code country".split()
)
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def data_problems(contract: Contract, source: str) -> list[Problem]:
    """Faults of tables and of the names that everything shares; without any, the schema can be created."""
    found: list[Problem] = []
    for name, table in contract.tables.items():
        found += _table_problems(contract, name, table, f"{source}: {_noun(contract, name)} {name}")
    found += _name_problems(contract, source)
    return found or list(_order_problems(contract, source))


def talk_problems(contract: Contract, source: str) -> list[Problem]:
    """Faults of sentences, storylines and shared rules."""
    return [*_talk_problems(contract, source), *_group_problems(contract, source)]


def _noun(contract: Contract, table: str) -> str:
    if table in contract.entities:
        return "entity"
    return "relationship" if table in contract.relationships else "child"


def _name_problems(contract: Contract, source: str) -> Iterator[Problem]:
    for principal in contract.principals:
        entity = contract.entities.get(principal)
        if entity is None or entity.kind != "person" or entity.role != "customer" or len(entity.key) != 1:
            yield Problem(f"{source}: principals", f"{principal} is no customer person entity with a single key")
    counted = sum(1 + len(r.children) for r in contract.relationships.values()) + len(contract.entities)
    if counted != len(contract.tables):
        yield Problem(source, "two tables have the same name")
    for name in sorted(set(contract.constants) & (RESERVED_NAMES | set(contract.tables))):
        yield Problem(f"{source}: constant {name}", "takes a name that is in use")


def authorizer_problems(contract: Contract, source: str) -> list[Problem]:
    """Principals whom no tool authorizes, or more than one in a contract of one domain."""
    found = []
    for principal in contract.principals:
        authorizing = contract.authorizers_of(principal)
        if not authorizing or (len(authorizing) > 1 and contract.fusion is None):
            count = ", ".join(authorizing) or "none"
            found.append(Problem(f"{source}: tools", f"exactly one tool authorizes {principal}; found: {count}"))
    return found


def _order_problems(contract: Contract, source: str) -> Iterator[Problem]:
    try:
        load_order(contract)
    except ValueError as error:
        yield Problem(source, str(error))


def _table_problems(contract: Contract, name: str, table: Table, place: str) -> Iterator[Problem]:
    for column in [*table.key, *(c for columns in table.unique for c in columns)]:
        if column not in table.attributes:
            yield Problem(place, f"key column {column} is no attribute; attributes are {', '.join(table.attributes)}")
    parent = contract.parent_of(name)
    if parent:
        yield from _child_problems(contract, name, table, parent, place)
    for column, attribute in table.attributes.items():
        yield from _attribute_problems(contract, table, column, attribute, f"{place}: attribute {column}")
    if table.lifecycle:
        yield from _lifecycle_problems(table, table.lifecycle, f"{place}: lifecycle")
    if name in contract.relationships and not set(contract.principals) & _targets(table):
        yield Problem(place, "refers to no principal", "a relationship ties the core person to something")


def _targets(table: Table) -> set[str]:
    return {a.refers_to.partition(".")[0] for a in table.attributes.values() if a.refers_to}


def _child_problems(contract: Contract, name: str, table: Table, parent: str, place: str) -> Iterator[Problem]:
    if parent not in _targets(table):
        yield Problem(place, f"has no attribute that refers to its parent {parent}")
    owner = contract.relationships[parent]
    if len(table.key) > 1 and len(owner.key) == 1:
        first = table.attributes.get(table.key[0])
        if first is None or first.refers_to != f"{parent}.{owner.key[0]}":
            yield Problem(place, f"a composite key begins with the reference to {parent}")


def _attribute_problems(contract: Contract, table: Table, column: str, a: Attribute, place: str) -> Iterator[Problem]:
    is_key = table.key == [column]
    if a.type == "id" and not is_key and a.refers_to is None and column not in table.key:
        yield Problem(place, "an id without a reference", "declare refers_to: table.column")
    if a.refers_to is not None:
        target = contract.attribute(a.refers_to)
        if target is None:
            yield Problem(place, f"refers to {a.refers_to}, which does not exist", referable(contract, a.refers_to))
        elif target.type != a.type:
            yield Problem(place, f"is {a.type} and refers to {a.refers_to}, which is {target.type}")
        else:
            owner = contract.tables[a.refers_to.partition(".")[0]]
            name = a.refers_to.partition(".")[2]
            if owner.key != [name] and not target.unique and name not in owner.key:
                yield Problem(place, f"refers to {a.refers_to}, which is neither a key nor unique")
            elif len(owner.key) > 1 and not target.unique and not _refers_to_all(table, a.refers_to, owner):
                owned = a.refers_to.partition(".")[0]
                yield Problem(place, f"refers to a part of the key of {owned}", f"refer to {', '.join(owner.key)}")
    if a.format and a.type != "id":
        yield Problem(place, "only an id has a format")
    yield from bound_problems(a, place)
    if a.optional and column in table.key:
        yield Problem(place, "a key is never empty")
    if a.generate and a.generate.human:
        if a.generate.human not in HUMAN_FIELDS:
            yield Problem(place, f"humans have no {a.generate.human}; fields are {', '.join(sorted(HUMAN_FIELDS))}")
        if not (isinstance(table, Entity) and table.kind == "person"):
            yield Problem(
                place,
                "only a person entity takes values from a human",
                "names of people in other tables are a choice of some twenty",
            )


def referable(contract: Contract, column: str) -> str:
    """What a reference to nothing could have meant: the columns of its table, or the tables, nearest first."""
    table, _, name = column.partition(".")
    if table in contract.tables:
        return f"columns of {table} are {', '.join(nearest_first(name, contract.tables[table].attributes))}"
    return f"tables are {', '.join(nearest_first(table, contract.tables))}"


def _refers_to_all(table: Table, column: str, owner: Table) -> bool:
    """Whether the table refers to every column of the composite key that ``column`` is a part of."""
    target = column.partition(".")[0]
    return {f"{target}.{k}" for k in owner.key} <= {a.refers_to for a in table.attributes.values()}


def bound_problems(value: Attribute | Parameter, place: str) -> Iterator[Problem]:
    """Enums and bounds on types that cannot have them."""
    if value.enum is not None and (value.type != "text" or not value.enum):
        yield Problem(place, "an enum lists the values of a text" if value.enum else "an enum lists at least one value")
    if (value.minimum, value.maximum) == (None, None):
        return
    if value.type not in ("integer", "number", "money"):
        yield Problem(place, f"is {value.type} and has bounds; numbers have them")
    elif None not in (value.minimum, value.maximum) and value.minimum > value.maximum:  # type: ignore[operator]
        yield Problem(place, f"its minimum {value.minimum:g} is above its maximum {value.maximum:g}")


def _lifecycle_problems(table: Table, lifecycle: Lifecycle, place: str) -> Iterator[Problem]:
    attribute = table.attributes.get(lifecycle.column)
    if attribute is None or attribute.type != "text":
        yield Problem(place, f"column {lifecycle.column} is no text attribute")
    elif attribute.enum is not None:
        yield Problem(place, f"column {lifecycle.column} repeats its states as an enum", "drop the enum")
    graph: nx.DiGraph[object] = nx.DiGraph()
    graph.add_nodes_from(lifecycle.states)
    for state, declared in lifecycle.states.items():
        for following in declared.next:
            if following not in lifecycle.states:
                yield Problem(f"{place}: state {state}", f"is followed by {following}, which is no state")
            else:
                graph.add_edge(state, following)
    if lifecycle.initial not in lifecycle.states:
        yield Problem(place, f"the initial state {lifecycle.initial} is no state")
        return
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [edge[0] for edge in nx.find_cycle(graph)]
        yield Problem(place, f"is cyclic: {' → '.join([*cycle, cycle[0]])}", "model what toggles as a boolean column")
    unreachable = set(lifecycle.states) - {lifecycle.initial} - nx.descendants(graph, lifecycle.initial)
    if unreachable:
        yield Problem(place, f"states never reached from {lifecycle.initial}: {', '.join(sorted(unreachable))}")


def _talk_problems(contract: Contract, source: str) -> Iterator[Problem]:
    for place, sentence in sentences_of(contract, f"{source}: "):
        for name in _PLACEHOLDER.findall(sentence):
            if name not in contract.constants:
                known = ", ".join(nearest_first(name, sorted(contract.constants))) or "none"
                yield Problem(place, f"quotes {{{name}}}, which is no constant", f"constants are {known}")
    for i, storyline in enumerate(contract.storylines, 1):
        for goal in storyline.goals:
            tool = contract.tools.get(goal)
            if tool is None or tool.access == "authorize":
                yield Problem(f"{source}: storyline {i}", f"{goal} is no goal", "goals are read and write tools")


def _group_problems(contract: Contract, source: str) -> Iterator[Problem]:
    used = {item.use for tool in contract.tools.values() for item in tool.rules if isinstance(item, Use)}
    for group in sorted(set(contract.rule_groups) - used):
        yield Problem(f"{source}: rule group {group}", "is used by no tool", "say use in a tool's rules, or remove it")


def sentences_of(contract: Contract, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every sentence that may quote a constant, with its place."""
    yield f"{prefix}background", contract.background
    for name, tool in contract.tools.items():
        place = f"{prefix}tool {name}"
        yield place, tool.describe
        yield from ((f"{place}: let {n}", let.says) for n, let in tool.let.items())
        yield from ((f"{place}: effect {i}", e.says) for i, e in enumerate(tool.effects, 1))
        for rule in (r for r in tool.rules if isinstance(r, Rule)):
            yield f"{place}: rule {rule.id}", f"{rule.says} {rule.answer or ''}"
    groups: Mapping[str, list[Rule]] = contract.rule_groups
    for group, rules in groups.items():
        yield from ((f"{prefix}rule group {group}: rule {r.id}", f"{r.says} {r.answer or ''}") for r in rules)
    yield from ((f"{prefix}conduct {c.id}", c.says) for c in contract.conduct)
    yield from ((f"{prefix}out of scope {o.id}", o.says) for o in contract.out_of_scope)
