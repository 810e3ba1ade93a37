"""What is asked about an authored domain before its contract: its entities, and its outline (tables without tools)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.language import language
from skiller_assets.contract.model import Contract, Entity, Relationship
from skiller_assets.contract.structure import data_problems
from skiller_assets.contract.vocabulary import Model, Name, Sentence
from skiller_assets.contract.wording import quoted_constants

_PROMPTS = Path(__file__).parent / "prompts"

PERIPHERALS = (1, 3)
RELATIONSHIPS = (1, 3)
"""How many of each an authored service has, both ends included."""


class Entities(Model):
    """The reply to ``entities``: what exists on its own, the person whom the service serves first."""

    entities: dict[Name, Entity] = Field(min_length=2, max_length=6)


class Outline(Model):
    """The reply to ``outline``: what a service is, and its tables without how their rows arise.

    A reply need not repeat the entities, which are agreed upon; :func:`ask_outline` lays them in.
    """

    title: str = Field(min_length=3, max_length=60)
    describe: Sentence
    context: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    principals: list[Name] = Field(min_length=1, max_length=1)
    entities: dict[Name, Entity] = Field({}, description="Agreed upon; leave it out.")
    relationships: dict[Name, Relationship] = Field(min_length=RELATIONSHIPS[0], max_length=RELATIONSHIPS[1])


def entities_ask(topic: Mapping[str, Any]) -> Ask[Entities]:
    """What is asked for the entities of a topic (a line of ``topics.jsonl``)."""
    return Ask(
        name="entities",
        role="semantic",
        template=_PROMPTS / "entities.md",
        variables={"topic": dict(topic)},
        reply=Entities,
        validators=(lambda reply: list(_entities_complaints(reply, topic)),),
        mends="patch",
        told={"language": language(), "peripherals": PERIPHERALS},
    )


def ask_outline(topic: Mapping[str, Any], entities: Mapping[str, Any], door: Door) -> Outline:
    """The outline of a topic around entities that are agreed upon (as declared in the contract language).

    Raises :class:`~skiller_assets.ask.AskError`.
    """
    request = Ask(
        name="outline",
        role="semantic",
        template=_PROMPTS / "outline.md",
        variables={
            "topic": dict(topic),
            "entities": dict(entities),
        },
        reply=Outline,
        validators=(lambda reply: list(_outline_complaints(reply, topic, entities)),),
        mends="patch",
        told={"language": language(), "relationships": RELATIONSHIPS},
    )
    return _with_entities(door.ask(request), entities)


def declared(entity: Entity) -> dict[str, Any]:
    """An entity as it was said, under the names of the contract language."""
    return entity.model_dump(mode="json", by_alias=True, exclude_unset=True)


def outline_json(outline: Outline) -> dict[str, Any]:
    """An outline as ``outline.json`` holds it."""
    return outline.model_dump(mode="json", by_alias=True, exclude_unset=True)


def outlined_contract(domain: str, outline: Outline) -> Contract:
    """The outline as a contract that has no tools yet."""
    values = {name: getattr(outline, name) for name in Outline.model_fields}
    return Contract(contract=1, domain=domain, tools={}, **values)


def _with_entities(outline: Outline, agreed: Mapping[str, Any]) -> Outline:
    """The outline with the entities that are agreed upon. Raises pydantic.ValidationError where they are none."""
    return outline.model_copy(update={"entities": {n: Entity.model_validate(e) for n, e in agreed.items()}})


def _entities_complaints(reply: Entities, topic: Mapping[str, Any]) -> Iterator[str]:
    first = next(iter(reply.entities))
    people = [n for n, e in reply.entities.items() if e.kind == "person" and e.role == "customer"]
    if people != [first]:
        yield f"exactly one customer person is needed, and it comes first; found: {', '.join(people) or 'none'}"
        return
    alone = Contract(
        contract=1,
        domain=topic["domain"],
        title=topic["title"],
        describe=topic["describe"],
        context=topic["context"],
        principals=[first],
        entities=reply.entities,
        tools={},
    )
    yield from _data_complaints(alone)
    for name, entity in reply.entities.items():
        for column, attribute in entity.attributes.items():
            if attribute.semantic_type is None and column not in entity.key and attribute.refers_to is None:
                yield f"entity {name}: attribute {column} has no semantic_type"


def _outline_complaints(reply: Outline, topic: Mapping[str, Any], agreed: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(reply.entities):
        if name not in agreed:
            yield f"entity {name} is not among those that are agreed upon: leave entities out"
        elif declared(reply.entities[name]) != agreed[name]:
            yield f"entity {name} differs from what is agreed upon: leave it out, it stays as it is"
    contract = outlined_contract(topic["domain"], _with_entities(reply, agreed))
    yield from _data_complaints(contract)
    for name, table in contract.tables.items():
        if name not in agreed and table.population is not None:
            yield f"{name}: how its rows arise is not decided here: leave population out"
    said = [reply.describe, *(table.describe for table in contract.tables.values())]
    yield from (f"“{text}” quotes a constant, and there are none yet" for text in said if quoted_constants(text))


def _data_complaints(contract: Contract) -> Iterator[str]:
    """What is wrong with the tables."""
    yield from map(str, data_problems(contract, contract.domain))
