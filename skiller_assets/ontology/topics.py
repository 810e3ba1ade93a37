"""Topics of domains: seeds, and what five strategies make of them, breadth first and without near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from skiller_assets.ask import Ask, AskError, Door
from skiller_assets.contract.model import is_domain
from skiller_assets.contract.vocabulary import LONGEST_DOMAIN
from skiller_assets.ontology.near import Described, described, filler, near_duplicate
from skiller_assets.ontology.proposals import LIMITS, ProposedTopic, wording_complaints
from skiller_assets.settings import Strategy

_PROMPT = Path(__file__).parent / "prompts" / "domain_topics.md"
SEED = "seed"
"""The strategy of a topic that was there to begin with."""
_MOST_A_REPLY = 4
FAILURES = 3
"""So many asks in a row that nobody could answer end the search."""


@dataclass(frozen=True)
class Topic:
    """What a domain is about. ``parent`` and ``strategy`` say what led to it; a seed has no parent.

    ``person`` is who it serves and ``things`` what it deals with, in words, as far as that is known beforehand.
    """

    domain: str
    title: str
    describe: str
    context: str
    person: str = ""
    things: tuple[str, ...] = ()
    strategy: str = SEED
    parent: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The record of a topic."""
        return {**asdict(self), "things": list(self.things)}

    @property
    def is_provisional(self) -> bool:
        """Whether only its name is known so far: see :func:`is_provisional`."""
        return is_provisional(self.as_json())

    def compared(self) -> Described:
        """The topic as it is compared with others."""
        return described(self.domain, self.title, self.describe, self.context)


def is_provisional(record: Mapping[str, Any]) -> bool:
    """Whether of a topic (its record) only the name is known so far, because nobody was asked about it yet."""
    return not record["context"]


@dataclass(frozen=True)
class Dropped:
    """A topic that was proposed and is no new one: ``near`` names the domain that says the same."""

    topic: Topic
    near: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The record of a dropped topic."""
        return {**self.topic.as_json(), "near": self.near, "reason": self.reason}


class ProposedTopics(BaseModel):
    """The reply to ``domain_topics``; none when nothing new comes to mind."""

    topics: list[ProposedTopic] = Field(max_length=_MOST_A_REPLY)


class Growth:
    """Topics as they were found so far, in order, with what was dropped and what could not be asked.

    ``taken`` are names that belong to others: domains that the user wrote.
    """

    def __init__(self, taken: Iterable[str] = (), kept: Iterable[Topic] = (), dropped: Iterable[Dropped] = ()) -> None:
        self.taken = frozenset(taken)
        self.topics = list(kept)
        self.dropped = list(dropped)
        self.problems: list[str] = []
        self._compared = [topic.compared() for topic in self.topics]

    def known(self) -> list[str]:
        """Every name that need not be proposed any more, sorted."""
        return sorted({*self.taken, *(t.domain for t in self.topics), *(d.topic.domain for d in self.dropped)})

    def contexts(self) -> dict[str, int]:
        """How many topics each walk of life has, the rarest first."""
        met = Counter(topic.context for topic in self.topics)
        return dict(sorted(met.items(), key=lambda item: (item[1], item[0])))

    def take(self, topic: Topic) -> bool:
        """Adds a topic unless it says the same as one that is there; whether it was added.

        Of a provisional topic too little is known to say so.
        """
        if topic.domain in self.taken:
            return False
        compared = topic.compared()
        if not topic.is_provisional and (near := near_duplicate(compared, self._compared)):
            self.dropped.append(Dropped(topic, *near))
            return False
        self.topics.append(topic)
        self._compared.append(compared)
        return True


def expand(growth: Growth, target: int, strategies: Sequence[Strategy], door: Door) -> None:
    """Asks for further topics until there are ``target`` of them, or nothing new comes any more.

    Round by round, each topic that is there is asked by one more strategy, those of rare contexts first, so that
    contexts and strategies are covered evenly. No topic is asked twice by the same strategy, so the asks are bounded by
    the number of topics times that of strategies. What cannot be asked ends up in ``problems``.
    """
    failures = 0
    for parent, strategy in _questions(growth, strategies):
        missing = target - len(growth.topics)
        if missing <= 0 or failures >= FAILURES:
            return
        try:
            proposed = ask_topics(
                parent, strategy, min(missing, _MOST_A_REPLY), growth.known(), door, growth.contexts()
            )
            failures = 0
        except AskError as error:
            failures += 1
            growth.problems += [line for line in str(error).splitlines() if line not in growth.problems]
            continue
        for topic in proposed:
            growth.take(topic)


def _questions(growth: Growth, strategies: Sequence[Strategy]) -> Iterator[tuple[Topic, Strategy]]:
    """What to ask next, one at a time: between two questions there may be more topics."""
    for number in range(len(strategies)):
        asked: set[str] = set()
        while waiting := [place for place, topic in enumerate(growth.topics) if topic.domain not in asked]:
            place = _nearest(growth.topics, waiting)
            asked.add(growth.topics[place].domain)
            yield growth.topics[place], strategies[(place + number) % len(strategies)]


def _nearest(topics: Sequence[Topic], waiting: Sequence[int]) -> int:
    """The place of the topic to ask next: nearest to a seed, then of the rarest context, then the first."""
    met = Counter(topic.context for topic in topics)
    depths: dict[str | None, int] = {}
    for topic in topics:  # a parent stands before its children
        depths[topic.domain] = depths.get(topic.parent, -1) + 1
    return min(waiting, key=lambda place: (depths[topics[place].domain], met[topics[place].context], place))


def ask_topics(
    parent: Topic,
    strategy: Strategy,
    count: int,
    known: Collection[str],
    door: Door,
    contexts: Mapping[str, int] | None = None,
) -> list[Topic]:
    """Topics to which a strategy leads from another one; ``contexts`` says how many each walk of life has.

    Raises :class:`~skiller_assets.ask.AskError`.
    """
    variables: dict[str, Any] = {
        "parent": {name: value for name, value in parent.as_json().items() if name not in ("strategy", "parent")},
        "strategy": strategy,
        "count": count,
        "known": sorted(known),
        "contexts": dict(contexts or {}),
    }
    request = Ask(
        name="domain_topics",
        role="semantic",
        template=_PROMPT,
        variables=variables,
        reply=ProposedTopics,
        validators=(lambda reply: list(_complaints(reply, count, known)),),
        told={"limits": LIMITS, "filler": filler()},
    )
    return [
        Topic(t.domain, t.title, t.describe, t.context, t.person, tuple(t.things), strategy, parent.domain)
        for t in door.ask(request).topics
    ]


def _complaints(reply: ProposedTopics, count: int, known: Collection[str]) -> Iterator[str]:
    names = [topic.domain for topic in reply.topics]
    if len(names) > count:
        yield f"{len(names)} topics are more than the {count} that were asked for"
    for name in sorted(set(names)):
        if not is_domain(name):
            yield (
                f"{name!r} is no name: one to three lower-case words joined by _, at most {LONGEST_DOMAIN} characters, "
                "no numbers"
            )
        if names.count(name) > 1:
            yield f"{name} stands twice"
        if name in known:
            yield f"{name} is known already: give a different topic"
    for topic in reply.topics:
        yield from wording_complaints(topic)


def topic_faults(topics: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What is wrong with a list of topics (records as in ``topics.jsonl``)."""
    records = list(topics)
    names = [record["domain"] for record in records]
    yield from (f"{name!r} cannot be the name of a domain" for name in names if not is_domain(name))
    yield from (f"{name} stands twice" for name in sorted(set(names)) if names.count(name) > 1)
    by_name = {record["domain"]: record for record in records}
    for record in records:
        if fault := _ancestry_fault(record, by_name):
            yield fault
    seen: list[Described] = []
    for record in records:
        if record["source"] != "author":
            continue
        one = described(record["domain"], record["title"], record["describe"], record["context"])
        if near := near_duplicate(one, (other for other in seen if other.domain != one.domain)):
            yield f"{one.domain} {near[1]} with {near[0]}"
        seen.append(one)


def _ancestry_fault(record: Mapping[str, Any], by_name: Mapping[str, Mapping[str, Any]]) -> str:
    """Why following the parents of a topic leads to no seed; empty when it does."""
    domain, passed = record["domain"], set()
    while record["parent"] is not None:
        passed.add(record["domain"])
        if record["parent"] in passed:
            return f"{domain} descends from itself"
        if record["parent"] not in by_name:
            return f"{domain} descends from {record['parent']}, which is not there"
        record = by_name[record["parent"]]
    return "" if record["strategy"] in (SEED, None) else f"{domain} descends from {record['domain']}, which is no seed"
