"""How the core person relates to everything else, in one verb phrase each: the labels of the entity graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.english import with_article
from skiller_assets.contract.model import Contract, Table
from skiller_assets.contract.wording import render, say_name

_PROMPT = Path(__file__).parent / "prompts" / "entity_relations.md"


_SHORTEST, _LONGEST = 3, 48
"""Characters of a phrase, which has to fit on an edge of the picture."""


class Relation(BaseModel):
    """One edge of the picture: the person ``phrase`` the entity, as in "flies on" (a flight)."""

    entity: str
    phrase: str = Field(min_length=_SHORTEST, max_length=_LONGEST)


class Relations(BaseModel):
    """The reply to ``entity_relations``."""

    relations: list[Relation]


def relate_entities(contract: Contract, door: Door) -> dict[str, str]:
    """A verb phrase for every entity but the core person, by entity. Raises :class:`~skiller_assets.ask.AskFailed`."""
    others = [name for name in contract.entities if name != contract.principals[0]]
    if not others:
        return {}
    request = Ask(
        name="entity_relations",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, others),
        reply=Relations,
        validators=(lambda reply: _complaints(reply, others),),
        told={
            "shortest": _SHORTEST,
            "longest": _LONGEST,
            "article": with_article(say_name(contract.principals[0])),
            "words": {name: say_name(contract.entities[name].label or name) for name in others},
        },
    )
    return {relation.entity: relation.phrase for relation in door.ask(request).relations}


def ties(contract: Contract, entity: str) -> list[dict[str, Any]]:
    """What ties the core person to an entity, nearest first, each with how it does.

    ``self``: the person refers to it; ``direct``: a relationship, or a record that it owns, does; ``through``: such a
    record refers to the named entity, which does. An entity tied in none of these ways may be a ``part`` of another:
    a cabin refers to its flight.
    """
    core = contract.principals[0]
    own = [{"name": core, "how": "self"}] if entity in _refers_to(contract.entities[core]) else []
    direct, through = [], []
    for relationship in contract.relationships:
        for name in (relationship, *contract.relationships[relationship].children):
            reached = _refers_to(contract.tables[name]) & set(contract.entities) - {core}
            if entity in reached:
                direct.append({"name": name, "how": "direct"})
                continue
            between = sorted(other for other in reached if entity in _refers_to(contract.entities[other]))
            through += [{"name": other, "how": "through"} for other in between]
    parts = sorted(_refers_to(contract.tables[entity]) & set(contract.entities))
    found = own + direct + through or [{"name": name, "how": "part"} for name in parts]
    return list({(tie["name"], tie["how"]): tie for tie in found}.values())


def _refers_to(table: Table) -> set[str]:
    return {a.refers_to.partition(".")[0] for a in table.attributes.values() if a.refers_to}


def _variables(contract: Contract, others: list[str]) -> dict[str, Any]:
    core = contract.principals[0]
    return {
        "title": contract.title,
        "describe": render(contract, contract.describe),
        "person": say_name(core),
        "person_describe": render(contract, contract.entities[core].describe),
        "relationships": [
            {"name": say_name(name), "describe": render(contract, table.describe)}
            for name, table in contract.relationships.items()
        ],
        "entities": [
            {
                "name": name,
                "kind": contract.entities[name].kind,
                "describe": render(contract, contract.entities[name].describe),
                "ties": ties(contract, name),
            }
            for name in others
        ],
    }


def _complaints(reply: Relations, wanted: list[str]) -> list[str]:
    named = [relation.entity for relation in reply.relations]
    found = [f"{name} is missing" for name in wanted if name not in named]
    found += [f"{name} is not asked for; the entities are {', '.join(wanted)}" for name in named if name not in wanted]
    found += [f"{name} is answered more than once" for name in sorted({n for n in named if named.count(n) > 1})]
    for relation in reply.relations:
        place = f"{relation.entity}: “{relation.phrase}”"
        if "related to" in relation.phrase.lower():
            found.append(f"{place} says nothing: give a verb phrase that says what is done")
        if "_" in relation.phrase:
            found.append(f"{place} has a technical name: give a verb phrase in plain words")
        if relation.phrase[-1] in ".!?,;:":
            found.append(f"{place} ends with {relation.phrase[-1]}: it stands inside a sentence")
    return found
