"""Which values of one service people would carry to another: candidates, before anything is executed.

What is plausible is said in ``data/affinity.yaml``; whether a value is really taken there is a matter of execution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from skiller_assets.contract.fusion import Derivation
from skiller_assets.fusion.ports import Carried, Inlet, Outlet, Ports

_DATA = Path(__file__).parent / "data" / "affinity.yaml"
_ENTERS: dict[tuple[Carried, Carried], Derivation] = {
    ("day", "day"): "same",
    ("moment", "day"): "day",
    ("moment", "moment"): "same",
    ("money", "money"): "same",
    ("thing", "thing"): "same",
}


@dataclass(frozen=True)
class Affinity:
    """Why a value of one class of outlets would enter one class of inlets; ``weight`` from 0 to 1.

    With ``open`` nothing is carried over from a record that has come to its end.
    """

    name: str
    weight: float
    open: bool = False


@dataclass(frozen=True)
class FlowCandidate:
    """A value that could leave at an outlet of one domain and enter at an inlet of the other."""

    giver: str
    outlet: Outlet
    taker: str
    inlet: Inlet
    derivation: Derivation
    affinity: Affinity


def flow_candidates(giver: str, gives: Ports, taker: str, takes: Ports) -> list[FlowCandidate]:
    """What the one domain could hand to the other, the most plausible first."""
    found = [
        FlowCandidate(giver, outlet, taker, inlet, derivation, affinity)
        for outlet in gives.outlets
        for inlet in takes.inlets
        for derivation, affinity in _fits(outlet, inlet)
    ]
    return sorted(
        found, key=lambda f: (-f.affinity.weight, f.outlet.tool, f.outlet.path, f.inlet.tool, f.inlet.parameter)
    )


def _fits(outlet: Outlet, inlet: Inlet) -> Iterator[tuple[Derivation, Affinity]]:
    derivation = _ENTERS.get((outlet.carries, inlet.carries))
    if derivation is None or (outlet.carries == "thing" and outlet.column != inlet.column):
        return
    leaves = class_of("outlets", outlet.carries, outlet.origin)
    enters = class_of("inlets", inlet.carries, f"{inlet.tool}.{inlet.parameter}")
    affinity = _affinities().get((leaves, enters))
    if affinity:
        yield derivation, affinity


@cache
def class_of(side: str, carries: Carried, name: str) -> str:
    """The class of a port (``table.column``, ``tool.parameter``), or "" where nobody carries anything through."""
    classes: Sequence[dict[str, str]] = _data()[side].get(carries, ())
    return next((c["class"] for c in classes if re.search(c["match"], name)), "")


@cache
def _affinities() -> dict[tuple[str, str], Affinity]:
    return {
        (b["outlet"], b["inlet"]): Affinity(b["name"], b["weight"], b.get("open", False)) for b in _data()["bridges"]
    }


@cache
def _data() -> Any:
    return yaml.safe_load(_DATA.read_text(encoding="utf-8"))
