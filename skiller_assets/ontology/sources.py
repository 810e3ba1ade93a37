"""Where the description of a domain comes from."""

from __future__ import annotations

from skiller_assets.artifact import BuildFailed, Inputs
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import load_contract
from skiller_assets.contract.model import Contract


def domain_contract(inputs: Inputs) -> Contract:
    """The user's own contract of a domain. Raises BuildFailed, naming every fault, or that there is none."""
    path = inputs.domain_file()
    if path is None:
        raise BuildFailed(
            f"nothing describes the domain {inputs.key}: write domains/{inputs.key}.yaml (docs/contract.md)"
        )
    try:
        return load_contract(path)
    except ContractError as error:
        raise BuildFailed(str(error)) from error
