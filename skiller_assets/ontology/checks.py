"""Checks of the ontology, recomputed from its files."""

from __future__ import annotations

from skiller_assets.artifact import Finding, Inputs
from skiller_assets.ontology.entities import entity_faults
from skiller_assets.ontology.entity_graph import entity_graph_faults
from skiller_assets.ontology.topics import is_provisional, topic_faults


def found(faults: list[str], **details: int) -> Finding:
    """A finding from a list of faults: passed where it is empty, otherwise the first few are the reason."""
    reason = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
    return Finding(not faults, reason, {**details, "faults": len(faults)})


def topics_are_distinct(inputs: Inputs) -> Finding:
    """Valid and different names, parents that lead to a seed, no near-duplicates, no more authored than planned."""
    records, plan = inputs.jsonl("domain_topics", "topics.jsonl"), inputs.plan()
    authored = sum(record["source"] == "author" for record in records)
    faults = list(topic_faults(records))
    if authored > plan["target"]:
        faults.append(f"{authored} domains are authored, {plan['target']} were planned")
    names = {record["domain"] for record in records}
    decided = [topic["domain"] for topic in plan["topics"] if not is_provisional(topic)]
    faults += [f"{name} was planned and is missing" for name in decided if name not in names]
    return found(faults, topics=len(records), authored=authored)


def entities_are_sound(inputs: Inputs) -> Finding:
    """Unique names, a person, keys and references that exist."""
    records = inputs.jsonl("entities", "entities.jsonl")
    return found(entity_faults(records), entities=len(records))


def core_person_is_central(inputs: Inputs) -> Finding:
    """The graph agrees with the corpus's entities and hangs together around the core person."""
    graph = inputs.json("entity_graph", "graph.json")
    return found(entity_graph_faults(graph, inputs.jsonl("entities", "entities.jsonl")), nodes=len(graph["nodes"]))
