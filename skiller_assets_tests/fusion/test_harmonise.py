"""What both desks have rules on is settled once, with a reason; what one serves the other need not decline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import AskFailed, ProviderFailed
from skiller_assets.fusion.fuse import fuse
from skiller_assets.fusion.harmonise import (
    Mediated,
    Mediation,
    ask_mediation,
    contested,
    mediation_complaints,
    original_rules,
    served_elsewhere,
)
from skiller_assets.fusion.members import Member
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.fusion.built import BuiltPair
from skiller_assets_tests.fusion.desks import desk, member_of
from skiller_assets_tests.worlds import Patch

CLAUSE = "Whatever is changed at either desk is confirmed on its own."
REASON = "Both speak on it, and the customer has to know which change they agree to."
CONDUCT: Patch = {"conduct": [{"id": "hurry", "kind": "pace", "says": "The agent is quick."}]}


def desks(patch: Patch | None = None) -> tuple[Member, Member]:
    return member_of(desk("archive", patch)), member_of(desk("library"))


def settle(**changes: Any) -> Mediated:
    settled = {"kind": "confirmation", "resolution": "bridge", "clause": CLAUSE, "reason": REASON}
    return Mediated.model_validate({**settled, **changes})


def complaints(*resolutions: Mediated) -> list[str]:
    one, other = desks()
    return mediation_complaints(
        contested(fuse("archive__library", one, other, 1), one, other), Mediation(resolutions=list(resolutions))
    )


def test_a_matter_is_contested_where_both_desks_have_a_rule_on_it() -> None:
    one, other = desks()
    matters = contested(fuse("archive__library", one, other, 1), one, other)
    assert matters == {"confirmation": ["archive__confirm_first", "library__confirm_first"]}


def test_what_only_one_desk_speaks_on_is_not_contested() -> None:
    one, other = desks(CONDUCT)
    assert contested(fuse("archive__library", one, other, 1), one, other) == {}


def test_a_settlement_of_every_contested_matter_is_no_cause_for_complaint() -> None:
    assert complaints(settle()) == []
    assert complaints(settle(resolution="stricter", clause="")) == []


@pytest.mark.parametrize(
    ("resolutions", "complaint"),
    [
        ((), "confirmation is not settled"),
        ((settle(), settle(kind="tone")), "tone is not contested; the matters are confirmation"),
        ((settle(), settle()), "confirmation is settled twice"),
        ((settle(clause=""),), "confirmation: a bridge needs a clause that says what holds at the joint desk"),
        ((settle(clause="Ask first."),), "confirmation: a bridge needs a clause that says what holds"),
        ((settle(resolution="both"),), "confirmation: only a bridge has a clause of its own"),
        ((settle(clause=f"{CLAUSE} Within 24 hours."),), "has a number or a placeholder; domains set numbers"),
        ((settle(clause=f"{CLAUSE} See {{fee}}."),), "has a number or a placeholder; domains set numbers"),
        (
            (settle(reason="So be it."),),
            "confirmation: the reason “So be it.” does not say why; at least 30",
        ),
        ((settle(clause=f"{CLAUSE} See renew_loan."),), "names renew_loan; say it in plain words"),
    ],
)
def test_a_settlement_with_a_fault_is_complained_about(resolutions: tuple[Mediated, ...], complaint: str) -> None:
    assert any(complaint in said for said in complaints(*resolutions))


def test_a_bridge_becomes_a_clause_of_the_joint_desk_and_the_record_names_both_rules(tmp_path: Path) -> None:
    one, other = desks()
    settlement = ask_mediation(fuse("archive__library", one, other, 1), one, other, offline_door(tmp_path))
    ((record, clause),) = settlement.matters
    assert record.rules == ["archive__confirm_first", "library__confirm_first"]
    assert (record.resolution, record.clause) == ("bridge", "joint__confirmation")
    assert clause is not None
    assert (clause.id, clause.kind) == ("joint__confirmation", "confirmation")
    assert len(record.reason) > 20


def test_where_nothing_is_contested_nobody_is_asked(tmp_path: Path) -> None:
    one, other = desks(CONDUCT)
    settlement = ask_mediation(fuse("archive__library", one, other, 1), one, other, door_to(Scripted([]), tmp_path))
    assert settlement.matters == ()


def test_the_prompt_holds_every_matter_every_rule_and_every_limit(pair: BuiltPair, tmp_path: Path) -> None:
    one, other = (m.member for m in pair.members)
    provider = Scripted([])
    with pytest.raises(ProviderFailed):
        ask_mediation(pair.contract, one, other, door_to(provider, tmp_path))
    text = provider.prompts[0].text
    for kind, rules in contested(pair.contract, one, other).items():
        assert f"## {kind}\n" in text
        assert all(f"- `{rule}`: " in text for rule in rules)
    assert text.count("at least 30 characters") == 2


def test_who_never_settles_everything_is_not_believed(tmp_path: Path) -> None:
    one, other = desks()
    door = door_to(Scripted(['{"resolutions": []}'] * 9), tmp_path)
    with pytest.raises(AskFailed, match="confirmation is not settled"):
        ask_mediation(fuse("archive__library", one, other, 1), one, other, door)


def test_every_original_clause_of_a_real_pair_is_there_beside_those_of_the_joint_desk(pair: BuiltPair) -> None:
    one, other = (m.member for m in pair.members)
    ids = [clause.id for clause in pair.contract.conduct]
    assert pair.contract.fusion is not None
    joint = [r.clause for r in pair.contract.fusion.resolutions if r.clause]
    assert sorted(ids) == sorted([*original_rules(one, other), *joint])
    assert [r.kind for r in pair.contract.fusion.resolutions] == list(contested(pair.contract, one, other))


VOICE = {"wants": ["change my telephone number"], "because": ["It is new."]}
WISH: Patch = {"out_of_scope+": {"id": "notes", "says": "No notes are kept.", **VOICE}}


def test_what_the_other_desk_serves_is_not_out_of_scope_at_the_joint_one() -> None:
    phone: Patch = {"tools.renew_loan.voice": VOICE}
    one, other = member_of(desk("archive", WISH)), member_of(desk("library", phone))
    assert served_elsewhere(one, other) == {"archive__notes": "library__renew_loan"} == served_elsewhere(other, one)


def test_what_nobody_serves_stays_out_of_scope() -> None:
    one, other = member_of(desk("archive", WISH)), member_of(desk("library"))
    assert served_elsewhere(one, other) == {}
