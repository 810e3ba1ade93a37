"""Two contracts as one: namespaces side by side, shared entities once, both roles linked to one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract, Entity
from skiller_assets.fusion.errors import FusionError
from skiller_assets.fusion.identity import LINK, link_table, same_person
from skiller_assets.fusion.members import Member

_MERGED = ("constants", "relationships", "rule_groups", "tools")
_JOINED = ("settle", "invariants", "conduct", "out_of_scope", "storylines")


def fuse(pair: str, one: Member, other: Member, linked: int) -> Contract:
    """The contract of a pair before any bridge; ``linked`` is how many people have both roles.

    Raises FusionError where the two cannot stand side by side: another currency, an entity declared differently, names
    that collide, a name that is too long.
    """
    if one.contract.currency != other.contract.currency:
        raise FusionError(
            f"{one.domain} counts in {one.contract.currency} and {other.domain} in {other.contract.currency}: "
            "a pair has one currency"
        )
    _expect_apart(one, other)
    data = _document(pair, one, other)
    if one.principal != other.principal:
        if any(LINK in m.contract.tables for m in (one, other)):
            raise FusionError(f"{pair}: a table is called {LINK}, which links the accounts of a person: rename it")
        data["entities"][LINK] = link_table(one, other, linked)
        data["same_person"] = same_person(one, other)
    return read_fused(data, pair)


def read_fused(data: Mapping[str, Any], pair: str) -> Contract:
    """A fused contract from its JSON value. Raises FusionError with every fault."""
    try:
        return contract_from(dict(data), pair)
    except ContractError as error:
        raise FusionError(str(error)) from error


def shared_entities(one: Member, other: Member) -> list[str]:
    """The entities that both domains have. Raises FusionError where they mean different things by a name."""
    names = sorted(set(one.contract.entities) & set(other.contract.entities))
    for name in names:
        difference = _difference(one.contract.entities[name], other.contract.entities[name])
        if difference:
            raise FusionError(
                f"entity {name} is not the same in {one.domain} and {other.domain}: {difference}; "
                "an entity means the same everywhere: rename one of them"
            )
    return names


def _expect_apart(one: Member, other: Member) -> None:
    """Raises FusionError where an entity of the one is called as a record of the other is under its namespace."""
    for m, n in ((one, other), (other, one)):
        for name in m.contract.tables:
            if name not in m.contract.entities and m.under(name) in n.contract.entities:
                raise FusionError(
                    f"{n.domain} has an entity {m.under(name)}, which is what the {name} of {m.domain} is called in a "
                    "pair: rename the entity"
                )


def _document(pair: str, one: Member, other: Member) -> dict[str, Any]:
    members = (one, other)
    shared = shared_entities(*members)
    documents = [m.renamed.contract.model_dump(mode="json", by_alias=True, exclude_unset=True) for m in members]
    titles = {m.domain: m.contract.title for m in members}
    data: dict[str, Any] = {
        "contract": 1,
        "domain": pair,
        "title": " and ".join(titles.values()),
        "describe": " ".join(m.renamed.contract.describe for m in members),
        "context": ", ".join(dict.fromkeys(m.contract.context for m in members)),
        "currency": one.contract.currency,
        "principals": list(dict.fromkeys(m.principal for m in members)),
        "entities": {**documents[1].get("entities", {}), **documents[0].get("entities", {})},
        "fusion": {"members": [m.domain for m in members], "titles": titles, "shared": shared},
    }
    for field in _MERGED:
        data[field] = {k: v for document in documents for k, v in document.get(field, {}).items()}
    for field in _JOINED:
        data[field] = [item for document in documents for item in document.get(field, [])]
    for member in members:
        for name in member.contract.tools:
            data["tools"][member.under(name)]["principal"] = member.principal
    return data


def _difference(one: Entity, other: Entity) -> str:
    """In what two declarations of an entity differ that rows or rules depend on; empty where in nothing."""
    if (one.kind, one.role, one.key) != (other.kind, other.role, other.key):
        return f"kind, role or key differ ({_said(one)}; {_said(other)})"
    for column in sorted(set(one.attributes) | set(other.attributes)):
        if column not in one.attributes or column not in other.attributes:
            return f"only one of them has the attribute {column}"
        a, b = one.attributes[column], other.attributes[column]
        for what in ("type", "format", "refers_to", "optional", "unique", "enum"):
            if getattr(a, what) != getattr(b, what):
                return f"the {what} of {column} is {getattr(a, what)!r} and {getattr(b, what)!r}"
    return "" if one.lifecycle == other.lifecycle else "their lifecycles differ"


def _said(entity: Entity) -> str:
    return f"{entity.kind}, {entity.role}, key {', '.join(entity.key)}"


def with_parts(contract: Contract, parts: Mapping[str, Any]) -> Contract:
    """The contract with some fields replaced, validated anew. Raises FusionError."""
    data = contract.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return read_fused({**data, **parts}, contract.domain)


def with_rules(contract: Contract, rules: Iterable[tuple[str, Mapping[str, Any]]]) -> Contract:
    """The contract with further rules, each at the end of its tool's. Raises FusionError."""
    data = contract.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for tool, rule in rules:
        data["tools"][tool]["rules"] = [*data["tools"][tool].get("rules", []), dict(rule)]
    return read_fused(data, contract.domain)
