"""The dependency graph of a pool: which result can fill which parameter, and which tools are about the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from skiller_assets.ontology.tool_pool.model import Field, PoolTool
from skiller_assets.ontology.tool_pool.reading import Reading, read_name
from skiller_assets.ontology.tool_pool.similarity import THOUSAND, Rarity, alike, telling_words
from skiller_assets.ontology.tool_pool.words import is_technical, lemmas, word_list

ACCEPTED, BORDERLINE = 560, 460
"""Thousandths: an edge stands from the first on; between the two it is worth a question."""

_NAME, _TEXT, _ABOUT = 60, 20, 20
"""Hundredths of an edge's weight that names, descriptions and the same object make up."""

_SHARED_OBJECT, _SHARED_KEY, _SHARED_FILE = 700, 500, 60
_SCALAR = {"string", "integer", "number", "boolean"}


@dataclass(frozen=True)
class Edge:
    """``source`` yields ``result``, which can fill ``parameter`` of ``target``; or both are about one thing.

    ``weight`` is in thousandths.
    """

    source: str
    target: str
    kind: Literal["fills", "shares"]
    weight: int
    result: str = ""
    parameter: str = ""


@dataclass(frozen=True)
class Dependencies:
    """The tools of a pool with their readings, the edges that stand, and those that are worth a question."""

    tools: Mapping[str, PoolTool]
    readings: Mapping[str, Reading]
    edges: tuple[Edge, ...]
    borderline: tuple[Edge, ...]


@dataclass(frozen=True)
class _Slot:
    tool: str
    field: Field
    words: frozenset[str]
    text: frozenset[str]


def depend(tools: Sequence[PoolTool]) -> Dependencies:
    """The dependency graph of a pool's tools; the same tools in any order give the same graph."""
    ordered = sorted(tools, key=lambda tool: tool.name)
    readings = {tool.name: read_name(tool) for tool in ordered}
    by_name = {tool.name: tool for tool in ordered}
    fills = sorted(_fills(ordered, readings), key=lambda e: (-e.weight, e.source, e.target, e.result, e.parameter))
    best: dict[tuple[str, str], Edge] = {}
    for edge in fills:
        best.setdefault((edge.source, edge.target), edge)
    accepted = [edge for edge in best.values() if edge.weight >= ACCEPTED]
    borderline = [edge for edge in best.values() if edge.weight < ACCEPTED]
    shared = sorted(_shares(ordered, readings), key=lambda e: (e.source, e.target))
    return Dependencies(by_name, readings, (*accepted, *shared), tuple(borderline))


def _fills(tools: Sequence[PoolTool], readings: Mapping[str, Reading]) -> Iterator[Edge]:
    results = [slot for tool in tools for slot in _yielded(tool, readings[tool.name])]
    wanted = [slot for tool in tools for slot in _slots(tool, readings[tool.name], tool.parameters)]
    rarity = Rarity.of(slot.words for slot in [*results, *wanted])
    rarity_of_text = Rarity.of(slot.text for slot in [*results, *wanted])
    by_word: dict[str, list[_Slot]] = defaultdict(list)
    generic = set(word_list("similarity")["generic"])
    for slot in results:
        for word in slot.words - generic:
            by_word[word].append(slot)
    for want in wanted:
        near = {id(slot): slot for word in want.words - generic for slot in by_word[word]}
        for slot in near.values():
            if slot.tool != want.tool and _fits(slot.field, want.field):
                weight = _weight(slot, want, readings, rarity, rarity_of_text)
                if weight >= BORDERLINE:
                    yield Edge(slot.tool, want.tool, "fills", weight, slot.field.name, want.field.name)


def _weight(slot: _Slot, want: _Slot, readings: Mapping[str, Reading], rarity: Rarity, rarity_of_text: Rarity) -> int:
    names = alike(slot.words, want.words, rarity)
    texts = alike(slot.text, want.text, rarity_of_text)
    same = bool(readings[slot.tool].object) and readings[slot.tool].object == readings[want.tool].object
    return (_NAME * names + _TEXT * texts + _ABOUT * (THOUSAND if same else 0)) // 100 + (
        _TEXT * (names - texts) // 100 if texts < names and not (slot.text and want.text) else 0
    )


def _fits(result: Field, parameter: Field) -> bool:
    """Whether a value of one JSON type can be given for the other; ids are text here and numbers there."""
    if result.type == parameter.type or (is_id(result) and is_id(parameter)):
        return True
    return {result.type, parameter.type} == {"integer", "number"}


def is_id(field: Field) -> bool:
    """Whether a field holds an identifier, by its name."""
    return field.type in ("string", "integer") and lemmas(field.name)[-1:] == ("id",)


def _slots(tool: PoolTool, reading: Reading, fields: Iterable[Field]) -> Iterator[_Slot]:
    """The fields that may be filled. A bare ``id`` or ``name`` is that of the tool's object."""
    generic = set(word_list("similarity")["generic"])
    for field in fields:
        words = set(lemmas(field.name)) - {"new", "target", "my"}
        if field.type not in _SCALAR or is_technical(field.name):
            continue
        if words <= generic and len(words) == 1 and words & {"id", "name", "code", "number", "title"}:
            words |= set(reading.object.split("_")) - {""}
        yield _Slot(tool.name, field, frozenset(words), telling_words(field.describe))


def _yielded(tool: PoolTool, reading: Reading) -> Iterator[_Slot]:
    """What a tool shows: its results, or where the pool does not say, the id and name of its object."""
    fields: Sequence[Field] = tool.results
    if not fields and reading.object and reading.kind in ("many", "one", "create"):
        fields = [Field(f"{reading.object}_{part}", part, "string") for part in ("id", "name")]
    return _slots(tool, reading, fields)


def _shares(tools: Sequence[PoolTool], readings: Mapping[str, Reading]) -> Iterator[Edge]:
    """Edges between tools about one object, with one key, or published in one file (the weakest of ties)."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for tool in tools:
        reading = readings[tool.name]
        if reading.object:
            groups["object", reading.object].append(tool.name)
        for field in tool.parameters:
            if is_id(field) and len(lemmas(field.name)) > 1:
                groups["key", field.name].append(tool.name)
        groups["file", tool.source.partition(":")[0]].append(tool.name)
    strength = {"object": _SHARED_OBJECT, "key": _SHARED_KEY, "file": _SHARED_FILE}
    best: dict[tuple[str, str], int] = {}
    for (what, _), names in sorted(groups.items()):
        if what == "file" and len(names) > _LARGEST_FILE:
            continue
        for i, left in enumerate(names):
            for right in names[i + 1 :]:
                pair = (min(left, right), max(left, right))
                best[pair] = max(best.get(pair, 0), strength[what])
    for (left, right), weight in best.items():
        if left != right:
            yield Edge(left, right, "shares", weight)


_LARGEST_FILE = 40
"""A file with more tools than this is a collection, and standing in it says nothing."""
