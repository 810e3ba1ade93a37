"""Checks of a pair, recomputed from its files and those of its domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skiller_assets.artifact import Finding, Inputs
from skiller_assets.contract.model import Contract
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.flow_trials import ENOUGH, FlowTrials
from skiller_assets.fusion.graph import edges_between
from skiller_assets.fusion.harmonise import JOINT, contested
from skiller_assets.fusion.identity import LINK, linked_people, same_person
from skiller_assets.fusion.inputs import domains_of, member_worlds_of, members_of
from skiller_assets.fusion.members import MemberWorld
from skiller_assets.fusion.spanning import ProposedRule, try_rule
from skiller_assets.fusion.survival import survival_faults
from skiller_assets.fusion.world import merge_worlds
from skiller_assets.ontology.checks import found
from skiller_assets.service.loading import compiled_from, world_from
from skiller_assets.service.search import Explorer
from skiller_assets.world.frames import read_frames
from skiller_assets.world.image import World, make_world, rows_of


def nothing_lost(inputs: Inputs) -> Finding:
    """Everything of both domains is in the fused contract, once, and says the same."""
    contract = compiled_from(inputs).contract
    return found(survival_faults(contract, *members_of(inputs)), tools=len(contract.tools))


def one_person(inputs: Inputs) -> Finding:
    """The two roles are linked to one human, of whom both domains tell the same."""
    one, other = member_worlds_of(inputs)
    contract = compiled_from(inputs).contract
    wanted = same_person(one.member, other.member) if one.member.principal != other.member.principal else None
    faults = [] if contract.same_person == wanted else ["a session would not know that two accounts are one person's"]
    try:
        linked = linked_people(one, other)
    except FusionError as error:
        return found([*faults, str(error)])
    return found(faults, people=len(linked))


def bridges_hold(inputs: Inputs) -> Finding:
    """Every value flow carries something that is taken and matters, every rule over both holds and fails, once more."""
    contract = compiled_from(inputs).contract
    if contract.fusion is None:
        return found(["the contract records no fusion"])
    world = _joint_world(inputs, contract)
    faults = [] if contract.fusion.flows or contract.fusion.rules else ["nothing ties the two domains together"]
    trials = FlowTrials(world)
    for flow in contract.fusion.flows:
        trial = trials.run(flow, ENOUGH)
        if not trial.passed:
            faults.append(f"{flow.id}: taken for {trial.taken} people, mattered for {trial.mattered}")
    for record in contract.fusion.rules:
        tried = try_rule(world, Explorer(world), ProposedRule(record, {}))
        if not tried.passed:
            faults.append(f"{record.rule}: holds for {tried.holds} people, alone fails for {tried.fails_alone}")
    return found(faults, flows=len(contract.fusion.flows), rules=len(contract.fusion.rules))


def _joint_world(inputs: Inputs, contract: Contract) -> World:
    one, other = member_worlds_of(inputs)
    image = merge_worlds(contract, one, other, linked_people(one, other))
    return make_world(compiled_from(inputs), image, inputs.settings.now)


def conduct_settled(inputs: Inputs) -> Finding:
    """Every matter on which both domains have rules of conduct is settled once, with all their rules and a reason."""
    contract = compiled_from(inputs).contract
    matters = contested(contract, *members_of(inputs))
    settled = {r.kind: r for r in contract.fusion.resolutions} if contract.fusion else {}
    clauses = {c.id: c for c in contract.conduct}
    faults = [f"{kind} is not settled" for kind in matters if kind not in settled]
    for kind, resolution in settled.items():
        if sorted(resolution.rules) != sorted(matters.get(kind, [])):
            faults.append(f"{kind}: the record does not name the rules that there are")
        if (resolution.resolution == "bridge") != bool(resolution.clause):
            faults.append(f"{kind}: a bridge has a clause, and nothing else has")
        if resolution.clause and resolution.clause not in clauses:
            faults.append(f"{kind}: the clause {resolution.clause} is not in the contract")
    told = {r.clause for r in settled.values()}
    faults += [f"{c} settles nothing" for c in clauses if c.startswith(f"{JOINT}__") and c not in told]
    return found(faults, matters=len(matters))


def rows_agree(inputs: Inputs) -> Finding:
    """Every row of both worlds is in the joint one as it was, and nothing else but the links between accounts."""
    members = member_worlds_of(inputs)
    joint = rows_of(world_from(inputs))
    wanted: dict[str, dict[str, dict[str, Any]]] = {}
    for member in members:
        for name, row in _rows(member):
            wanted.setdefault(name, {})[repr([row[k] for k in member.member.contract.tables[_plain(name)].key])] = row
    faults: list[str] = []
    for name, rows in joint.items():
        if name == LINK:
            faults += _link_faults(rows, members)
        elif sorted(map(repr, _sorted(rows))) != sorted(map(repr, _sorted(list(wanted.get(name, {}).values())))):
            faults.append(f"{name} does not hold the rows of its domains")
    return found(faults, rows=sum(map(len, joint.values())))


def _plain(name: str) -> str:
    return name.rpartition("__")[2]


def _rows(member: MemberWorld) -> Iterator[tuple[str, dict[str, Any]]]:
    for table, rows in rows_of(member.world).items():
        yield from ((member.member.under(table), row) for row in rows)


def _sorted(rows: list[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    return [sorted(row.items()) for row in rows]


def _link_faults(rows: list[dict[str, Any]], members: tuple[MemberWorld, MemberWorld]) -> Iterator[str]:
    one, other = (m.member.principal for m in members)
    linked = {(row[one], row[other]) for row in rows}
    if linked != set(linked_people(*members).values()):
        yield f"{LINK} does not say who has both accounts"


def references_hold(inputs: Inputs) -> Finding:
    """SQLite finds no row whose reference points to nothing."""
    world = world_from(inputs)
    with world.reader() as connection:
        dangling = connection.execute("PRAGMA foreign_key_check").fetchall()
    tables = read_frames(world.contract, inputs.file("database", "world.sqlite"))
    faults = [f"a row of {table} refers to nothing in {target}" for table, _, target, _ in dangling[:5]]
    return found(faults, tables=len(tables))


def graph_is_joined(inputs: Inputs) -> Finding:
    """The confirmed edges of both graphs, the value flows, and the edges between the domains as they are seen again."""
    every = _edges_of(inputs, inputs.key)
    stored = {(e["source"], e["target"], e["type"]) for e in every}
    wanted = {
        (f"{domain}__{e['source']}", f"{domain}__{e['target']}", e["type"])
        for domain in domains_of(inputs)
        for e in _edges_of(inputs, domain)
        if e["evidence"]
    }
    contract = compiled_from(inputs).contract
    wanted |= {(f.gives, f.takes, "information") for f in (contract.fusion.flows if contract.fusion else ())}
    wanted |= {(e.source, e.target, e.type) for e in edges_between(world_from(inputs))}
    claimed = {(e["source"], e["target"], e["type"]) for e in every if e["evidence"]}
    faults = [f"{a} → {b} ({t}) is missing" for a, b, t in sorted(wanted - stored)]
    faults += [f"{a} → {b} ({t}) is not confirmed" for a, b, t in sorted(claimed - wanted)]
    return found(faults, edges=len(every))


def _edges_of(inputs: Inputs, key: str | None) -> list[dict[str, Any]]:
    """Every edge of a graph, those included that were left out to keep it acyclic."""
    graph = inputs.json("tool_graph", "graph.json", key)
    return [*graph["edges"], *graph["left_out"]]


def segments_are_feasible(inputs: Inputs) -> Finding:
    """The goals of each segment are those of a validated fulfil task of its domain, and the tasks named are these."""
    feasible: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for domain in domains_of(inputs):
        for task in inputs.jsonl("validated_tasks", "tasks.jsonl", domain):
            if task["kind"] == "fulfil":
                goals = tuple(f"{domain}__{g['tool']}" for g in task["scenario"]["goals"])
                feasible.setdefault((domain, goals), set()).add(task["id"])
    walks = inputs.jsonl("trajectories", "trajectories.jsonl")
    return found([fault for walk in walks for fault in _segment_faults(walk, feasible)], walks=len(walks))


def _segment_faults(walk: Mapping[str, Any], feasible: Mapping[tuple[str, tuple[str, ...]], set[str]]) -> Iterator[str]:
    for domain, goals in walk["segments"].items():
        tasks = feasible.get((domain, tuple(goals)), set())
        if not tasks:
            yield f"{walk['id']}: no validated task of {domain} pursues {' and '.join(goals)}"
        elif not set(walk["tasks"][domain]) <= tasks:
            yield f"{walk['id']}: names tasks of {domain} that pursue something else"
    if sorted(walk["goals"]) != sorted(goal for goals in walk["segments"].values() for goal in goals):
        yield f"{walk['id']}: its goals are not those of its segments"


def walks_are_bridged(inputs: Inputs) -> Finding:
    """What a walk names as its bridge is a flow into one of its goals, or a rule over both of one of its goals."""
    contract = compiled_from(inputs).contract
    walks = inputs.jsonl("trajectories", "trajectories.jsonl")
    faults = [
        f"{w['id']}: {why}" for w in walks if (why := _unbridged(contract, w, inputs.settings.pairs.concatenated))
    ]
    return found(faults, walks=len(walks))


def _unbridged(contract: Contract, walk: Mapping[str, Any], concatenated: bool) -> str:
    fusion, goals = contract.fusion, set(walk["goals"])
    flows = {f.id for f in fusion.flows if f.takes in goals} if fusion else set()
    rules = {r.rule for r in fusion.rules if r.tool in goals} if fusion else set()
    if walk["label"] == "concatenated":
        return "" if concatenated and not walk["bridges"] else "is a concatenation, which nobody asked for"
    if not walk["bridges"]:
        return "nothing ties it together"
    cut = set(walk["bridges"]) - flows - rules
    return f"{', '.join(sorted(cut))} is no bridge of any of its goals" if cut else ""
