"""Contracts and worlds from the files of artifacts; compiled, made and searched once a process for each content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from skiller_assets.artifact import Inputs, as_json
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.service.edges import Sighting, shown_again, sight_edges
from skiller_assets.service.search import Explorer, Findings
from skiller_assets.service.tool_graph import Edge
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world

_KEPT = 4
_TALK = ("out_of_scope", "storylines", "conduct", "background")
_NAMED = re.compile(r":([a-z][a-z0-9_]*)")

Made = TypeVar("Made")


class _Last(Generic[Made]):
    """What was made last, under the text that decides it; asked for under another, it is made anew."""

    def __init__(self) -> None:
        self._kept: tuple[object, Made] | None = None

    def of(self, key: object, make: Callable[[], Made]) -> Made:
        kept = self._kept
        if kept is None or kept[0] != key:
            kept = self._kept = (key, make())
        return kept[1]


_images: _Last[bytes] = _Last()
_searches: _Last[tuple[Findings, ...]] = _Last()


def contract_json(contract: Contract) -> dict[str, object]:
    """A contract as ``contract.json`` holds it: what was said, under the names of the language."""
    return contract.model_dump(mode="json", by_alias=True, exclude_unset=True)


def contract_text(contract: Contract) -> str:
    """The text of ``contract.json``, by which everything that is made from a contract is known in this process."""
    return as_json(contract_json(contract))


def compiled_from(inputs: Inputs) -> CompiledContract:
    """The compiled contract of a key. Raises ContractError where the file was tampered with."""
    return _compiled(inputs.read("blueprint", "contract.json"))


def compiled_of(contract: Contract) -> CompiledContract:
    """A contract, compiled. Raises ContractError with every fault."""
    return _compiled(contract_text(contract))


def world_from(inputs: Inputs) -> World:
    """The world of a key, from its blueprint and database."""
    return _world(
        inputs.read("blueprint", "contract.json"), inputs.blob("database", "world.sqlite"), inputs.settings.now
    )


def image_from(inputs: Inputs) -> bytes:
    """The database that the blueprint of a key and the settings make. Raises ContractError where no world arises."""
    return _image(inputs.read("blueprint", "contract.json"), spec_of(inputs))


def findings_from(inputs: Inputs) -> tuple[Findings, ...]:
    """What searching the world of a key for calls has found."""
    return _findings(
        inputs.read("blueprint", "contract.json"), inputs.blob("database", "world.sqlite"), inputs.settings.now
    )


def edges_from(inputs: Inputs) -> list[Edge]:
    """The state and conflict edges of a key: found once for each content, carried out at each call."""
    contract, image = inputs.read("blueprint", "contract.json"), inputs.blob("database", "world.sqlite")
    now = inputs.settings.now
    return shown_again(_world(contract, image, now), _sightings(contract, image, now))


def trial_of(contract: str, spec: WorldSpec) -> tuple[World, tuple[Findings, ...]]:
    """A world made from the text of a ``contract.json`` alone, and what searching it has found.

    Raises ContractError where no world arises.
    """
    image = _image(contract, spec)
    return _world(contract, image, spec.now), _findings(contract, image, spec.now)


def spec_of(inputs: Inputs) -> WorldSpec:
    """What the settings say about the worlds."""
    return WorldSpec(inputs.settings.seed, inputs.settings.now, inputs.settings.world.rows)


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> CompiledContract:
    return compile_contract(contract_from(json.loads(text), "contract.json"))


@lru_cache(maxsize=_KEPT)
def _world(contract: str, image: bytes, now: str) -> World:
    return make_world(_compiled(contract), image, now)


def _image(contract: str, spec: WorldSpec) -> bytes:
    return image_of(_compiled(contract).contract, spec)


def image_of(contract: Contract, spec: WorldSpec) -> bytes:
    """The database of a contract whose data have been checked; the last one is kept under what its rows depend on.

    Raises GenerateError where no sound world arises.
    """
    return _images.of((_data_text(contract), spec), lambda: generate(contract, spec).image)


def _findings(contract: str, image: bytes, now: str) -> tuple[Findings, ...]:
    """Findings depend on what tools do and not on how people ask for them: talk that is added changes none."""
    world = _world(contract, image, now)
    return _searches.of((_silent_text(contract), image, now), lambda: Explorer(world).explore())


@lru_cache(maxsize=_KEPT)
def _silent_text(text: str) -> str:
    """The text of a contract without its talk."""
    raw = json.loads(text)
    silent = {name: value for name, value in raw.items() if name not in _TALK}
    silent["tools"] = {n: {k: v for k, v in tool.items() if k != "voice"} for n, tool in raw["tools"].items()}
    return as_json(silent)


def _data_text(contract: Contract) -> str:
    """All that the rows of a contract's world depend on: tables, how they arise, and the constants that these use."""
    parts = {"domain", "currency", "principals", "entities", "relationships", "settle", "invariants", "fusion"}
    text = as_json(contract.model_dump(mode="json", by_alias=True, exclude_unset=True, include=parts))
    used = set(_NAMED.findall(text))
    constants = {name: c.model_dump(mode="json") for name, c in contract.constants.items() if name in used}
    return text + as_json(constants)


@lru_cache(maxsize=1)
def _sightings(contract: str, image: bytes, now: str) -> tuple[Sighting, ...]:
    return sight_edges(_world(contract, image, now))
