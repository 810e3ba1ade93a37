"""The catalogue that services are composed from: people, things, contexts, workflow archetypes, features, services.

Every file under ``resources/catalogue`` has the same shape, and so has each of a user's own ``catalogue/*.yaml``: some
of the sections of :class:`Catalogue`, each a map of named entries. A user's entry replaces a bundled one of its name.
``docs/catalogue.md`` explains the entries to who writes them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from resources.offline.parsed import parsed
from skiller_assets.contract.model import Attribute, ConductKind, Name, is_domain

BUNDLED = Path(__file__).parents[1] / "catalogue"
USERS_FOLDER = "catalogue"
"""Where a user's own catalogue files are, from the project's folder."""


class CatalogueError(Exception):
    """A catalogue cannot be used; one line for each thing that is wrong: file, entry, what to do."""


class Entry(BaseModel):
    """Strict base: unknown keys are refused and entries do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_noun(value: Any) -> Any:
    return {"noun": value} if isinstance(value, str) else value


class Noun(Entry):
    """What something is called: in the singular, in the plural (by rule if absent), and in two letters for its ids."""

    noun: str = Field(pattern=r"^[A-Za-z][A-Za-z -]{1,30}$")
    plural: str | None = None
    prefix: str | None = Field(None, pattern=r"^[A-Z]{2}$")


class Trait(Entry):
    """Attributes that several roles of people share (an address, a payment card)."""

    describe: str
    attributes: dict[Name, Attribute]


class Role(Noun):
    """A role that a human plays towards a service. Declared here entirely, so that it is the same in every domain."""

    describe: str
    kind: Literal["customer", "staff"] = "customer"
    traits: list[str] = []
    attributes: dict[Name, Attribute] = {}


class Thing(Noun):
    """A place, product, service, document, account or resource that exists on its own, the same in every domain.

    ``rows`` are what there is of it, each with at least a ``name``; absent attributes are generated. ``filter`` names
    the attribute (with an enum) that people choose by, ``measure`` the one (a number or an amount) that they compare.
    """

    describe: str
    kind: Literal["place", "product", "service", "document", "account", "resource"]
    kind_of: str | None = None
    phrase: str = "{value}"
    attributes: dict[Name, Attribute]
    rows: list[dict[str, Any]] = Field(min_length=4, max_length=40)
    filter: Name
    measure: Name | None = None


class Request(Entry):
    """Something that people ask for and that no tool of a service serves."""

    says: str
    wants: list[str] = Field(min_length=2)
    because: list[str] = []
    handling: Literal["decline", "transfer"] = "decline"


class Conduct(Entry):
    """How the staff of a walk of life behave."""

    kind: ConductKind
    says: str


class Context(Entry):
    """A walk of life: what people there ask for that no service of the kind does, and how its staff behave."""

    describe: str
    out_of_scope: dict[Name, Request] = {}
    conduct: dict[Name, Conduct] = {}


NounOrWord = Annotated[Noun, BeforeValidator(_as_noun)] | str
Fragment = dict[str, Any]
"""Part of a contract with ``<slots>`` in keys and texts; see :mod:`resources.offline.fragments`."""


class Part(Entry):
    """Something that services may have in common: an optional feature, or a part that archetypes are made of.

    ``needs`` are slots that must be there for it, ``excludes`` features that it cannot stand beside.
    """

    describe: str
    needs: list[str] = []
    excludes: list[str] = []
    nouns: dict[str, Annotated[Noun, BeforeValidator(_as_noun)]] = {}
    words: dict[str, str | list[str]] = {}
    contract: Fragment


class Archetype(Part):
    """A way in which a service works.

    ``casts`` says which things it deals with: a slot, and the kinds of thing that may play it. ``traits`` are what its
    customers must have. ``parts`` are always in it; ``features`` may be, each in so many of a hundred services.
    ``roles`` gives the tools that services speak about their names by what they do: create, cancel, change, …
    ``stage`` is where it stands in the life of a thing: 0 before anybody has it, 9 when it is done with.
    """

    casts: dict[str, list[str]]
    traits: list[str] = []
    staff: bool = False
    parts: list[str] = []
    features: dict[str, int] = {}
    roles: dict[str, str]
    stage: int = Field(5, ge=0, le=9)


class Service(Entry):
    """One line of the plausibility table: which archetype fits which things, for whom, and in whose words.

    ``price`` is what one unit typically costs, in the currency's major unit. ``wants`` and ``because`` add to the voice
    of the tools with these roles.
    """

    title: str
    describe: str
    context: str
    archetype: str
    person: str
    things: dict[str, str]
    staff: str | None = None
    seed: bool = False
    currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    price: float = Field(30, gt=0)
    nouns: dict[str, Annotated[Noun, BeforeValidator(_as_noun)]] = {}
    words: dict[str, str | list[str]] = {}
    features: dict[str, bool] = {}
    constants: dict[Name, int | float] = {}
    wants: dict[str, list[str]] = {}
    because: dict[str, list[str]] = {}
    out_of_scope: dict[Name, Request] = {}
    background: str


class Catalogue(Entry):
    """Everything that the author knows."""

    traits: dict[Name, Trait] = {}
    people: dict[Name, Role] = {}
    things: dict[Name, Thing] = {}
    contexts: dict[str, Context] = {}
    parts: dict[Name, Part] = {}
    features: dict[Name, Part] = {}
    archetypes: dict[Name, Archetype] = {}
    services: dict[Name, Service] = {}


@lru_cache(maxsize=8)
def load_catalogue(folder: Path | None = None, edition: str = "", kept: Path | None = None) -> Catalogue:
    """The bundled catalogue, extended by the files of a user's folder. Raises CatalogueError with every fault.

    ``edition`` (see :func:`catalogue_edition`) names the content of the files, so that a change is noticed. ``kept`` is
    a folder for what was parsed, which spares most of the time.
    """
    sections: dict[str, dict[str, Any]] = {}
    places: dict[tuple[str, str], Path] = {}
    faults: list[str] = []
    for path in catalogue_files(folder):
        faults += _take(path, sections, places, kept)
    try:
        if not faults:
            catalogue = Catalogue.model_validate(sections)
            faults = [f"{places.get(at, '')}: {at[0]}: {at[1]}: {fault}" for at, fault in catalogue_faults(catalogue)]
    except ValidationError as error:
        faults = [_explain(item["loc"], item["msg"], places) for item in error.errors()]
    if faults:
        raise CatalogueError("\n".join(faults))
    return catalogue


def catalogue_files(folder: Path | None) -> list[Path]:
    """The bundled files, then the user's own, each in the order of their names."""
    own = sorted(folder.glob("*.yaml")) if folder and folder.is_dir() else []
    return [*sorted(BUNDLED.rglob("*.yaml")), *own]


def catalogue_edition(folder: Path | None) -> str:
    """A hash over the content of all catalogue files, as 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in catalogue_files(folder):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


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


def _take(
    path: Path, sections: dict[str, dict[str, Any]], places: dict[tuple[str, str], Path], kept: Path | None
) -> Iterator[str]:
    """Takes over the entries of one file; yields what is wrong with it."""
    try:
        data = parsed(path, kept)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield f"{path}{f':{mark.line + 1}' if mark else ''}: cannot be read: {getattr(error, 'problem', None) or error}"
        return
    except (OSError, UnicodeDecodeError) as error:
        yield f"{path}: cannot be read: {error}"
        return
    if data is None:
        return
    if not isinstance(data, dict) or not all(isinstance(entries, dict) for entries in data.values()):
        yield f"{path}: must hold sections of named entries: {', '.join(Catalogue.model_fields)}"
        return
    for section, entries in data.items():
        if section not in Catalogue.model_fields:
            yield f"{path}: there is no section {section}; there are {', '.join(Catalogue.model_fields)}"
            continue
        for name, entry in entries.items():
            known = places.get((section, name))
            if known is not None and known.is_relative_to(BUNDLED) == path.is_relative_to(BUNDLED):
                yield f"{path}: {section}: {name} stands in {known.name}, too: keep one"
            sections.setdefault(section, {})[name] = entry
            places[section, name] = path


def _explain(place: tuple[int | str, ...], message: str, places: Mapping[tuple[str, str], Path]) -> str:
    path = places.get((str(place[0]), str(place[1]))) if len(place) > 1 else None
    return f"{path or ''}: {': '.join(map(str, place))}: {message.removeprefix('Value error, ')}"
