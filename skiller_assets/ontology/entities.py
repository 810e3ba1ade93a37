"""The entities of the whole corpus: domain-invariant, each declared the same wherever it occurs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.model import Entity


@dataclass(frozen=True)
class Declared:
    """The entities of one domain, in its order; ``place`` is where they are declared, for who reads of a fault."""

    domain: str
    place: str
    entities: Mapping[str, Entity]
    authored: bool = False


@dataclass(frozen=True)
class Disagreement:
    """Two domains declare one name differently."""

    domain: str
    reason: str


def collect_entities(declared: Sequence[Declared]) -> tuple[list[dict[str, Any]], list[Disagreement]]:
    """Every entity once, with the domains that know it; and where two domains declare one name differently.

    The declaration that comes first stands. An authored domain takes it over, the file of a user says what it says.
    """
    found: dict[str, dict[str, Any]] = {}
    places: dict[str, str] = {}
    disagreements: list[Disagreement] = []
    for domain in declared:
        for name, entity in domain.entities.items():
            record = entity_record(name, entity)
            known = found.setdefault(name, {**record, "domains": []})
            same = {k: v for k, v in known.items() if k != "domains"} == record
            if same or domain.authored:
                known["domains"].append(domain.domain)
            if not same:
                reason = f"{domain.place}: entity {name}: is declared differently in {places[name]} (rename one)"
                disagreements.append(Disagreement(domain.domain, reason))
            places.setdefault(name, domain.place)
    return [found[name] for name in sorted(found)], disagreements


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
