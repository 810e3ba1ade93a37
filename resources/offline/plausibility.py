"""What does not fit together in a catalogue: missing entries, and archetypes cast with what cannot play the part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from resources.offline.catalogue import Archetype, Catalogue, Service, Thing
from skiller_assets.contract.model import is_domain


def catalogue_faults(catalogue: Catalogue) -> Iterator[tuple[tuple[str, str], str]]:
    """What does not fit together: ((section, entry), fault). A composed service is checked further by its contract."""
    for name, role in catalogue.people.items():
        missing = [trait for trait in role.traits if trait not in catalogue.traits]
        yield from ((("people", name), f"there is no trait {trait}") for trait in missing)
    for name, thing in catalogue.things.items():
        yield from ((("things", name), fault) for fault in _thing_faults(catalogue, thing))
    for name, archetype in catalogue.archetypes.items():
        missing = [p for p in archetype.parts if p not in catalogue.parts]
        missing += [f for f in archetype.features if f not in catalogue.features]
        yield from ((("archetypes", name), f"there is no part or feature {part}") for part in missing)
    for name, service in catalogue.services.items():
        yield from ((("services", name), fault) for fault in service_faults(catalogue, name, service))


def _thing_faults(catalogue: Catalogue, thing: Thing) -> Iterator[str]:
    if thing.kind_of is not None and thing.kind_of not in catalogue.things:
        yield f"is said to be a kind of {thing.kind_of}, which is no thing"
    chosen = thing.attributes.get(thing.filter)
    if chosen is None or not chosen.enum:
        yield f"filter: {thing.filter} must be an attribute with an enum"
    if thing.measure is not None and thing.measure not in thing.attributes:
        yield f"measure: {thing.measure} is no attribute"
    names = [row.get("name") for row in thing.rows]
    if None in names or len(set(names)) < len(names):
        yield "every row needs a name of its own"
    for row in thing.rows:
        unknown = sorted(set(row) - {"name", *thing.attributes})
        yield from (f"row {row.get('name')}: there is no attribute {k}" for k in unknown)


def service_faults(catalogue: Catalogue, name: str, service: Service) -> Iterator[str]:
    """Why an archetype does not fit the people and things that a service names."""
    if not is_domain(name):
        yield "a service's name is one to three lower-case words joined by _, at most 24 characters"
    archetype = catalogue.archetypes.get(service.archetype)
    if archetype is None:
        yield f"there is no archetype {service.archetype}; there are {_listed(catalogue.archetypes)}"
        return
    if service.context not in catalogue.contexts:
        yield f"there is no context {service.context}; there are {_listed(catalogue.contexts)}"
    yield from _person_faults(catalogue, archetype, service)
    for slot, kinds in archetype.casts.items():
        thing = catalogue.things.get(service.things.get(slot, ""))
        if thing is None:
            yield f"things: {slot} must name one of the things; it is {service.things.get(slot)!r}"
        elif "any" not in kinds and thing.kind not in kinds:
            yield f"things: {slot}: {service.things[slot]} is a {thing.kind}, not a {' or '.join(kinds)}"
    for what, given, known in (
        ("things", service.things, archetype.casts),
        ("features", service.features, archetype.features),
        ("wants", service.wants, archetype.roles),
        ("because", service.because, archetype.roles),
    ):
        unknown = sorted(set(given) - set(known))
        yield from (f"{what}: {service.archetype} knows no {u}; it knows {_listed(known)}" for u in unknown)


def _person_faults(catalogue: Catalogue, archetype: Archetype, service: Service) -> Iterator[str]:
    person = catalogue.people.get(service.person)
    if person is None or person.kind != "customer":
        yield f"person: {service.person} is no customer among the people"
    else:
        yield from (f"person: {service.person} lacks the trait {t}" for t in archetype.traits if t not in person.traits)
    staff = catalogue.people.get(service.staff or "")
    if archetype.staff and (staff is None or staff.kind != "staff"):
        yield f"staff: {service.archetype} needs somebody of the staff; it is {service.staff!r}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
