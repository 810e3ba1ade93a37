"""The artifacts of the ontology: the entities of the corpus, and how those of a domain hang together."""

from __future__ import annotations

from collections.abc import Mapping

from skiller_assets.artifact import (
    Artifact,
    BuildFailed,
    Built,
    Check,
    Inputs,
    Picture,
    Shown,
    TableOf,
    as_json,
    as_jsonl,
)
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import load_contract
from skiller_assets.contract.model import Contract
from skiller_assets.ontology.checks import core_person_is_central, entities_are_sound
from skiller_assets.ontology.entities import collect_entities
from skiller_assets.ontology.entity_graph import entity_graph
from skiller_assets.ontology.picture import entity_graph_picture
from skiller_assets.ontology.relations import relate_entities
from skiller_assets.ontology.sources import domain_contract


def build_entities(inputs: Inputs) -> Built:
    """``entities.jsonl``: every entity once. A domain file that cannot be read is left out and named."""
    contracts: dict[str, Contract] = {}
    quarantine = []
    for domain, path in inputs.domain_files().items():
        try:
            contracts[domain] = load_contract(path)
        except ContractError as error:
            quarantine.append({"domain": domain, "reason": str(error.problems[0])})
    records, problems = collect_entities(contracts)
    quarantine += [{"domain": p.place.partition(".")[0], "reason": str(p)} for p in problems]
    people = sum(r["kind"] == "person" for r in records)
    counts = {"entities": len(records), "people": people, "domains": len(contracts)}
    return Built({"entities.jsonl": as_jsonl(records)}, counts, quarantine)


def show_entities(inputs: Inputs) -> Mapping[str, Shown]:
    """A sample for the UI."""
    records = inputs.jsonl("entities", "entities.jsonl")
    rows = [[r["entity"], r["kind"], len(r["attributes"]), ", ".join(r["domains"])] for r in records]
    return {"row_count": len(records), "entities": TableOf(("entity", "kind", "attributes", "domains"), rows[:60])}


def build_entity_graph(inputs: Inputs) -> Built:
    """``graph.json`` and its picture, for the domain of the user's own file."""
    contract = domain_contract(inputs)
    if not any(inputs.key in record["domains"] for record in inputs.jsonl("entities", "entities.jsonl")):
        raise BuildFailed(f"entities were collected before {inputs.key} was there: materialize entities first")
    graph = entity_graph(contract, relate_entities(contract, inputs.door))
    counts = {"nodes": len(graph["nodes"]), "edges": len(graph["edges"])}
    return Built({"graph.json": as_json(graph), "graph.png": entity_graph_picture(graph)}, counts)


def show_entity_graph(inputs: Inputs) -> Mapping[str, Shown]:
    """The picture and the relations in words."""
    graph = inputs.json("entity_graph", "graph.json")
    rows = [[r["person"], r["phrase"], r["entity"]] for r in graph["relations"]]
    return {
        "picture": Picture(inputs.blob("entity_graph", "graph.png"), f"entity graph of {inputs.key}"),
        "core": graph["core"],
        "relations": TableOf(("person", "relates", "entity"), rows),
    }


ARTIFACTS = (
    Artifact(
        "entities",
        "Domain-invariant entities, person or peripheral, with typed attributes.",
        (),
        build_entities,
        checks=(Check("sound", "Unique names, a key, a person; references lead somewhere.", entities_are_sound),),
        group="ontology",
        kinds=("jsonl",),
        summarize=show_entities,
        reads_domain_file=True,
        per="corpus",
    ),
    Artifact(
        "entity_graph",
        "The core person of a domain, its peripherals, and the records that tie them together.",
        ("entities",),
        build_entity_graph,
        checks=(
            Check(
                "core_person_is_central",
                "The core is a person of the corpus; every relationship refers to it; every entity is related to it.",
                core_person_is_central,
            ),
        ),
        group="ontology",
        kinds=("json", "graph"),
        settings=("seed", "ask"),
        summarize=show_entity_graph,
        reads_domain_file=True,
    ),
)
