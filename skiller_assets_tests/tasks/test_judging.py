"""The judge of templates: every case has a verdict that stands, or it is not used."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import Completion, Prompt
from skiller_assets.contract.model import Storyline
from skiller_assets.tasks.authoring import Authored, author_templates
from skiller_assets.tasks.checks import verdict_faults
from skiller_assets.tasks.habits import habits_of
from skiller_assets.tasks.judging import AXES, BATCH, LEAST_MEAN, LEAST_SCORE, Case, Verdict, ask_verdicts
from skiller_assets.tasks.templates import Template
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.domains import DOMAINS, contract_of

NO_HABITS = habits_of((), ())
CASES = [
    Case(("block_card",), "Have my card shut off.", ("I lost it.",)),
    Case(("list_my_cards", "block_card"), "See which cards I have and stop one.", ("I lost one.", "My bag is gone.")),
]


def verdict(case: str, **changes: Any) -> dict[str, Any]:
    return {"case": case, **dict.fromkeys(AXES, 5), "remark": "", **changes}


def reply(*verdicts: dict[str, Any]) -> str:
    return json.dumps({"verdicts": verdicts})


GOOD = reply(verdict("c1"), verdict("c2"))


def without(axis: str) -> dict[str, Any]:
    return {key: value for key, value in verdict("c1").items() if key != axis}


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (reply(verdict("c1")), "case c2 has no verdict"),
        (reply(), "case c1 has no verdict"),
        (reply(verdict("c1"), verdict("c2"), verdict("c3")), "c3 is no case"),
        (reply(verdict("c1"), verdict("c2"), verdict("c2", plausible=4, remark="Hm.")), "c2 is judged more than once"),
        (reply(verdict("c1", ordered=2), verdict("c2")), "case c1: ordered below 4, and no remark says why"),
        *((reply(without(axis), verdict("c2")), f"verdicts.0.{axis}") for axis in AXES),
        *((reply(verdict("c1", **{axis: 6}), verdict("c2")), f"verdicts.0.{axis}") for axis in AXES),
        (reply(verdict("c1", voiced=0), verdict("c2")), "verdicts.0.voiced"),
        (reply(verdict("c1", voiced="5"), verdict("c2")), "verdicts.0.voiced"),
        (reply(verdict("c1", voiced=4.5), verdict("c2")), "verdicts.0.voiced"),
        (reply(verdict("c1", voiced=None), verdict("c2")), "verdicts.0.voiced"),
    ],
)
def test_a_judge_who_says_too_little_is_told_so(bad: str, complaint: str, tmp_path: Path) -> None:
    provider = Scripted([bad, GOOD])
    judgement = ask_verdicts(contract_of("bank"), NO_HABITS, CASES, door_to(provider, tmp_path))
    assert complaint in "\n".join(provider.prompts[1].rejected[0].complaints)
    assert set(judgement.verdicts) == set(CASES)


@pytest.mark.parametrize("bad", [reply(verdict("c1")), "I would rather not say.", reply(without("ordered"))])
def test_cases_for_which_no_verdict_is_to_be_had_are_without_one(bad: str, tmp_path: Path) -> None:
    judgement = ask_verdicts(contract_of("bank"), NO_HABITS, CASES, door_to(Scripted([bad] * 5), tmp_path))
    assert judgement.verdicts == {}
    assert set(judgement.without) == set(CASES)
    assert all("template_judge" in reason for reason in judgement.without.values())


@pytest.mark.parametrize(
    ("scores", "stands"),
    [
        ((5, 5, 5, 5, 5), True),
        ((LEAST_SCORE, 4, 4, 4, LEAST_SCORE), True),
        ((LEAST_SCORE - 1, 5, 5, 5, 5), False),
        ((5, 5, 5, 5, 1), False),
        ((3, 3, 3, 4, 4), False),
    ],
)
def test_a_verdict_stands_on_every_axis_and_on_the_whole(scores: tuple[int, ...], stands: bool) -> None:
    given = Verdict(case="c", **dict(zip(AXES, scores, strict=True)))  # type: ignore[arg-type]
    assert given.stands == stands
    assert stands == (given.faults() == [])
    assert given.stands == (min(scores) >= LEAST_SCORE and sum(scores) / 5 >= LEAST_MEAN)


class _Moody:
    """The offline author, but for the judge: says of every case what it is told to, by the story or in general."""

    version = "1"
    parameters: dict[str, Any] = {}  # noqa: RUF012

    def __init__(self, home: Path, judge: Any) -> None:
        from resources.offline import OfflineAuthor

        self._author = OfflineAuthor(1)
        self._judge = judge

    def model(self, name: str, role: str) -> str:
        return f"moody-{role}"

    def complete(self, prompt: Prompt) -> Completion:
        if prompt.name != "template_judge":
            return self._author.complete(prompt)
        return Completion(self._judge(prompt.variables["cases"]))


def authored(home: Path, judge: Any = None) -> Authored:
    contract = contract_of("bank")
    storylines: list[Storyline] = contract.storylines
    habits = habits_of((), [s.goals for s in storylines])
    door = door_to(_Moody(home, judge), home) if judge else offline_door(home)
    return author_templates(contract, storylines, habits, random.Random(1), door)


def test_where_the_judge_is_silent_nothing_that_was_to_be_judged_is_kept(tmp_path: Path) -> None:
    found = authored(tmp_path, lambda cases: "no comment")
    assert {t.kind for t in found.templates} == {"irrelevant"}
    assert found.verdicts == {}
    assert len(found.dropped) > found.judged > 80
    assert all("there is no verdict" in str(item["reason"]) for item in found.dropped)


def test_a_batch_without_verdicts_takes_no_other_with_it(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def judge(cases: list[dict[str, Any]]) -> str:
        asked.append([case["story"] for case in cases])
        return "no comment" if asked[0] == asked[-1] else reply(*(verdict(case["id"]) for case in cases))

    found = authored(tmp_path, judge)
    lost = {item["template"]["story"] for item in found.dropped if item["template"]["kind"] == "fulfil"}  # type: ignore[index,call-overload]
    assert lost == set(asked[0])
    assert len(asked[0]) == BATCH
    assert {t.story for t in found.templates if t.kind == "fulfil"}.isdisjoint(asked[0])
    assert len(found.verdicts) > BATCH


def test_what_the_judge_finds_bad_is_dropped_with_scores_and_remark(tmp_path: Path) -> None:
    def judge(cases: list[dict[str, Any]]) -> str:
        low = {"coherent": 2, "remark": "Two errands."}
        return reply(*(verdict(c["id"], **(low if c["goals"] == ["block_card"] else {})) for c in cases))

    found = authored(tmp_path, judge)
    assert found.dropped
    for item in found.dropped:
        assert item["template"]["goals"] == ("block_card",)  # type: ignore[index,call-overload]
        assert item["scores"] == {**dict.fromkeys(AXES, 5), "coherent": 2}
        assert item["reason"] == "the judge rates it coherent 2: Two errands."
    kinds = {str(item["template"]["kind"]) for item in found.dropped}  # type: ignore[index,call-overload]
    assert kinds == {"fulfil", "clarify", "refuse"}
    assert not [t for t in found.templates if t.goals == ("block_card",)]


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_offline_author_stands_before_its_own_judge(domain: str, tmp_path: Path) -> None:
    contract = contract_of(domain)
    habits = habits_of((), [s.goals for s in contract.storylines])
    found = author_templates(contract, contract.storylines, habits, random.Random(1), offline_door(tmp_path))
    own = {tuple(s.goals) for s in contract.storylines}
    assert own <= {t.goals for t in found.templates}
    assert len(found.dropped) <= 0.2 * found.judged
    assert verdict_faults(found.templates, list(found.records())) == []


def _record(template: str, **changes: Any) -> dict[str, Any]:
    return {"template": template, **dict.fromkeys(AXES, 5), "remark": "", **changes}


def test_a_template_that_is_kept_has_a_verdict_that_lets_it() -> None:
    both = [
        Template("fulfil:a+b", "fulfil", ("a", "b"), "A, then b."),
        Template("clarify:a", "clarify", ("a",), "A."),
        Template("irrelevant:x", "irrelevant", (), "X.", topic="x"),
    ]
    good = [_record("fulfil:a+b"), _record("clarify:a")]
    assert verdict_faults(both, good) == []
    assert verdict_faults(both, good[1:]) == ["fulfil:a+b: was not judged"]
    assert verdict_faults(both, [_record("fulfil:a+b", ordered=2), good[1]]) == [
        "fulfil:a+b: is kept though judged ordered 2"
    ]
    assert (
        "mean 3.4"
        in verdict_faults(both, [_record("fulfil:a+b", ordered=3, voiced=3, coherent=3, motivated=3), *good[1:]])[0]
    )
    assert "cannot be read" in verdict_faults(both, [_record("fulfil:a+b", ordered=9), good[1]])[0]
    assert "no template to be judged" in verdict_faults(both, [*good, _record("irrelevant:x")])[0]
