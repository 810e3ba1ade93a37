"""The artifacts of a pair up to its trajectories; its tasks come from the builders that serve domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skiller_assets.artifact import (
    Artifact,
    BuildFailed,
    Built,
    Check,
    ColumnLineage,
    Inputs,
    Markdown,
    Picture,
    Shown,
    TableOf,
    as_json,
    as_jsonl,
)
from skiller_assets.contract.model import Storyline
from skiller_assets.contract.rename import SEPARATOR
from skiller_assets.fusion import checks
from skiller_assets.fusion.errors import NO_PAIR, FusionError
from skiller_assets.fusion.graph import between, joint_graph
from skiller_assets.fusion.identity import linked_people
from skiller_assets.fusion.inputs import domains_of, member_worlds_of, members_of
from skiller_assets.fusion.joint_policy import joint_policy
from skiller_assets.fusion.pair import make_pair
from skiller_assets.fusion.trajectories import Segments, plan_trajectories, segments_of
from skiller_assets.fusion.world import merge_worlds
from skiller_assets.service import assets as service
from skiller_assets.service import checks as service_checks
from skiller_assets.service.loading import compiled_from, contract_text, world_from
from skiller_assets.service.picture import tool_graph_picture
from skiller_assets.service.policy_check import count_words

_MOST_TRAJECTORIES = 100
_SHOWN = 15


def build_fused_blueprint(inputs: Inputs) -> Built:
    """``contract.json`` of the pair, and ``bridges.json``: how each bridge fared when it was tried."""
    one, other = member_worlds_of(inputs)
    try:
        pair = make_pair(inputs.key or "", one, other, inputs.door)
    except FusionError as error:
        raise BuildFailed(str(error)) from error
    contract = pair.contract
    files = {"contract.json": contract_text(contract), "bridges.json": as_json(pair.evidence())}
    counts = {
        "tools": len(contract.tools),
        "tables": len(contract.tables),
        "shared_entities": len(contract.fusion.shared) if contract.fusion else 0,
        "value_flows": len(pair.flows),
        "spanning_rules": len(pair.rules),
    }
    return Built(files, counts)


def show_fused_blueprint(inputs: Inputs) -> Mapping[str, Shown]:
    """The story of the pair, its bridges and how conduct was harmonised."""
    contract = compiled_from(inputs).contract
    fusion = contract.fusion
    if fusion is None:
        return {}
    flows = [[f.affinity, f"{f.gives} → {f.takes}({f.parameter})", f.phrase, f.says] for f in fusion.flows]
    rules = {r.id: r for tool in contract.tools for r in contract.rules_of(tool)}
    spanning = [[r.tool, rules[r.rule].by, rules[r.rule].says] for r in fusion.rules]
    settled = [[r.kind, ", ".join(r.rules), r.resolution, r.clause, r.reason] for r in fusion.resolutions]
    return {
        "domains": Markdown("\n".join(f"- `{m}`: {fusion.titles[m]}" for m in fusion.members)),
        "story": fusion.says,
        "shared": ", ".join(fusion.shared),
        "value_flows": TableOf(("why", "from → to", "as the customer puts it", "what flows"), flows),
        "rules_over_both": TableOf(("tool", "by", "rule"), spanning),
        "harmonised": TableOf(("matter", "rules", "resolution", "clause", "reason"), settled),
    }


def build_fused_database(inputs: Inputs) -> Built:
    """``world.sqlite`` of both domains, and ``summary.json``, computed from it."""
    contract = compiled_from(inputs).contract
    one, other = member_worlds_of(inputs)
    try:
        image = merge_worlds(contract, one, other, linked_people(one, other))
    except FusionError as error:
        raise BuildFailed(str(error)) from error
    return service.database_of(image, contract)


def show_fused_database(inputs: Inputs) -> Mapping[str, Shown]:
    """Row counts, columns, and from which table of which domain each column comes."""
    members = members_of(inputs)
    lineage = {
        f"{member.under(table)}.{column}": ("database", f"{member.domain}/{table}.{column}")
        for member in members
        for table, declared in member.contract.tables.items()
        for column in declared.attributes
    }
    sources: dict[str, list[tuple[str, str]]] = {}
    for column, source in lineage.items():
        sources.setdefault(column, []).append(source)
    rows = [[column, ", ".join(where for _, where in found)] for column, found in sources.items()]
    comes_from = TableOf(("column", "of which domain's database"), rows)
    return {**service.show_database(inputs), "comes_from": comes_from, "column_lineage": ColumnLineage(sources)}


def build_fused_policy(inputs: Inputs) -> Built:
    """``policy.md``: the document for an agent who serves both domains."""
    contract = compiled_from(inputs).contract
    policies = {domain: inputs.read("policy", "policy.md", domain) for domain in domains_of(inputs)}
    text = joint_policy(contract, inputs.json("database", "summary.json"), policies)
    return Built({"policy.md": text}, {"words": count_words(text)})


def build_fused_tool_graph(inputs: Inputs) -> Built:
    """``graph.json`` with its picture, and ``storylines.json``: both graphs, and what joins them."""
    world = world_from(inputs)
    graphs = {domain: inputs.json("tool_graph", "graph.json", domain) for domain in domains_of(inputs)}
    storylines = [
        _under(domain, Storyline.model_validate(s))
        for domain in domains_of(inputs)
        for s in inputs.json("tool_graph", "storylines.json", domain)
    ]
    graph = joint_graph(world, graphs, storylines).as_json()
    files: dict[str, bytes | str] = {
        "graph.json": as_json(graph),
        "graph.png": tool_graph_picture(graph, f"{inputs.key}: tools"),
        "storylines.json": as_json([s.model_dump(mode="json") for s in storylines]),
    }
    crossing = [e for e in graph["edges"] if between(e["source"], e["target"])]
    return Built(files, {"edges": len(graph["edges"]), "edges_between": len(crossing)})


def _under(domain: str, storyline: Storyline) -> Storyline:
    return storyline.model_copy(update={"goals": [f"{domain}{SEPARATOR}{goal}" for goal in storyline.goals]})


def show_fused_tool_graph(inputs: Inputs) -> Mapping[str, Shown]:
    """The picture, and the edges that lead from one domain to the other."""
    edges = inputs.json("tool_graph", "graph.json")["edges"]
    rows = [[f"{e['source']} → {e['target']}", e["type"], e["why"]] for e in edges if between(e["source"], e["target"])]
    return {
        "picture": Picture(inputs.blob("tool_graph", "graph.png"), f"tool graph of {inputs.key}"),
        "between_the_domains": TableOf(("edge", "type", "what flows or which rule"), rows),
    }


def build_fused_trajectories(inputs: Inputs) -> Built:
    """``trajectories.jsonl``: walks through both domains; ``pruning.json``: what was left out unexecuted."""
    sides = [_segments(inputs, domain) for domain in domains_of(inputs)]
    seed = f"{inputs.settings.seed}|trajectories|{inputs.key}"
    concatenated = inputs.settings.pairs.concatenated
    found, pruning = plan_trajectories(compiled_from(inputs), sides, _MOST_TRAJECTORIES, seed, concatenated)
    if not found:
        raise BuildFailed(f"no validated task of either domain pursues anything that a bridge joins: {NO_PAIR}")
    files = {"trajectories.jsonl": as_jsonl(t.as_json() for t in found), "pruning.json": as_json(pruning.as_json())}
    counts = {
        "trajectories": len(found),
        "interleaved": sum(t.turns > 1 for t in found),
        "thought_of": pruning.thought_of,
        "pruned": sum(pruning.left_out.values()),
        "executions_saved": pruning.saved_executions,
    }
    return Built(files, counts)


def _segments(inputs: Inputs, domain: str) -> Segments:
    templates = inputs.jsonl("task_templates", "templates.jsonl", domain)
    tried = sum(r["count"] for r in inputs.json("instance_combos", "funnel.json", domain) if r["kind"] == "fulfil")
    fulfil = sum(t["kind"] == "fulfil" for t in templates)
    tasks = inputs.jsonl("validated_tasks", "tasks.jsonl", domain)
    return segments_of(domain, tasks, templates, tried / max(fulfil, 1))


def show_fused_trajectories(inputs: Inputs) -> Mapping[str, Shown]:
    """Some walks, and what was pruned before anything was executed."""
    walks = inputs.jsonl("trajectories", "trajectories.jsonl")
    pruning: dict[str, Any] = inputs.json("trajectories", "pruning.json")
    rows = [[w["label"], w["flow"] or "", " → ".join(w["goals"])] for w in walks[:: max(len(walks) // _SHOWN, 1)]]
    return {
        "row_count": len(walks),
        "sample": TableOf(("label", "flow", "goals"), rows),
        "pruning": TableOf(("what", "walks"), list(_pruned(pruning))),
    }


def _pruned(pruning: Mapping[str, Any]) -> Iterator[list[str | int]]:
    yield ["thought of", pruning["thought_of"]]
    yield from ([f"left out: {reason}", count] for reason, count in pruning["left_out"].items())
    yield ["executions saved", pruning["saved_executions"]]


ARTIFACTS = (
    Artifact(
        "fused_blueprint",
        "Two contracts as one: namespaces, shared entities once, one person in both roles, bridges that were tried.",
        ("blueprint", "database"),
        build_fused_blueprint,
        checks=(
            Check("compiles", "Every statement prepares against the joint schema.", service_checks.compiles),
            Check("nothing_lost", "Every table, tool, rule and clause of both is there, once.", checks.nothing_lost),
            Check("one_person", "Both roles are linked to the same human, and both tell the same.", checks.one_person),
            Check("bridges_hold", "Every bridge is seen again to work, and to matter.", checks.bridges_hold),
            Check("conduct_settled", "What both speak on is settled, with a reason.", checks.conduct_settled),
        ),
        group="fusion",
        per="pair",
        kinds=("json", "sql"),
        settings=("seed", "now"),
        asks=("mediation", "pair_story"),
        summarize=show_fused_blueprint,
    ),
    Artifact(
        "fused_tool_list",
        "OpenAI-format tools of both domains, exactly what the server accepts.",
        ("fused_blueprint",),
        service.build_tool_list,
        checks=(Check("same_schemas", "The schemas are the engine's own.", service_checks.same_schemas),),
        group="fusion",
        per="pair",
        kinds=("json",),
        summarize=service.show_tool_list,
    ),
    Artifact(
        "fused_database",
        "Both worlds as one: each row once, shared rows only where both agree, accounts linked.",
        ("blueprint", "database", "fused_blueprint"),
        build_fused_database,
        checks=(
            Check("rows_agree", "Every row of both domains is there, unchanged, and no other.", checks.rows_agree),
            Check("references_hold", "No reference dangles.", checks.references_hold),
            Check("invariants", "What is always true of either world is true of it.", service_checks.invariants_hold),
            Check("summary_is_true", "The summary is what the data say.", service_checks.summary_is_true),
        ),
        group="fusion",
        per="pair",
        kinds=("sqlite",),
        settings=("now",),
        summarize=show_fused_database,
    ),
    Artifact(
        "fused_policy",
        "The document for an agent who serves both: what holds for both, then each domain; every rule once.",
        ("blueprint", "policy", "fused_blueprint", "fused_database"),
        build_fused_policy,
        checks=(Check("policy_is_true", "Complete, every rule once, a closed world.", service_checks.policy_is_true),),
        group="fusion",
        per="pair",
        kinds=("markdown",),
        summarize=service.show_policy,
    ),
    Artifact(
        "fused_tool_graph",
        "Both tool graphs, and what leads from one domain to the other; confirmed by execution.",
        ("blueprint", "tool_graph", "fused_blueprint", "fused_database"),
        build_fused_tool_graph,
        checks=(
            Check("acyclic", "Acyclic; the only roots are the two authorizations.", service_checks.graph_is_sound),
            Check("joined", "The edges of both graphs, and those between them, are there.", checks.graph_is_joined),
        ),
        group="fusion",
        per="pair",
        kinds=("json", "graph"),
        settings=("now",),
        summarize=show_fused_tool_graph,
    ),
    Artifact(
        "fused_trajectories",
        "Walks through both domains: feasible segments, joined by a bridge and interleaved; what was pruned, counted.",
        ("blueprint", "task_templates", "instance_combos", "validated_tasks", "fused_blueprint"),
        build_fused_trajectories,
        checks=(
            Check("feasible", "Every segment stands in a validated task of its domain.", checks.segments_are_feasible),
            Check("bridged", "Every walk is tied together by a bridge of the pair.", checks.walks_are_bridged),
        ),
        group="fusion",
        per="pair",
        kinds=("jsonl",),
        settings=("seed", "pairs.concatenated"),
        summarize=show_fused_trajectories,
    ),
)
