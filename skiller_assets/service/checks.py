"""Checks of a service, recomputed from its files."""

from __future__ import annotations

from skiller_assets.artifact import Finding, Inputs
from skiller_assets.contract.errors import ContractError
from skiller_assets.enclosure import Enclosure
from skiller_assets.ontology.checks import found
from skiller_assets.ontology.sources import is_authored
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.expectations import validate_frames
from skiller_assets.service.loading import compiled_from, edges_from, spec_of, trial_of, world_from
from skiller_assets.service.policy_check import count_words, policy_complaints
from skiller_assets.service.profile import AUTHORED, WRITTEN, profile_problems
from skiller_assets.service.suite import SuiteError, load_suite
from skiller_assets.service.summary import summarize_database
from skiller_assets.service.tool_graph import graph_faults
from skiller_assets.service.trial import run_conformance
from skiller_assets.service.validation import failures
from skiller_assets.world.builtins import SCHEMAS
from skiller_assets.world.frames import read_frames

EMBEDDED = "embedded author"
"""Who wrote a server, where no model did."""


def compiles(inputs: Inputs) -> Finding:
    """The stored contract compiles."""
    try:
        compiled = compiled_from(inputs)
    except ContractError as error:
        return found([str(p) for p in error.problems])
    return found([], tools=len(compiled.tools))


def fits_the_profile(inputs: Inputs) -> Finding:
    """The stored contract is of the size and mix of a synthesised service."""
    bounds = AUTHORED if is_authored(inputs) else WRITTEN
    return found([str(p) for p in profile_problems(compiled_from(inputs), bounds)])


def same_entities(inputs: Inputs) -> Finding:
    """Blueprint and entity graph have the same tables."""
    tables = set(compiled_from(inputs).contract.tables)
    nodes = {n["name"] for n in inputs.json("entity_graph", "graph.json")["nodes"]}
    faults = [f"{n} is in the entity graph only" for n in sorted(nodes - tables)]
    return found(faults + [f"{n} is not in the entity graph" for n in sorted(tables - nodes)])


def rules_live(inputs: Inputs) -> Finding:
    """In the trial world of the stored contract every rule holds and fails somewhere, and every effect shows.

    Where this process has searched that very world before, the calls that were found are carried out again.
    """
    evidence = gather_evidence(*trial_of(inputs.read("blueprint", "contract.json"), spec_of(inputs)))
    same = evidence == inputs.json("blueprint", "evidence.json")
    return found([*evidence_faults(evidence), *([] if same else ["evidence.json is not what the trial shows"])])


def same_schemas(inputs: Inputs) -> Finding:
    """The listed tools are those of the contract and the built-in ones, with the very schemas."""
    compiled = compiled_from(inputs)
    expected = {name: tool.schema for name, tool in compiled.tools.items()}
    expected |= {name: schema for name, (_, schema) in SCHEMAS.items()}
    listed = {t["function"]["name"]: t["function"]["parameters"] for t in inputs.json("tool_list", "tools.json")}
    faults = [f"{name} is not listed" for name in sorted(set(expected) - set(listed))]
    faults += [f"{name} is listed and no tool" for name in sorted(set(listed) - set(expected))]
    faults += [f"{n} has another schema" for n in sorted(set(listed) & set(expected)) if listed[n] != expected[n]]
    return found(faults, tools=len(listed))


def data_meets_expectations(inputs: Inputs) -> Finding:
    """The Great Expectations suite of the contract over the tables on disk."""
    contract = compiled_from(inputs).contract
    frames = read_frames(contract, inputs.file("database", "world.sqlite"))
    outcomes = validate_frames(contract, frames, spec_of(inputs))
    return found(failures(outcomes), expectations=len(outcomes))


def invariants_hold(inputs: Inputs) -> Finding:
    """The contract's invariants on the database on disk."""
    world = world_from(inputs)
    with world.open() as session:
        faults = [
            f"{name}: {rows[0]}"
            for name, statement in world.program.compiled.invariants
            if (rows := session.query(statement.sql))
        ]
    return found(faults, invariants=len(world.program.compiled.invariants))


def summary_is_true(inputs: Inputs) -> Finding:
    """The summary, computed again, is the same."""
    summary = summarize_database(inputs.blob("database", "world.sqlite"), compiled_from(inputs).contract)
    same = summary == inputs.json("database", "summary.json")
    return found([] if same else ["the summary is not what the data say"])


def policy_is_true(inputs: Inputs) -> Finding:
    """Markers, rules, closed world and length of the policy."""
    text = inputs.read("policy", "policy.md")
    return found(policy_complaints(compiled_from(inputs).contract, text), words=count_words(text))


def graph_is_sound(inputs: Inputs) -> Finding:
    """The stored graph is acyclic, rooted and reaches every tool of the contract."""
    graph = inputs.json("tool_graph", "graph.json")
    nodes = {n["tool"] for n in graph["nodes"]}
    faults = [f"{t} is not in the graph" for t in compiled_from(inputs).contract.tools if t not in nodes]
    return found(faults + graph_faults(graph), edges=len(graph["edges"]))


def edges_confirmed(inputs: Inputs) -> Finding:
    """The state and conflict edges on disk are exactly those that running them shows.

    Where this process has searched this very world before, the runs that were found are made again.
    """
    graph = inputs.json("tool_graph", "graph.json")
    stored = {(e["source"], e["target"], e["type"]) for e in [*graph["edges"], *graph["left_out"]] if e["evidence"]}
    seen = {(e.source, e.target, e.type) for e in edges_from(inputs)}
    faults = [f"{a} → {b} ({t}) is not confirmed" for a, b, t in sorted(stored - seen)]
    return found(faults + [f"{a} → {b} ({t}) is missing" for a, b, t in sorted(seen - stored)], edges=len(stored))


def server_conforms(inputs: Inputs) -> Finding:
    """The suite, run again on the server on disk in a process of its own."""
    suite = load_suite(inputs.file("mcp_server", "suite.json"))
    server = inputs.file("mcp_server", "server.py")
    world = inputs.file("mcp_server", "world.sqlite")
    report = run_conformance(server, world, suite, enclosure=_enclosure_of_server(inputs))
    return found([] if report.passed else list(report.complaints()), cases=len(suite.cases))


def suite_is_frozen(inputs: Inputs) -> Finding:
    """The suite's own hash holds and it was derived from this world."""
    try:
        suite = load_suite(inputs.file("mcp_server", "suite.json"))
    except SuiteError as error:
        return found([str(error)])
    faults = [] if suite.world == world_from(inputs).hash else ["the suite was derived from another world"]
    return found(faults + list(suite.faults), cases=len(suite.cases), uncovered=len(suite.uncovered))


def server_is_served(inputs: Inputs) -> Finding:
    """The official MCP client gets the expected replies over both transports."""
    from skiller_assets.service.smoke import smoke_over_mcp  # most of a second to import, and only needed here

    suite = load_suite(inputs.file("mcp_server", "suite.json"))
    server, world = inputs.file("mcp_server", "server.py"), inputs.file("mcp_server", "world.sqlite")
    return found(smoke_over_mcp(server, world, suite, _enclosure_of_server(inputs)))


def _enclosure_of_server(inputs: Inputs) -> Enclosure | None:
    """Where the server on disk may run: anywhere if the embedded author wrote it. Raises EnclosureUnavailable."""
    ours = inputs.settings.ask.is_embedded and inputs.json("mcp_server", "report.json").get("written_by") == EMBEDDED
    return None if ours else inputs.enclosure
