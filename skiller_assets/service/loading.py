"""Contracts and worlds from the files of artifacts; compiled once a process for each content."""

from __future__ import annotations

import json
from functools import lru_cache

from skiller_assets.artifact import Inputs
from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.contract.model import Contract
from skiller_assets.world.generate import WorldSpec
from skiller_assets.world.image import World, make_world

_KEPT = 4


def contract_json(contract: Contract) -> dict[str, object]:
    """A contract as ``contract.json`` holds it: what was said, under the names of the language."""
    return contract.model_dump(mode="json", by_alias=True, exclude_unset=True)


def compiled_from(inputs: Inputs) -> CompiledContract:
    """The compiled contract of a key. Raises ContractError where the file was tampered with."""
    return _compiled(inputs.read("blueprint", "contract.json"))


def world_from(inputs: Inputs) -> World:
    """The world of a key, from its blueprint and database."""
    return _world(
        inputs.read("blueprint", "contract.json"), inputs.blob("database", "world.sqlite"), inputs.settings.now
    )


def spec_of(inputs: Inputs) -> WorldSpec:
    """What the settings say about the worlds."""
    return WorldSpec(inputs.settings.seed, inputs.settings.now, inputs.settings.world.rows)


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> CompiledContract:
    return compile_contract(contract_from(json.loads(text), "contract.json"))


@lru_cache(maxsize=_KEPT)
def _world(contract: str, image: bytes, now: str) -> World:
    return make_world(_compiled(contract), image, now)
