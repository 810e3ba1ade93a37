"""What holds at a joint desk where both desks have rules on the same matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"resolutions": [{kind, resolution, clause, reason}]}``."""
    one, other = (member["title"] for member in variables["members"])
    return {"resolutions": [_settled(matter["kind"], one, other, draws) for matter in variables["matters"]]}


def _settled(kind: str, one: str, other: str, draws: Draws) -> dict[str, str]:
    known = words("mediation")[kind]
    clause = draws.pick(known["clause"]).format(one=one, other=other)
    return {"kind": kind, "resolution": known["resolution"], "clause": clause, "reason": known["reason"]}
