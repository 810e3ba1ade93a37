"""Topics as the catalogue has them: its seeds, what a strategy leads to, and the nearest ones to an unknown name."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from resources.offline.catalogue import Catalogue, Service
from resources.offline.draws import Draws
from skiller_assets.ask import CannotAnswer, Prompt
from skiller_assets.ontology.topics import Topic

_NEAREST = 4
_NEAR, _CLOSE = 0.5, 0.72
"""How much of a name, and of a word, must be there for it to be meant."""


def seed_topics(catalogue: Catalogue, names: Sequence[str] | None) -> list[Topic]:
    """The named topics in their order, or those that the catalogue marks as seeds, sorted.

    Raises CannotAnswer with a line for each name that the catalogue does not have.
    """
    chosen = sorted(n for n, service in catalogue.services.items() if service.seed) if names is None else list(names)
    if unknown := [name for name in chosen if name not in catalogue.services]:
        raise CannotAnswer("\n".join(unknown_topic(catalogue, name) for name in unknown))
    return [Topic(**_described(catalogue, name)) for name in chosen]


def write(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """``{"topics": [...]}``: services to which a strategy leads from the parent. Raises CannotAnswer."""
    variables = prompt.variables
    parent, known, strategy = variables["parent"]["domain"], set(variables["known"]), variables["strategy"]
    draws = Draws(seed, "topics", parent, strategy, attempt=len(prompt.rejected))
    service = service_of(catalogue, parent)
    found = [name for name in _led_to(catalogue, parent, service, strategy) if name not in known]
    met = Counter(catalogue.services[name].context for name in known if name in catalogue.services)
    order = {name: place for place, name in enumerate(draws.shuffled(sorted(set(found))))}
    found = sorted(order, key=lambda name: (met[catalogue.services[name].context], order[name]))
    return {"topics": [_described(catalogue, name) for name in found[: variables["count"]]]}


def write_seeds(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """``{"topics": [...]}``: the services of these names; nothing is drawn. Raises CannotAnswer."""
    names = [seed["name"] for seed in prompt.variables["seeds"]]
    if unknown := [name for name in names if name not in catalogue.services]:
        raise CannotAnswer("\n".join(unknown_topic(catalogue, name) for name in unknown))
    return {"topics": [_described(catalogue, name) for name in names]}


def service_of(catalogue: Catalogue, name: str) -> Service:
    """A service of the catalogue. Raises CannotAnswer naming the nearest ones."""
    if name not in catalogue.services:
        raise CannotAnswer(unknown_topic(catalogue, name))
    return catalogue.services[name]


def unknown_topic(catalogue: Catalogue, name: str) -> str:
    """What to say of a topic that the catalogue does not have."""
    near = nearest(catalogue, name)
    advice = f"the nearest that it knows: {', '.join(near)}" if near else "nothing that it knows is like it"
    return f"the offline author knows no topic {name}; {advice}; docs/catalogue.md says how to add one"


def nearest(catalogue: Catalogue, name: str) -> list[str]:
    """The services nearest to a name: by their own names, and by the words of their titles and things."""
    asked = _words(name)
    scores = {
        service: max(difflib.SequenceMatcher(None, name, service).ratio(), _shared(asked, _said(catalogue, service)))
        for service in catalogue.services
    }
    found = sorted((name for name in scores if scores[name] >= _NEAR), key=lambda name: (-scores[name], name))
    return found[:_NEAREST]


def _shared(asked: set[str], said: set[str]) -> float:
    """How many of the words are there, or nearly so."""
    return sum(bool(difflib.get_close_matches(word, said, n=1, cutoff=_CLOSE)) for word in asked) / max(len(asked), 1)


def _said(catalogue: Catalogue, name: str) -> set[str]:
    service = catalogue.services[name]
    nouns = (catalogue.things[thing].noun for thing in service.things.values())
    return _words(" ".join([name, service.title, *service.things.values(), *nouns]))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", text.lower().replace("_", " ")))


def _led_to(catalogue: Catalogue, name: str, parent: Service, strategy: str) -> Iterator[str]:
    """Every service to which a strategy leads from another one."""
    for other, service in catalogue.services.items():
        if other != name and _LEADS[strategy](catalogue, parent, service):
            yield other


def _same_context(catalogue: Catalogue, parent: Service, other: Service) -> bool:
    return other.context == parent.context


def _cross_context(catalogue: Catalogue, parent: Service, other: Service) -> bool:
    return other.context != parent.context and other.archetype == parent.archetype


def _lifecycle(catalogue: Catalogue, parent: Service, other: Service) -> bool:
    """The same things, or kinds of them, at another stage of their life."""
    stages = catalogue.archetypes[parent.archetype].stage, catalogue.archetypes[other.archetype].stage
    return stages[0] != stages[1] and bool(_lineage(catalogue, parent) & _lineage(catalogue, other))


def _specialization(catalogue: Catalogue, parent: Service, other: Service) -> bool:
    """The same way of working with a kind of the parent's things, or with another thing of the same walk of life."""
    if other.archetype != parent.archetype:
        return False
    own, theirs = set(parent.things.values()), set(other.things.values())
    kinds = {catalogue.things[thing].kind_of for thing in theirs}
    return bool(own & kinds) or (other.context == parent.context and own != theirs)


def _role(catalogue: Catalogue, parent: Service, other: Service) -> bool:
    return other.context == parent.context and other.person != parent.person


_LEADS = {
    "same_context": _same_context,
    "cross_context": _cross_context,
    "lifecycle": _lifecycle,
    "specialization": _specialization,
    "role": _role,
}


def _lineage(catalogue: Catalogue, service: Service) -> set[str]:
    """The things of a service that are no places, with what they are kinds of."""
    found: set[str] = set()
    for name in service.things.values():
        thing: str | None = name if catalogue.things[name].kind != "place" else None
        while thing is not None and thing not in found:
            found.add(thing)
            thing = catalogue.things[thing].kind_of
    return found


def _described(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """A service as a topic; places come last among its things."""
    service = catalogue.services[name]
    things = sorted(service.things.values(), key=lambda thing: catalogue.things[thing].kind == "place")
    return {
        "domain": name,
        "title": service.title,
        "describe": service.describe,
        "context": service.context,
        "person": catalogue.people[service.person].noun,
        "things": tuple(catalogue.things[thing].noun for thing in things),
    }
