"""The trial of a contract: how its rules and effects behave on the data of a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from skiller_assets.service.probe import probe_effects, probe_rules
from skiller_assets.service.search import Explorer, Findings
from skiller_assets.world.image import World


def gather_evidence(world: World, findings: Sequence[Findings] | None = None) -> dict[str, Any]:
    """The content of ``evidence.json``: how often each rule held and failed, how often each effect showed.

    ``findings`` are those of an :class:`Explorer` of this world, where they are at hand already.
    """
    explorer = Explorer(world)
    findings = explorer.explore() if findings is None else findings
    return {
        "rules": [asdict(rule) for rule in probe_rules(explorer, findings)],
        "effects": [asdict(effect) for effect in probe_effects(explorer, findings)],
        "never_permitted": sorted(f.tool for f in findings if f.permitted() is None),
        "empty": empty_tables(world),
    }


def empty_tables(world: World) -> list[str]:
    """Tables in which no row arose: nothing that reads them can show anything."""
    with world.open() as session:
        return [name for name in world.contract.tables if not session.query(f'SELECT 1 FROM "{name}" LIMIT 1', {})]


def evidence_faults(evidence: Mapping[str, Any]) -> list[str]:
    """Dead parts of a contract: rules that never hold or fail, effects that change nothing, tools nobody may call."""
    faults = [f"table {table}: no row arises in it" for table in evidence["empty"]]
    faults += [f"tool {tool}: no call was found that every rule permits" for tool in evidence["never_permitted"]]
    for rule in evidence["rules"]:
        place = f"tool {rule['tool']}: rule {rule['rule']}"
        if not rule["holds"]:
            faults.append(f"{place} never holds on the data")
        elif not rule["fails"]:
            faults.append(f"{place} never fails on the data: drop it, or let the data contain what it forbids")
    faults += [
        f"tool {e['tool']}: effect {e['effect']} ({e['says']}) never changes anything"
        for e in evidence["effects"]
        if not e["shown"]
    ]
    return faults
