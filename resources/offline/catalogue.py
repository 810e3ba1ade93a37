"""The catalogue that services are composed from: people, things, contexts, workflow archetypes, features, services.

Every file under ``resources/catalogue`` has the same shape, and so has each of a user's own ``catalogue/*.yaml``: some
of the sections of :class:`Catalogue`, each a map of named entries. A user's entry replaces a bundled one of its name.
``docs/catalogue.md`` explains the entries to who writes them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from skiller_assets.contract.model import Attribute
from skiller_assets.contract.vocabulary import ConductKind, Name


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

    def __hash__(self) -> int:
        """A catalogue is read once and kept: itself and no other, for what is remembered by it."""
        return id(self)
