"""The hand-written domains, for tests of what is made from them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from skiller_assets.contract.load import load_contract
from skiller_assets.contract.model import Contract

FOLDER = Path(__file__).parents[1] / "domains"
DOMAINS = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


@cache
def contract_of(domain: str) -> Contract:
    """A domain's contract as its file says."""
    return load_contract(FOLDER / f"{domain}.yaml")
