"""A choice of pairs as ``pairs.json`` holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skiller_assets.fusion.pairing import Pairing, ScoredPair


def pairing_record(pairing: Pairing, target: int, coverage: Mapping[str, Any]) -> dict[str, Any]:
    """The whole file."""
    return {
        "target": target,
        "chosen": [pair_record(pair) for pair in pairing.chosen],
        "spare": [pair_record(pair) for pair in pairing.spare],
        "refused": [{"pair": pair, "reason": reason} for pair, reason in pairing.refused],
        "pruned": dict(pairing.pruned),
        "coverage": dict(coverage),
    }


def pair_record(pair: ScoredPair) -> dict[str, Any]:
    """One pair: its name, score and parts, and what a reader is told."""
    return {
        "pair": pair.key,
        "score": pair.score,
        "parts": dict(pair.parts),
        "reasons": list(pair.reasons),
        "bridges": list(pair.bridges),
    }
