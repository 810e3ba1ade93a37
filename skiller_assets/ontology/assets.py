"""The artifacts of the ontology: topics and entities of the corpus, and how those of a domain hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from skiller_assets.artifact import (
    Artifact,
    BuildFailed,
    Built,
    Check,
    Inputs,
    JsonValue,
    Markdown,
    Picture,
    Shown,
    TableOf,
    as_json,
    as_jsonl,
)
from skiller_assets.ask import AskError
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.model import Contract
from skiller_assets.ontology.checks import core_person_is_central, entities_are_sound, topics_are_distinct
from skiller_assets.ontology.entities import Declared, collect_entities
from skiller_assets.ontology.entity_graph import entity_graph
from skiller_assets.ontology.outline import ask_outline, declared, entities_ask, outline_json, outlined_contract
from skiller_assets.ontology.picture import entity_graph_picture
from skiller_assets.ontology.relations import relate_entities
from skiller_assets.ontology.sources import domain_contract, domain_topic, is_authored, read_contract
from skiller_assets.ontology.topics import is_provisional

_SHOWN = 60
"""Rows of a sample in the UI."""

Quarantined = dict[str, JsonValue]


def build_domain_topics(inputs: Inputs) -> Built:
    """``topics.jsonl``: what each domain is about and what led to it; ``dropped.jsonl``: near-duplicates."""
    plan, files = inputs.plan(), inputs.domain_files()
    topics = {topic["domain"]: topic for topic in plan["topics"]}
    records: list[dict[str, Any]] = []
    quarantine: list[Quarantined] = []
    for domain in plan["domains"]:
        led_to = topics.get(domain, {"strategy": None, "parent": None})
        if domain not in files and domain in topics and is_provisional(topics[domain]):
            quarantine.append({"domain": domain, "reason": "only its name is known so far: run skiller plan"})
            continue
        if domain not in files and domain in topics:
            records.append({**led_to, "source": "author"})
            continue
        if domain not in files:
            quarantine.append({"domain": domain, "reason": "neither a file nor a topic says what it is about"})
            continue
        try:
            contract = read_contract(inputs, files[domain])
        except ContractError as error:
            quarantine.append({"domain": domain, "reason": str(error.problems[0])})
            contract = None
        records.append(
            {**_of_file(domain, contract), **{k: led_to[k] for k in ("strategy", "parent")}, "source": "file"}
        )
    dropped = [{**d["topic"], "near": d["near"], "reason": d["reason"]} for d in plan["dropped"]]
    authored = sum(record["source"] == "author" for record in records)
    counts = {"topics": len(records), "authored": authored, "dropped": len(dropped)}
    counts["contexts"] = len({record["context"] for record in records})
    return Built({"topics.jsonl": as_jsonl(records), "dropped.jsonl": as_jsonl(dropped)}, counts, quarantine)


def _of_file(domain: str, contract: Contract | None) -> dict[str, Any]:
    """The topic of a domain that the user wrote, as far as the file can be read."""
    if contract is None:
        return {"domain": domain, "title": domain, "describe": "", "context": "", "person": "", "things": []}
    person = contract.principals[0]
    things = [name for name in contract.entities if name != person]
    texts = {"title": contract.title, "describe": contract.describe, "context": contract.context}
    return {"domain": domain, **texts, "person": person, "things": things}


def _first_line(text: str) -> str:
    """What a domain is told of many faults: the first one. All of them would stand there again for each domain."""
    first, *more = text.splitlines()
    return f"{first} (and {len(more)} more)" if more else first


def show_domain_topics(inputs: Inputs) -> Mapping[str, Shown]:
    """How many there are by context and strategy, and a sample."""
    records = inputs.jsonl("domain_topics", "topics.jsonl")
    met = Counter((r["context"], r["strategy"] or r["source"]) for r in records)
    lines = [f"| {context} | {strategy} | {count} |" for (context, strategy), count in sorted(met.items())]
    rows = [[r["domain"], r["context"], r["strategy"], r["parent"], r["describe"]] for r in records]
    return {
        "row_count": len(records),
        "coverage": Markdown("\n".join(["| context | strategy | domains |", "|---|---|--:|", *lines])),
        "topics": TableOf(("domain", "context", "strategy", "parent", "what it is"), rows[:_SHOWN]),
    }


def build_entities(inputs: Inputs) -> Built:
    """``entities.jsonl``: every entity once; ``declared.json``: those of authored domains as contracts declare them.

    A domain of which nothing can be learned (an unreadable file, an unknown topic) is left out and named.
    """
    quarantine: list[Quarantined] = []
    domains = [*_entities_of_files(inputs, quarantine), *_entities_of_topics(inputs, quarantine)]
    records, disagreements = collect_entities(domains)
    quarantine += [{"domain": d.domain, "reason": d.reason} for d in disagreements]
    authored = [domain for domain in domains if domain.authored]
    first: dict[str, Any] = {}
    for domain in domains:
        for name, entity in domain.entities.items():
            first.setdefault(name, declared(entity))
    mine = {domain.domain: {name: first[name] for name in domain.entities} for domain in authored}
    people = sum(r["kind"] == "person" for r in records)
    counts = {"entities": len(records), "people": people, "domains": len(domains)}
    return Built({"entities.jsonl": as_jsonl(records), "declared.json": as_json(mine)}, counts, quarantine)


def _entities_of_files(inputs: Inputs, quarantine: list[Quarantined]) -> Iterator[Declared]:
    for domain, path in inputs.domain_files().items():
        try:
            yield Declared(domain, path.name, read_contract(inputs, path).entities)
        except ContractError as error:
            quarantine.append({"domain": domain, "reason": str(error.problems[0])})


def _entities_of_topics(inputs: Inputs, quarantine: list[Quarantined]) -> Iterator[Declared]:
    inputs.remember_catalogue()
    topics = [topic for topic in inputs.jsonl("domain_topics", "topics.jsonl") if topic["source"] == "author"]
    replies = dict(inputs.door.ask_each([entities_ask(topic) for topic in topics])) if topics else {}
    for place, topic in enumerate(topics):
        reply = replies[place]
        if isinstance(reply, AskError):
            quarantine.append({"domain": topic["domain"], "reason": _first_line(str(reply))})
        else:
            yield Declared(topic["domain"], topic["domain"], reply.entities, authored=True)


def show_entities(inputs: Inputs) -> Mapping[str, Shown]:
    """A sample for the UI."""
    records = inputs.jsonl("entities", "entities.jsonl")
    rows = [[r["entity"], r["kind"], len(r["attributes"]), ", ".join(r["domains"])] for r in records]
    return {"row_count": len(records), "entities": TableOf(("entity", "kind", "attributes", "domains"), rows[:_SHOWN])}


def build_entity_graph(inputs: Inputs) -> Built:
    """``graph.json`` and its picture; of an authored domain also its ``topic.json`` and ``outline.json``."""
    files: dict[str, bytes | str] = {}
    if is_authored(inputs):
        topic = domain_topic(inputs)
        inputs.remember_catalogue()
        outline = ask_outline(topic, _agreed_entities(inputs), inputs.door)
        contract = outlined_contract(topic["domain"], outline)
        files = {"topic.json": as_json(topic), "outline.json": as_json(outline_json(outline))}
    else:
        contract = domain_contract(inputs)
        if not any(inputs.key in record["domains"] for record in inputs.jsonl("entities", "entities.jsonl")):
            raise BuildFailed(f"entities were collected before {inputs.key} was there: materialize entities first")
    graph = entity_graph(contract, relate_entities(contract, inputs.door))
    counts = {"nodes": len(graph["nodes"]), "edges": len(graph["edges"])}
    return Built({"graph.json": as_json(graph), "graph.png": entity_graph_picture(graph), **files}, counts)


def _agreed_entities(inputs: Inputs) -> dict[str, Any]:
    """The declarations of an authored domain's entities. Raises BuildFailed saying why there are none."""
    declarations = inputs.json("entities", "declared.json")
    if inputs.key not in declarations:
        left_out = inputs.quarantine("entities")
        reason = next((item["reason"] for item in left_out if item.get("domain") == inputs.key), "")
        raise BuildFailed(
            str(reason) or f"entities were collected before {inputs.key} was there: materialize entities first"
        )
    found: dict[str, Any] = declarations[inputs.key]
    return found


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
        "domain_topics",
        "What each domain is about: seeds and what five strategies made of them, without near-duplicates.",
        (),
        build_domain_topics,
        checks=(
            Check(
                "distinct",
                "Valid names, each once, no near-duplicates; every topic descends from a seed; no more than planned.",
                topics_are_distinct,
            ),
        ),
        group="ontology",
        kinds=("jsonl",),
        summarize=show_domain_topics,
        reads_domain_file=True,
        reads_plan=True,
        per="corpus",
    ),
    Artifact(
        "entities",
        "Domain-invariant entities, person or peripheral, with typed attributes.",
        ("domain_topics",),
        build_entities,
        checks=(Check("sound", "Unique names, a key, a person; references lead somewhere.", entities_are_sound),),
        group="ontology",
        kinds=("jsonl",),
        settings=("seed",),
        asks=("entities",),
        summarize=show_entities,
        reads_domain_file=True,
        reads_catalogue=True,
        per="corpus",
    ),
    Artifact(
        "entity_graph",
        "The core person of a domain, its peripherals, and the records that tie them together.",
        ("domain_topics", "entities"),
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
        settings=("seed",),
        asks=("entity_relations", "outline"),
        summarize=show_entity_graph,
        reads_domain_file=True,
        reads_catalogue=True,
    ),
)
