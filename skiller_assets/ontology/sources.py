"""Where the description of a domain comes from: the user's own file, or a topic that planning chose."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from skiller_assets.artifact import BuildFailed, Inputs
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.load import load_contract
from skiller_assets.contract.model import Contract

_KEPT = 16


def is_authored(inputs: Inputs) -> bool:
    """Whether a domain is to be authored: the user's own file wins where there is one.

    Raises MissingInput when the artifact does not declare ``reads_domain_file``.
    """
    return inputs.domain_file() is None


def domain_contract(inputs: Inputs) -> Contract:
    """The user's own contract of a domain. Raises BuildFailed, naming every fault, or that there is none."""
    path = inputs.domain_file()
    if path is None:
        raise _nothing_describes(inputs)
    try:
        return read_contract(inputs, path)
    except ContractError as error:
        raise BuildFailed(str(error)) from error


def domain_topic(inputs: Inputs) -> dict[str, Any]:
    """The topic of an authored domain, its line of ``topics.jsonl``. Raises BuildFailed where it is none."""
    for record in inputs.jsonl("domain_topics", "topics.jsonl"):
        if record["domain"] == inputs.key and record["source"] == "author":
            return record
    raise _nothing_describes(inputs)


def read_contract(inputs: Inputs, path: Path) -> Contract:
    """The contract in one of the user's files, read once a process for each content. Raises ContractError."""
    return _contract(path, inputs.user_files[f"domains/{path.name}"])


@lru_cache(maxsize=_KEPT)
def _contract(path: Path, digest: str) -> Contract:
    return load_contract(path)


def _nothing_describes(inputs: Inputs) -> BuildFailed:
    return BuildFailed(
        f"nothing describes the domain {inputs.key}: write domains/{inputs.key}.yaml (docs/contract.md), or name it "
        "among the topics.seeds of skiller.yaml; then run: skiller plan"
    )
