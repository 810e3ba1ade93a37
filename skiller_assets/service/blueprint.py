"""The blueprint of an authored domain: asked for, and tried out before it is accepted.

A reply is a whole contract. It is compiled, held against the synthesis profile, given a trial world, and every tool,
rule and effect of it is grounded there; whatever is found to be dead, invented or missing is a complaint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skiller_assets.ask import Ask, Door
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.model import Contract, Table
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.loading import contract_text, trial_of
from skiller_assets.service.profile import AUTHORED, profile_problems
from skiller_assets.world.generate import WorldSpec

_PROMPT = Path(__file__).parent / "prompts" / "blueprint.md"


@dataclass(frozen=True)
class Trial:
    """A contract, how its rules and effects behaved in a trial world (empty if none arose), what is wrong with it."""

    contract: Contract
    evidence: Mapping[str, Any]
    faults: tuple[str, ...]


def author_blueprint(topic: Mapping[str, Any], outline: Mapping[str, Any], spec: WorldSpec, door: Door) -> Trial:
    """The accepted contract of an authored domain with the evidence for it.

    ``topic`` is its line in ``topics.jsonl``, ``outline`` its tables as the entity graph has them. Raises
    :class:`~skiller_assets.ask.AskFailed` with the transcript when no reply stood the trial.
    """
    trials: list[Trial] = []

    def complaints(reply: Contract) -> list[str]:
        trials.append(try_contract(reply, spec))
        return [*outline_complaints(reply, topic, outline), *trials[-1].faults]

    door.ask(
        Ask(
            name="blueprint",
            role="coding",
            template=_PROMPT,
            variables={"topic": dict(topic), "outline": dict(outline)},
            reply=Contract,
            validators=(complaints,),
        )
    )
    return trials[-1]


def try_contract(contract: Contract, spec: WorldSpec) -> Trial:
    """A contract taken through every gate, as far as it gets."""
    try:
        world, findings = trial_of(contract_text(contract), spec)
    except ContractError as error:
        return Trial(contract, {}, tuple(str(error).splitlines()))
    faults = [str(problem) for problem in profile_problems(world.program.compiled, AUTHORED)]
    evidence = gather_evidence(world, findings)
    return Trial(contract, evidence, (*faults, *evidence_faults(evidence)))


def outline_complaints(contract: Contract, topic: Mapping[str, Any], outline: Mapping[str, Any]) -> list[str]:
    """Where a contract leaves the outline that the entity graph was made of: another name, other tables or columns."""
    found = []
    if contract.domain != topic["domain"]:
        found.append(f"domain is {contract.domain}, not {topic['domain']}")
    agreed = {**outline["entities"], **outline["relationships"]}
    agreed |= {n: c for r in outline["relationships"].values() for n, c in r.get("children", {}).items()}
    for name in sorted(set(agreed) | set(contract.tables)):
        if name not in agreed:
            found.append(f"table {name} is not in the outline")
        elif name not in contract.tables:
            found.append(f"table {name} of the outline is missing")
        else:
            found += _column_complaints(name, contract.tables[name], agreed[name]["attributes"])
    return found


def _column_complaints(name: str, table: Table, agreed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = [f"{name}.{column} is not in the outline" for column in table.attributes if column not in agreed]
    for column, declared in agreed.items():
        own = table.attributes.get(column)
        if own is None:
            found.append(f"{name}.{column} of the outline is missing")
        elif (own.type, own.refers_to) != (declared["type"], declared.get("refers_to")):
            found.append(f"{name}.{column} has another type or reference than in the outline")
    return found
