"""The offline author settles every matter on which two desks have rules, with a reason, naming both."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from resources.offline import OfflineAuthor
from resources.offline.words import words
from skiller_assets.ask import Prompt
from skiller_assets.contract.vocabulary import ConductKind
from skiller_assets.fusion.harmonise import Mediation, mediation_complaints

KINDS: tuple[ConductKind, ...] = get_args(ConductKind)


def settled(*kinds: ConductKind, seed: int = 1) -> Mediation:
    rules = [{"id": "mill__x", "says": "Ask first."}, {"id": "lane__x", "says": "Ask twice."}]
    variables: dict[str, Any] = {
        "title": "Mill and Lane",
        "members": [{"domain": "mill", "title": "The Mill"}, {"domain": "lane", "title": "The Lane"}],
        "matters": [{"kind": kind, "rules": rules} for kind in kinds],
    }
    text = OfflineAuthor(seed).complete(Prompt("mediation", "semantic", "", variables, {})).text
    return Mediation.model_validate_json(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_matter_is_settled_in_every_wording_without_complaint(kind: ConductKind) -> None:
    matters = {kind: ["mill__x", "lane__x"]}
    clauses = set()
    for seed in range(12):
        reply = settled(kind, seed=seed)
        assert mediation_complaints(matters, reply) == []
        clauses.add(reply.resolutions[0].clause)
    assert len(clauses) == len(words("mediation")[kind]["clause"])


def test_a_bridge_names_both_desks_or_neither_and_no_slot_is_left_open() -> None:
    for seed in range(12):
        for matter in settled(*KINDS, seed=seed).resolutions:
            assert ("The Mill" in matter.clause) == ("The Lane" in matter.clause)
            assert "{" not in matter.clause + matter.reason
            assert (matter.resolution == "bridge") == bool(matter.clause)


def test_matters_are_settled_once_and_only_those_that_are_asked_about() -> None:
    assert [m.kind for m in settled("pace", "identity").resolutions] == ["pace", "identity"]
    assert settled().resolutions == []
