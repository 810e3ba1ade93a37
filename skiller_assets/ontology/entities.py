"""The entities of the whole corpus: domain-invariant, each declared the same wherever it occurs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skiller_assets.contract.errors import Problem
from skiller_assets.contract.model import Contract, Entity


def collect_entities(contracts: Mapping[str, Contract]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Every entity once, with the domains that know it; and where two domains declare one name differently.

    The declaration of the domain that comes first in the alphabet stands.
    """
    found: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for domain in sorted(contracts):
        for name, entity in contracts[domain].entities.items():
            record = entity_record(name, entity)
            known = found.get(name)
            if known is None:
                found[name] = {**record, "domains": [domain]}
            elif {k: v for k, v in known.items() if k != "domains"} == record:
                known["domains"].append(domain)
            else:
                place = f"{domain}.yaml: entity {name}"
                problems.append(Problem(place, f"is declared differently in {known['domains'][0]}.yaml", "rename one"))
    return [found[name] for name in sorted(found)], problems


def entity_record(name: str, entity: Entity) -> dict[str, Any]:
    """An entity as ``entities.jsonl`` holds it: what it is and its attributes, nothing about how rows arise."""
    attributes = [
        {"name": n, "type": a.type, "semantic_type": a.semantic_type, "refers_to": a.refers_to, "describe": a.describe}
        for n, a in entity.attributes.items()
    ]
    return {
        "entity": name,
        "kind": entity.kind,
        "role": entity.role if entity.kind == "person" else None,
        "describe": entity.describe,
        "key": entity.key,
        "attributes": attributes,
    }


def entity_faults(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a list of entities: names twice, no person, keys or references to what is not there."""
    names = [r["entity"] for r in records]
    columns = {f"{r['entity']}.{a['name']}" for r in records for a in r["attributes"]}
    found = [f"{name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    if records and not any(r["kind"] == "person" for r in records):
        found.append("no entity is a person")
    for record in records:
        own = {a["name"] for a in record["attributes"]}
        found += [f"{record['entity']}: key {k} is no attribute" for k in record["key"] if k not in own]
        found += [
            f"{record['entity']}.{a['name']} refers to {a['refers_to']}, which is no attribute of an entity"
            for a in record["attributes"]
            if a["refers_to"] and a["refers_to"] not in columns
        ]
    return found
