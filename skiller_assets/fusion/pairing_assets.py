"""The artifact ``domain_pairs``: which pairs of the usable domains are worth having, and why."""

from __future__ import annotations

from collections.abc import Mapping

from skiller_assets.artifact import Artifact, Built, Check, Inputs, Markdown, Shown, TableOf, as_json
from skiller_assets.fusion.pairing import choose_pairs
from skiller_assets.fusion.pairing_checks import (
    bridges_are_there,
    coverage_is_as_said,
    pairs_are_well_formed,
    quota_is_kept,
    reasons_are_true,
)
from skiller_assets.fusion.pairing_inputs import coverage_of, left_out, profiles_from, target_of
from skiller_assets.fusion.pairing_records import pairing_record

_SHOWN = 100


def build_domain_pairs(inputs: Inputs) -> Built:
    """``pairs.json``: the chosen pairs, spare ones, which cannot be, how many were not considered, and the coverage."""
    profiles, target, missing = profiles_from(inputs), target_of(inputs), left_out(inputs)
    pairing = choose_pairs(profiles, target, inputs.settings.pairs.leave_out)
    coverage = coverage_of((pair.key for pair in pairing.chosen), profiles, pairing.alone) | {"left_out": missing}
    counts = {
        "pairs": len(pairing.chosen),
        "spare": len(pairing.spare),
        "refused": len(pairing.refused),
        "paired domains": coverage["paired"],
        "left out": len(missing),
    }
    return Built({"pairs.json": as_json(pairing_record(pairing, target, coverage))}, counts)


def show_domain_pairs(inputs: Inputs) -> Mapping[str, Shown]:
    """The pairs with their scores and reasons, how they cover the domains, and what was not considered."""
    pairing = inputs.json("domain_pairs", "pairs.json")
    coverage = pairing["coverage"]
    rows = [[e["pair"], e["score"], " ".join(e["reasons"])] for e in pairing["chosen"][:_SHOWN]]
    missing = coverage["unpaired"] | coverage["left_out"]
    return {
        "row_count": len(pairing["chosen"]),
        "pairs": TableOf(("pair", "score", "why"), rows),
        "coverage": Markdown(f"{coverage['paired']} of {coverage['domains']} domains are in a pair."),
        "in no pair": TableOf(("domain", "reason"), sorted(map(list, missing.items()))),
        "walks of life": TableOf(("joined", "pairs"), [[names, n] for names, n in coverage["contexts"].items()]),
        "not considered": TableOf(("reason", "pairs"), [[reason, n] for reason, n in pairing["pruned"].items()]),
    }


DOMAIN_PAIRS = Artifact(
    "domain_pairs",
    "Which two domains one person would deal with, and what would go from one to the other: scored and explained.",
    ("blueprint", "validated_tasks"),
    build_domain_pairs,
    checks=(
        Check(
            "well_formed",
            "Every pair joins two different usable domains, in order, and stands there once.",
            pairs_are_well_formed,
        ),
        Check("bridges", "Every pair has a strong bridge, found again between its contracts.", bridges_are_there),
        Check("quota", "As many pairs as asked for, or all that there are.", quota_is_kept),
        Check("coverage", "Which domains and walks of life are in pairs is what the file says.", coverage_is_as_said),
        Check("reasons", "Scores and reasons are those that the contracts give; two to four a pair.", reasons_are_true),
    ),
    group="fusion",
    kinds=("json",),
    settings=("pairs.target", "pairs.leave_out"),
    summarize=show_domain_pairs,
    per="corpus",
)

PAIRING = (DOMAIN_PAIRS,)
