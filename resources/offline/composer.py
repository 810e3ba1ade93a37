"""Composes the contract of a service from the catalogue: its archetype, the people and things it deals with, features.

Which features a service has depends on its name only, so that its tables are the same whatever the seed; numbers and
wordings depend on the seed, and on how often a composition was rejected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from resources.offline.catalogue import Archetype, Catalogue, Part, Role, Service, Thing
from resources.offline.draws import Draws
from resources.offline.fragments import Filler, merged
from resources.offline.nouns import forms, identifier

_WANTS, _REASONS = 6, 7
_MOST_TOOLS = 17
"""No feature that brings tools is added beyond so many: a service that does everything is nobody's trade."""
_TITLES = "title", "describe", "context", "currency"


def compose(
    catalogue: Catalogue, name: str, seed: int, complaints: Sequence[str] = (), attempt: int = 0
) -> dict[str, Any]:
    """The contract of a service of the catalogue, as a domain file would say it.

    ``complaints`` are what was wrong with earlier compositions: features that bring what they name are left out, unless
    tables hang on them. Raises KeyError for a service that the catalogue does not have, FragmentError for a catalogue
    that contradicts itself.
    """
    service = catalogue.services[name]
    archetype = catalogue.archetypes[service.archetype]
    features = [f for f in features_of(catalogue, name) if not _blamed(catalogue.features[f], complaints)]
    parts = [*_parts(catalogue, archetype), *(catalogue.features[feature] for feature in features)]
    draws = Draws(seed, "compose", name, attempt=attempt)
    fragment = merged([part.contract for part in parts])
    slots = _slots(catalogue, name, parts, features, frozenset(fragment.get("entities", {})))
    slots |= {f"+{place}": texts for place, texts in fragment.pop("extend", {}).items()}
    filled = Filler(slots, service.price, draws)
    constants = {
        key: filled.constant(filled.fill(declared, f"constants.{key}"), service.constants.get(key))
        for key, declared in fragment.pop("constants", {}).items()
    }
    background = fragment.pop("background", [])
    body = filled.fill(fragment, name)
    _add_entities(body, catalogue, service, archetype)
    _add_talk(body, catalogue, service, archetype, draws, filled)
    return {
        "contract": 1,
        "domain": name,
        **{key: getattr(service, key) for key in _TITLES},
        "principals": [service.person],
        "constants": constants,
        **body,
        "background": _background(service, filled.fill(background, f"{name}.background")),
    }


def features_of(catalogue: Catalogue, name: str) -> list[str]:
    """The optional features of a service, in the order of its archetype: those it insists on, and some by chance."""
    service = catalogue.services[name]
    archetype = catalogue.archetypes[service.archetype]
    chosen: list[str] = []
    draws = Draws("features", name)
    base = _slots(catalogue, name, _parts(catalogue, archetype), (), frozenset())
    tools = {tool for part in _parts(catalogue, archetype) for tool in part.contract.get("tools", {})}
    for feature, percent in archetype.features.items():
        part = catalogue.features[feature]
        wanted = draws.chance(percent)  # drawn in any case, so that a service's wish moves nothing else
        more = tools | set(part.contract.get("tools", {}))
        possible = all(need in base for need in part.needs) and (more == tools or len(more) <= _MOST_TOOLS)
        if possible and service.features.get(feature, wanted) and not _excluded(catalogue, feature, chosen):
            chosen.append(feature)
            tools = more
    return chosen


def _parts(catalogue: Catalogue, archetype: Archetype) -> list[Part]:
    return [archetype, *(catalogue.parts[part] for part in archetype.parts)]


def _excluded(catalogue: Catalogue, feature: str, chosen: Sequence[str]) -> bool:
    return any(feature in catalogue.features[c].excludes or c in catalogue.features[feature].excludes for c in chosen)


def _blamed(feature: Part, complaints: Sequence[str]) -> bool:
    """Whether a complaint names a rule or constant that the feature brings, and it can be left out alone."""
    contract = feature.contract
    if contract.get("relationships") or contract.get("entities"):
        return False
    tools = contract.get("tools", {}).values()
    brought = {rule["id"] for tool in tools for rule in tool.get("rules", []) if "id" in rule}
    brought |= set(contract.get("constants", {}))
    return any(f"rule {word}" in complaint for word in brought for complaint in complaints)


def _slots(
    catalogue: Catalogue, name: str, parts: Sequence[Part], features: Sequence[str], own: frozenset[str]
) -> dict[str, Any]:
    """Every slot: nouns in all their forms, words, and which features there are.

    An entity that is not of the catalogue but of the service alone (``own``) has a table named after the service, since
    an entity is the same in every domain that has one of its name.
    """
    service = catalogue.services[name]
    archetype = catalogue.archetypes[service.archetype]
    slots: dict[str, Any] = {"title": service.title}
    for part in parts:
        for slot, default in part.nouns.items():
            noun = service.nouns.get(slot, default)
            table = f"{name}_{identifier(noun.noun)}" if f"<{slot}>" in own else None
            slots |= forms(slot, noun, table=table)
        slots |= part.words
    person = catalogue.people[service.person]
    slots |= forms("person", person, service.person)
    slots |= {f"person.has.{what}": what for what in (*person.traits, *person.attributes)}
    if archetype.staff and service.staff:
        slots |= forms("staff", catalogue.people[service.staff], service.staff)
    for slot in archetype.casts:
        slots |= _thing_slots(slot, service.things[slot], catalogue.things[service.things[slot]])
    return {**slots, **service.words, **{f"feature.{feature}": feature for feature in features}}


def _thing_slots(slot: str, name: str, thing: Thing) -> dict[str, Any]:
    chosen = thing.attributes[thing.filter]
    found: dict[str, Any] = {
        **forms(slot, thing, name),
        f"{slot}.filter": thing.filter,
        f"{slot}.filter_label": chosen.label or thing.filter.replace("_", " "),
        f"{slot}.filter_values": tuple(chosen.enum or ()),
    }
    if thing.measure is not None:
        measured = thing.attributes[thing.measure]
        found |= {
            f"{slot}.measure": thing.measure,
            f"{slot}.measure_label": measured.label or thing.measure.replace("_", " "),
        }
    shown = [f"{name}.{attribute}" for attribute, a in thing.attributes.items() if a.type != "list"]
    found |= {f"{slot}.columns": ", ".join(shown), f"{slot}.count": len(thing.rows)}
    return found | {f"{slot}.has.{attribute}": attribute for attribute in thing.attributes}


def _add_entities(body: dict[str, Any], catalogue: Catalogue, service: Service, archetype: Archetype) -> None:
    """People and things come first: they are declared in the catalogue alone."""
    people = [service.person, *([service.staff] if archetype.staff and service.staff else [])]
    entities = {name: role_entity(catalogue, name) for name in people}
    entities |= {service.things[slot]: thing_entity(service.things[slot], catalogue) for slot in archetype.casts}
    body["entities"] = {**entities, **body.get("entities", {})}


def role_entity(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """A person entity, as a contract declares it."""
    role: Role = catalogue.people[name]
    named: dict[str, Any] = {"type": "text", "semantic_type": "person_name", "generate": {"human": "full_name"}}
    if role.kind == "staff":
        named |= {"known": "everyone", "label": role.noun, "phrase": "with {value}"}
    attributes = {"full_name": named}
    declared = [catalogue.traits[trait].attributes for trait in (_COMMON[role.kind], *role.traits)] + [role.attributes]
    for some in declared:
        attributes |= {key: a.model_dump(by_alias=True, exclude_unset=True) for key, a in some.items()}
    key = f"{name}_id"
    entity: dict[str, Any] = {"kind": "person", "describe": role.describe, "key": key}
    if role.kind == "staff":
        entity |= {"role": "staff", "population": {"count": 24}}
    prefix = forms("x", role, name)["x.prefix"]
    return {**entity, "attributes": {key: {"type": "id", "format": f"{prefix}-#####"}, **attributes}}


_COMMON = {"customer": "contact", "staff": "at_work"}
"""The trait that everybody of a kind has."""


def thing_entity(name: str, catalogue: Catalogue) -> dict[str, Any]:
    """A peripheral entity, as a contract declares it; its rows have keys in the order of the catalogue."""
    thing = catalogue.things[name]
    key, letters = f"{name}_id", forms("x", thing, name)["x.prefix"]
    attributes = {k: a.model_dump(by_alias=True, exclude_unset=True) for k, a in thing.attributes.items()}
    named = {
        "type": "text", "unique": True, "known": "everyone", "label": thing.noun, "phrase": thing.phrase,
        "semantic_type": "place" if thing.kind == "place" else "title",
    }  # fmt: skip
    rows = [{key: f"{letters}-{number:03d}", **row} for number, row in enumerate(thing.rows, 101)]
    return {
        "kind": "peripheral",
        "describe": thing.describe,
        "key": key,
        "population": {"rows": rows},
        "attributes": {key: {"type": "id", "format": f"{letters}-###"}, "name": named, **attributes},
    }


def _add_talk(
    body: dict[str, Any], catalogue: Catalogue, service: Service, archetype: Archetype, draws: Draws, filler: Filler
) -> None:
    """What the service and its context add: voices, requests out of scope, conduct."""
    context = catalogue.contexts[service.context]
    tools = {role: filler.fill(name, "roles") for role, name in archetype.roles.items()}
    own: dict[str, dict[str, list[str]]] = {}
    for what, said in (("wants", service.wants), ("because", service.because)):
        for role, texts in said.items():
            own.setdefault(tools[role], {})[what] = filler.fill(texts, f"{what}.{role}")
    for name, tool in body["tools"].items():
        voice = tool.get("voice", {})
        for what, most in (("wants", _WANTS), ("because", _REASONS)):
            texts = _some([*own.get(name, {}).get(what, [])], voice.get(what, []), most, draws)
            if texts:
                tool.setdefault("voice", {})[what] = texts
    scope = list(_out_of_scope(context.out_of_scope | service.out_of_scope))
    body["out_of_scope"] = [*scope, *body.get("out_of_scope", [])]
    body["conduct"] = [*body.get("conduct", []), *({"id": k, **v.model_dump()} for k, v in context.conduct.items())]


def _some(own: list[str], shared: list[str], most: int, draws: Draws) -> list[str]:
    """All that the service says itself, then as many of the archetype's as there is room for, in a drawn order."""
    return [*own, *draws.shuffled(shared)[: max(most - len(own), 0)]]


def _out_of_scope(requests: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, request in requests.items():
        yield {**request.model_dump(exclude_unset=True), "id": name}


def _background(service: Service, chapters: Sequence[Mapping[str, str]]) -> str:
    """Markdown: who this is, then a chapter for each fragment that has something to explain."""
    parts = [f"### Who we are\n\n{service.background.strip()}"]
    parts += [f"### {chapter['heading']}\n\n{chapter['text'].strip()}" for chapter in chapters]
    return "\n\n".join(parts) + "\n"
