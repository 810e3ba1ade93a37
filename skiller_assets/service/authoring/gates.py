"""What each part of a contract must stand before the next is asked for: compiled, carried out, measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skiller_assets.contract.compile import check_data
from skiller_assets.contract.errors import ContractError
from skiller_assets.contract.model import Contract
from skiller_assets.service.authoring.called import called_complaints
from skiller_assets.service.authoring.deeds import deed_complaints
from skiller_assets.service.authoring.habits import habit_complaints
from skiller_assets.service.authoring.looks import look_complaints
from skiller_assets.service.authoring.manner import manner_complaints
from skiller_assets.service.authoring.shown import spreads
from skiller_assets.service.evidence import evidence_faults, gather_evidence
from skiller_assets.service.loading import compiled_of, contract_text, image_of, trial_of
from skiller_assets.service.profile import AUTHORED, profile_problems, work_problems
from skiller_assets.service.search import Findings
from skiller_assets.service.summary import summarize_database
from skiller_assets.world.generate import WorldSpec
from skiller_assets.world.image import World

SecondReader = Callable[[World, Sequence[Findings]], Sequence[str]]
"""Reads a contract that has passed its trial once more; returns its complaints."""


@dataclass(frozen=True)
class Trial:
    """A contract, how its rules and effects behaved in a trial world (empty if none arose), what is wrong with it."""

    contract: Contract
    evidence: Mapping[str, Any]
    faults: tuple[str, ...]


def try_data(contract: Contract, spec: WorldSpec) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """The summary of the world that a contract's tables make (empty if none arises), and what is wrong with it.

    ``spreads`` in it tells for each table how many rows belong to one row of another.
    """
    try:
        check_data(contract)
        image = image_of(contract, spec)
    except ContractError as error:
        return {}, _plain(error.problems, contract)
    summary = summarize_database(image, contract)
    empty = [
        f"table {name}: no row arises in it; its population must make some"
        for name, table in summary["tables"].items()
        if not table["rows"]
    ]
    return {**summary, "spreads": spreads(image, contract)}, (*empty, *look_complaints(contract, image))


def try_contract(contract: Contract, spec: WorldSpec, again: SecondReader | None = None) -> Trial:
    """What a contract does, taken through every gate but that of its talk, as far as it gets.

    ``again`` reads what has passed them all.
    """
    try:
        world, findings = trial_of(contract_text(contract), spec)
    except ContractError as error:
        return Trial(contract, {}, _plain(error.problems, contract))
    compiled = world.program.compiled
    faults = [*_plain(work_problems(compiled, AUTHORED), contract), *habit_complaints(compiled)]
    evidence = gather_evidence(world, findings)
    misdeeds = deed_complaints(world, findings)
    faults += [fault for said in misdeeds.values() for fault in said]
    faults += [
        fault for fault in evidence_faults(evidence) if fault.split(": ")[0].removeprefix("tool ") not in misdeeds
    ]
    if not faults and again is not None:
        faults += again(world, findings)
    return Trial(contract, evidence, tuple(faults))


def try_talk(contract: Contract) -> tuple[str, ...]:
    """What is wrong with a whole contract whose tools have stood their trial."""
    try:
        compiled = compiled_of(contract)
    except ContractError as error:
        return _plain(error.problems, contract)
    return (
        *_plain(profile_problems(compiled, AUTHORED), contract),
        *manner_complaints(contract),
        *called_complaints(compiled),
    )


def _is_of(fault: str, tools: Iterable[str]) -> bool:
    """Whether a fault is one of some tools, whose calls have told what is wrong already."""
    return any(fault.startswith(f"tool {tool}: ") for tool in tools)


def _plain(problems: Iterable[object], contract: Contract) -> tuple[str, ...]:
    """Problems as complaints; that they are of this contract goes without saying."""
    here = re.compile(rf"^(?:{contract.domain}\.yaml|contract\.json): ")
    return tuple(here.sub("", str(problem)) for problem in problems)
