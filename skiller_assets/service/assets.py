"""The artifacts of a service: its contract and everything that derives from it, down to the stand-alone server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from skiller_assets.artifact import (
    Artifact,
    BuildFailed,
    Built,
    Check,
    ColumnSchema,
    Inputs,
    Markdown,
    Picture,
    Shown,
    TableOf,
    as_json,
)
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.model import Contract
from skiller_assets.enclosure import EnclosureUnavailable
from skiller_assets.ontology.sources import domain_contract, is_authored
from skiller_assets.service import checks
from skiller_assets.service.blueprint import author_blueprint
from skiller_assets.service.checks import EMBEDDED
from skiller_assets.service.conformance import derive_suite
from skiller_assets.service.evidence import gather_evidence
from skiller_assets.service.failed import keep_transcript
from skiller_assets.service.loading import (
    compiled_from,
    contract_text,
    edges_from,
    findings_from,
    image_from,
    spec_of,
    trial_of,
    world_from,
)
from skiller_assets.service.picture import tool_graph_picture
from skiller_assets.service.policy import build_policy
from skiller_assets.service.policy_check import count_words
from skiller_assets.service.promote import Attempt, ServerRejected, promote_server
from skiller_assets.service.second_reader import read_again
from skiller_assets.service.storylines import ask_storylines
from skiller_assets.service.suite import Suite
from skiller_assets.service.summary import summarize_database
from skiller_assets.service.tool_graph import assemble
from skiller_assets.service.tool_list import openai_tools

_PREVIEW = 6000
_CELL = 400


def build_blueprint(inputs: Inputs) -> Built:
    """``contract.json``, and ``evidence.json``: how each rule and effect behaved in a trial world.

    The user's own contract is taken as it is; for an authored domain one is asked for.
    """
    contract, evidence = _authored(inputs) if is_authored(inputs) else _written(inputs)
    files = {"contract.json": contract_text(contract), "evidence.json": as_json(evidence)}
    rules = [r for name in contract.tools for r in contract.rules_of(name)]
    counts = {"tools": len(contract.tools), "rules": len(rules), "tables": len(contract.tables)}
    counts["rules_by_agent"] = sum(r.by == "agent" for r in rules)
    return Built(files, counts)


def _written(inputs: Inputs) -> tuple[Contract, Mapping[str, Any]]:
    contract = domain_contract(inputs)
    try:
        return contract, gather_evidence(*trial_of(contract_text(contract), spec_of(inputs)))
    except ContractError as error:
        raise BuildFailed(str(error)) from error


def _authored(inputs: Inputs) -> tuple[Contract, Mapping[str, Any]]:
    inputs.remember_catalogue()
    topic, outline = inputs.json("entity_graph", "topic.json"), inputs.json("entity_graph", "outline.json")
    again = None if inputs.settings.ask.is_embedded else partial(read_again, door=inputs.door)
    trial = author_blueprint(topic, outline, spec_of(inputs), inputs.door, again)
    return trial.contract, trial.evidence


def show_blueprint(inputs: Inputs) -> Mapping[str, Shown]:
    """Tools with their rules, and the evidence."""
    contract = compiled_from(inputs).contract
    rows: list[list[str | int]] = [
        [name, tool.access, len(contract.rules_of(name)), tool.describe] for name, tool in contract.tools.items()
    ]
    evidence: dict[str, Any] = inputs.json("blueprint", "evidence.json")
    return {
        "title": contract.title,
        "evidence": Markdown("\n".join(_probed(evidence["rules"]))),
        "tools": TableOf(("tool", "access", "rules", "what it does"), rows),
    }


def _probed(rules: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """How often each rule was seen to hold, to fail, and to fail while all others held; it is too long for the page."""
    yield "| tool | rule | held | failed | failed alone |"
    yield "|---|---|--:|--:|--:|"
    for r in rules:
        yield f"| `{r['tool']}` | `{r['rule']}` | {r['holds']} | {r['fails']} | {r['fails_alone']} |"


def build_tool_list(inputs: Inputs) -> Built:
    """``tools.json`` in OpenAI's form."""
    tools = openai_tools(compiled_from(inputs))
    return Built({"tools.json": as_json(tools)}, {"tools": len(tools)})


def show_tool_list(inputs: Inputs) -> Mapping[str, Shown]:
    """Names, arguments and descriptions."""
    tools = [tool["function"] for tool in inputs.json("tool_list", "tools.json")]
    rows = [[t["name"], ", ".join(t["parameters"]["properties"]), t["description"]] for t in tools]
    return {"row_count": len(tools), "tools": TableOf(("tool", "arguments", "description"), rows)}


def build_database(inputs: Inputs) -> Built:
    """``world.sqlite`` and ``summary.json``, computed from the data."""
    contract = compiled_from(inputs).contract
    try:
        image = image_from(inputs)
    except ContractError as error:
        raise BuildFailed(str(error)) from error
    return database_of(image, contract)


def database_of(image: bytes, contract: Contract) -> Built:
    """The two files of a database, of one domain or a pair, with its rows counted."""
    summary = summarize_database(image, contract)
    counts = {table: int(facts["rows"]) for table, facts in summary["tables"].items()}
    files: dict[str, bytes | str] = {"world.sqlite": image, "summary.json": as_json(summary)}
    return Built(files, {**counts, "rows": sum(counts.values()), "bytes": len(image)})


def show_database(inputs: Inputs) -> Mapping[str, Shown]:
    """Row counts, columns, a few rows of the largest story-telling table."""
    contract = compiled_from(inputs).contract
    summary = inputs.json("database", "summary.json")["tables"]
    columns = [
        (f"{table}.{column}", a.type, a.describe or a.semantic_type or _reference(a.refers_to, table))
        for table, declared in contract.tables.items()
        for column, a in declared.attributes.items()
    ]
    return {
        "row_count": sum(t["rows"] for t in summary.values()),
        "samples": Markdown(_samples(contract, summary)),
        "tables": TableOf(("table", "rows"), [[name, t["rows"]] for name, t in summary.items()]),
        "columns": ColumnSchema(columns),
    }


def _reference(target: str | None, table: str) -> str:
    return f"refers to {target}" if target else f"one of {table}"


def _samples(contract: Contract, summary: Mapping[str, Any]) -> str:
    """Examples of the values of every column."""
    lines = []
    for name in contract.tables:
        lines.append(f"\n**{name}**\n")
        for column, facts in summary[name]["columns"].items():
            lines.append(f"- `{column}`: {', '.join(str(v) for v in facts.get('examples', []))}")
    return "\n".join(lines)


def build_policy_document(inputs: Inputs) -> Built:
    """``policy.md``: the document that an agent must follow."""
    contract = compiled_from(inputs).contract
    text = build_policy(contract, inputs.json("database", "summary.json"), inputs.door)
    return Built({"policy.md": text}, {"words": count_words(text)})


def show_policy(inputs: Inputs) -> Mapping[str, Shown]:
    """The document itself."""
    text = inputs.read("policy", "policy.md")
    return {"preview": Markdown(text[:_PREVIEW])}


def build_tool_graph(inputs: Inputs) -> Built:
    """``graph.json`` with its picture, and the ``storylines.json`` that its storyline edges come from."""
    world = world_from(inputs)
    confirmed = edges_from(inputs)
    conflicts = [(e.source, e.target) for e in confirmed if e.type == "conflict"]
    storylines = ask_storylines(world.contract, conflicts, inputs.door)
    graph = assemble(world.program.compiled, confirmed, storylines).as_json()
    files: dict[str, bytes | str] = {
        "graph.json": as_json(graph),
        "graph.png": tool_graph_picture(graph, f"{world.contract.domain}: tools"),
        "storylines.json": as_json([s.model_dump(mode="json") for s in storylines]),
    }
    return Built(files, {"edges": len(graph["edges"]), "storylines": len(storylines), **_by_type(graph["edges"])})


def _by_type(edges: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    types = sorted({e["type"] for e in edges})
    return {f"{t}_edges": sum(e["type"] == t for e in edges) for t in types}


def show_tool_graph(inputs: Inputs) -> Mapping[str, Shown]:
    """The picture and the edges that execution confirmed."""
    graph = inputs.json("tool_graph", "graph.json")
    confirmed = [
        [f"{e['source']} → {e['target']}", e["type"], e["why"], e["evidence"]] for e in graph["edges"] if e["evidence"]
    ]
    return {
        "picture": Picture(inputs.blob("tool_graph", "graph.png"), f"tool graph of {inputs.key}"),
        "confirmed": TableOf(("edge", "type", "rule", "what was seen"), confirmed),
    }


def build_mcp_server(inputs: Inputs) -> Built:
    """``server.py`` with the world beside it, the frozen suite it passed, the report, and how it came about.

    A model's code is tried in an enclosure alone. Raises BuildFailed where there is none, or where no version passes.
    """
    coder = inputs.settings.ask.coder
    try:
        enclosure = inputs.enclosure if coder else None
    except EnclosureUnavailable as error:
        raise BuildFailed(f"{error}; everything else is made, and skiller serve needs no server.py") from error
    world = world_from(inputs)
    suite = derive_suite(world, findings_from(inputs))
    try:
        timer = time.perf_counter if coder else None
        promotion = promote_server(world, suite, inputs.door, enclosure=enclosure, timer=timer)
    except ServerRejected as error:
        raise _server_failed(inputs, str(error), suite, "", error.history) from error
    if not promotion.promoted:
        reason = "no version passed the suite: " + "; ".join(promotion.report.complaints()[:5])
        raise _server_failed(inputs, reason, suite, promotion.code, promotion.history)
    files: dict[str, bytes | str] = {
        "server.py": promotion.code,
        "world.sqlite": world.image,
        "suite.json": suite.dumps(),
        "report.json": as_json({**asdict(promotion.report), "written_by": coder or EMBEDDED}),
        "history.json": as_json([asdict(attempt) for attempt in promotion.history]),
    }
    return Built(
        files, {"cases": len(suite.cases), "lines": promotion.code.count("\n"), "uncovered": len(suite.uncovered)}
    )


def _server_failed(inputs: Inputs, reason: str, suite: Suite, best: str, history: Sequence[Attempt]) -> BuildFailed:
    """The failure, with every version and the best code where the user can read them."""
    record = {
        "domain": inputs.key,
        "written_by": inputs.settings.ask.coder or EMBEDDED,
        "suite": suite.hash,
        "reason": reason,
        "history": [asdict(attempt) for attempt in history],
        "best": best,
    }
    where = keep_transcript(inputs, "mcp_server", record)
    return BuildFailed(f"{reason} (all {len(history)} versions and the best code: {where})")


def show_mcp_server(inputs: Inputs) -> Mapping[str, Shown]:
    """What the suite covers, what it does not, how the server came about, the beginning of the code."""
    suite = inputs.json("mcp_server", "suite.json")
    code = inputs.read("mcp_server", "server.py")
    history = inputs.json("mcp_server", "history.json")
    versions = [
        [a["number"], a["kind"], a["failed"], a["kept"], a["seconds"], "; ".join(a["edits"] or a["complaints"])[:_CELL]]
        for a in history
    ]
    return {
        "written_by": inputs.json("mcp_server", "report.json")["written_by"],
        "preview": Markdown(f"```python\n{code[:_PREVIEW]}\n```"),
        "uncovered": suite["uncovered"],
        "history": TableOf(
            ("version", "how", "cases failing", "kept", "seconds", "edits, or what was wrong"), versions
        ),
    }


_WORLD = ("seed", "now", "world")

ARTIFACTS = (
    Artifact(
        "blueprint",
        "The contract: tables, tools with rules and effects as SQL, conduct; compiled, gated and tried in a world.",
        ("entity_graph",),
        build_blueprint,
        checks=(
            Check("compiles", "Every statement prepares against the schema; nothing is invented.", checks.compiles),
            Check("profile", "Sizes and mixes of a synthesised service.", checks.fits_the_profile),
            Check("same_entities", "The tables are those of the entity graph.", checks.same_entities),
            Check(
                "rules_live",
                "Every rule was seen to hold and to fail, every effect to change something.",
                checks.rules_live,
            ),
        ),
        group="service",
        kinds=("json", "sql"),
        settings=_WORLD,
        asks=("blueprint_data", "blueprint_talk", "blueprint_tools", "predicates"),
        summarize=show_blueprint,
        reads_domain_file=True,
        reads_catalogue=True,
    ),
    Artifact(
        "tool_list",
        "OpenAI-format tools, exactly what the server accepts.",
        ("blueprint",),
        build_tool_list,
        checks=(
            Check(
                "same_schemas", "Name by name, the schemas are those that the engine validates.", checks.same_schemas
            ),
        ),
        group="service",
        kinds=("json",),
        summarize=show_tool_list,
    ),
    Artifact(
        "database",
        "The world: the database at the start of every task, and a summary computed from it.",
        ("blueprint",),
        build_database,
        checks=(
            Check(
                "expectations",
                "Keys, references, enums, ranges, formats, dates, counts.",
                checks.data_meets_expectations,
            ),
            Check("invariants", "What is always true of the world is true of it.", checks.invariants_hold),
            Check("summary_is_true", "The summary is what the data say.", checks.summary_is_true),
        ),
        group="service",
        kinds=("sqlite",),
        settings=_WORLD,
        summarize=show_database,
    ),
    Artifact(
        "policy",
        "The document that an agent must follow: every rule once, by id; no number that the contract does not have.",
        ("blueprint", "database"),
        build_policy_document,
        checks=(Check("policy_is_true", "Markers complete, every rule once, a closed world.", checks.policy_is_true),),
        group="service",
        kinds=("markdown",),
        settings=("seed",),
        asks=("policy_background",),
        summarize=show_policy,
    ),
    Artifact(
        "tool_graph",
        "Which calls make others possible, inform them, follow them or stand in their way; confirmed by execution.",
        ("blueprint", "database"),
        build_tool_graph,
        checks=(
            Check(
                "acyclic",
                "Without conflicts acyclic; the only roots are authorizations; all is reached.",
                checks.graph_is_sound,
            ),
            Check(
                "edges_confirmed",
                "State and conflict edges are seen again when they are run again.",
                checks.edges_confirmed,
            ),
        ),
        group="service",
        kinds=("json", "graph"),
        settings=("seed", "now"),
        asks=("storylines",),
        summarize=show_tool_graph,
    ),
    Artifact(
        "mcp_server",
        "A stand-alone Python MCP server that passed the frozen conformance suite of its contract.",
        ("blueprint", "database"),
        build_mcp_server,
        checks=(
            Check("conformance", "The server passes the suite again, in a process of its own.", checks.server_conforms),
            Check(
                "suite_is_of_this_world", "The suite was frozen, from this contract's world.", checks.suite_is_frozen
            ),
            Check("served", "The official client drives it over stdio and HTTP.", checks.server_is_served),
        ),
        group="service",
        kinds=("python", "mcp"),
        settings=("now",),
        asks=("server_code", "server_patch"),
        summarize=show_mcp_server,
    ),
)
