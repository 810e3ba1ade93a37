"""Contracts and worlds from the files of artifacts; compiled, made and searched once a process for each content."""

from __future__ import annotations

import json
from functools import lru_cache

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


def contract_json(contract: Contract) -> dict[str, object]:
    """A contract as ``contract.json`` holds it: what was said, under the names of the language."""
    return contract.model_dump(mode="json", by_alias=True, exclude_unset=True)


def contract_text(contract: Contract) -> str:
    """The text of ``contract.json``, by which everything that is made from a contract is known in this process."""
    return as_json(contract_json(contract))


def compiled_from(inputs: Inputs) -> CompiledContract:
    """The compiled contract of a key. Raises ContractError where the file was tampered with."""
    return _compiled(inputs.read("blueprint", "contract.json"))


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


@lru_cache(maxsize=1)
def _image(contract: str, spec: WorldSpec) -> bytes:
    return generate(_compiled(contract).contract, spec).image


@lru_cache(maxsize=1)
def _findings(contract: str, image: bytes, now: str) -> tuple[Findings, ...]:
    return Explorer(_world(contract, image, now)).explore()


@lru_cache(maxsize=1)
def _sightings(contract: str, image: bytes, now: str) -> tuple[Sighting, ...]:
    return sight_edges(_world(contract, image, now))
