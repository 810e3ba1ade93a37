"""From a YAML file to a contract, with every fault named by file, line and place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from skiller_assets.contract.errors import ContractError, Problem
from skiller_assets.contract.model import Contract
from skiller_assets.contract.strict_yaml import StrictLoader


def load_contract(path: Path) -> Contract:
    """Read a domain file. Raises ContractError; the file's name must be the domain's."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError([Problem(path.name, f"cannot be read: {error}")]) from error
    contract = parse_contract(text, path.name)
    if path.stem != contract.domain:
        raise ContractError(
            [Problem(path.name, f"declares the domain {contract.domain!r}", f"name the file {contract.domain}.yaml")]
        )
    return contract


def parse_contract(text: str, source: str) -> Contract:
    """Parse the text of a domain file; ``source`` names it in errors. Raises ContractError."""
    try:
        data = yaml.load(text, Loader=StrictLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{source}:{mark.line + 1}" if mark else source
        raise ContractError([Problem(place, f"is not valid YAML: {getattr(error, 'problem', error)}")]) from error
    if not isinstance(data, dict):
        raise ContractError([Problem(source, "is not a mapping; see docs/contract.md")])
    return contract_from(data, source)


def contract_from(data: dict[str, Any], source: str) -> Contract:
    """Validate parsed data against the language. Raises ContractError with every fault."""
    try:
        return Contract.model_validate(data)
    except ValidationError as error:
        raise ContractError(_problems(error, source)) from error


def _problems(error: ValidationError, source: str) -> list[Problem]:
    found = []
    for fault in error.errors(include_url=False):
        place = " ".join([source + ":", *_words(fault["loc"])])
        advice = "no such key in the contract language" if fault["type"] == "extra_forbidden" else ""
        shown = "" if fault["type"] in ("missing", "extra_forbidden") else f", not {str(fault['input'])[:80]!r}"
        found.append(Problem(place.strip(), fault["msg"].removeprefix("Value error, ") + shown, advice))
    return found


def _words(location: tuple[int | str, ...]) -> list[str]:
    """``('tools', 'cancel', 'rules', 2, 'Rule', 'check')`` → ``tool cancel: rule 3: check``."""
    singular = {"tools": "tool", "rules": "rule", "effects": "effect", "parameters": "parameter", "entities": "entity",
                "relationships": "relationship", "attributes": "attribute", "children": "child"}  # fmt: skip
    words = []
    parts = [p for p in location if p not in ("Rule", "Use", "Model")]
    for i, part in enumerate(parts):
        if isinstance(part, int):
            words.append(f"{part + 1}:")
        elif i + 1 < len(parts) and part in singular:
            words.append(singular[part])
        else:
            words.append(f"{part}:" if i + 1 < len(parts) else part)
    return words
