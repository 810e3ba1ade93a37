"""The door asks, complains, asks again, and never pays twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from skiller_assets.ask import Ask, AskError, AskFailed, ProviderFailed
from skiller_assets.ask.ledger import Ledger
from skiller_assets_tests.ask.doors import Scripted, door_to, paid_door


class Fruit(BaseModel):
    name: str
    count: int


def _few(reply: Fruit) -> list[str]:
    return [f"{reply.count} are too many"] if reply.count > 5 else []


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "fruit.md"
    path.write_text("Name a fruit that is {{ colour }}.")
    return path


def _ask(template: Path, **changes: Any) -> Ask[Fruit]:
    fields: dict[str, Any] = {
        "name": "fruit",
        "role": "semantic",
        "template": template,
        "variables": {"colour": "red"},
        "reply": Fruit,
        "validators": (_few,),
    }
    return Ask(**{**fields, **changes})


GOOD = '{"name": "apple", "count": 3}'
MANY = '{"name": "cherry", "count": 9}'


def test_a_good_reply_comes_back_typed(tmp_path: Path, template: Path) -> None:
    provider = Scripted([GOOD])
    assert door_to(provider, tmp_path).ask(_ask(template)) == Fruit(name="apple", count=3)
    assert provider.prompts[0].text == "Name a fruit that is red."


def test_what_is_told_stands_in_the_text_and_in_the_key_and_is_no_variable(tmp_path: Path, template: Path) -> None:
    template.write_text("Name a fruit that is {{ colour }}, at most {{ most }} letters.")
    provider = Scripted([GOOD, GOOD])
    for most in (5, 6, 5):
        door_to(provider, tmp_path).ask(_ask(template, told={"most": most}))
    assert [p.text for p in provider.prompts] == [f"Name a fruit that is red, at most {n} letters." for n in (5, 6)]
    assert {tuple(p.variables) for p in provider.prompts} == {("colour",)}


def test_a_fenced_reply_is_read(tmp_path: Path, template: Path) -> None:
    provider = Scripted([f"```json\n{GOOD}\n```"])
    assert door_to(provider, tmp_path).ask(_ask(template)).name == "apple"


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (MANY, "9 are too many"),
        ('{"name": "fig", "count": "some"}', "count: Input should be a valid integer"),
        ('{"name": "fig"}', "count: Field required"),
        ("", "Invalid JSON"),
        ("I think an apple.", "Invalid JSON"),
    ],
)
def test_a_bad_reply_is_asked_again_with_its_complaints(
    tmp_path: Path, template: Path, bad: str, complaint: str
) -> None:
    provider = Scripted([bad, GOOD])
    assert door_to(provider, tmp_path).ask(_ask(template)).count == 3
    (turn,) = provider.prompts[1].rejected
    assert turn.reply == bad
    assert any(complaint in said for said in turn.complaints)


def test_after_the_last_attempt_the_transcript_is_raised_and_nothing_of_it_is_reused(
    tmp_path: Path, template: Path
) -> None:
    with pytest.raises(AskFailed, match="9 are too many") as failure:
        door_to(Scripted([MANY] * 3), tmp_path).ask(_ask(template, attempts=3))
    assert [turn.reply for turn in failure.value.transcript] == [MANY] * 3
    assert door_to(Scripted([GOOD]), tmp_path).ask(_ask(template)).name == "apple"


def test_a_second_run_asks_nobody(tmp_path: Path, template: Path) -> None:
    first = door_to(Scripted([MANY, GOOD]), tmp_path).ask(_ask(template))
    nobody = Scripted([])
    assert door_to(nobody, tmp_path).ask(_ask(template)) == first
    assert nobody.prompts == []


def test_what_was_paid_before_a_crash_is_not_paid_again(tmp_path: Path, template: Path) -> None:
    crashing = Scripted([MANY])
    with pytest.raises(ProviderFailed):
        door_to(crashing, tmp_path).ask(_ask(template))
    resumed = Scripted([GOOD])
    assert door_to(resumed, tmp_path).ask(_ask(template)).name == "apple"
    assert [turn.reply for turn in resumed.prompts[0].rejected] == [MANY]


def test_a_kept_reply_does_not_get_past_a_stricter_validator(tmp_path: Path, template: Path) -> None:
    door_to(Scripted([GOOD]), tmp_path).ask(_ask(template))
    stricter = _ask(template, validators=(_few, lambda reply: ["no apples"] if reply.name == "apple" else []))
    reply = door_to(Scripted(['{"name": "pear", "count": 1}']), tmp_path).ask(stricter)
    assert reply.name == "pear"


@pytest.mark.parametrize(
    "change",
    [{"variables": {"colour": "green"}}, {"name": "berry"}, {"role": "coding"}],
    ids=["variables", "name", "role"],
)
def test_another_ask_is_not_answered_from_the_cache(tmp_path: Path, template: Path, change: dict[str, Any]) -> None:
    door_to(Scripted([GOOD]), tmp_path).ask(_ask(template))
    other = Scripted([GOOD])
    door_to(other, tmp_path).ask(_ask(template, **change))
    assert len(other.prompts) == 1


def test_another_edition_of_the_provider_or_the_prompt_is_asked_anew(tmp_path: Path, template: Path) -> None:
    door_to(Scripted([GOOD]), tmp_path).ask(_ask(template))
    newer = Scripted([GOOD], version="2")
    door_to(newer, tmp_path).ask(_ask(template))
    assert len(newer.prompts) == 1
    reworded = template.with_name("reworded.md")
    reworded.write_text("Which fruit is {{ colour }}?")
    same = Scripted([GOOD])
    door_to(same, tmp_path).ask(_ask(reworded))
    assert len(same.prompts) == 1


@pytest.mark.parametrize("text", ["Name a {{ shape }} fruit.", "{% for %}"], ids=["unfilled", "broken"])
def test_a_template_that_cannot_be_filled_names_its_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.md"
    path.write_text(text)
    with pytest.raises(AskError, match=r"bad\.md"):
        door_to(Scripted([GOOD]), tmp_path).ask(_ask(path))


def test_the_ledger_accounts_for_every_ask(tmp_path: Path, template: Path) -> None:
    paid_door(Scripted([MANY, GOOD]), tmp_path).at("basket[clinic]").ask(_ask(template))
    paid_door(Scripted([]), tmp_path).ask(_ask(template))
    ledger = Ledger(tmp_path)
    paid, free = ledger.entries()
    assert (paid.attempts, paid.kept, paid.accepted, paid.at) == (2, 0, True, "basket[clinic]")
    assert paid.complaints == ("9 are too many",)
    assert (free.attempts, free.kept) == (2, 2)
    assert paid.key == free.key
    assert [(p.at, p.input_tokens, p.output_tokens, p.estimated) for p in ledger.payments()] == [
        ("basket[clinic]", 10, 3, False)
    ] * 2


def test_the_tally_of_a_door_is_of_one_artifact_and_keeps_what_led_nowhere(tmp_path: Path, template: Path) -> None:
    door = paid_door(Scripted([GOOD, MANY, MANY]), tmp_path)
    first, second = door.at("basket[a]"), door.at("basket[b]")
    first.ask(_ask(template))
    with pytest.raises(AskFailed):
        second.ask(_ask(template, variables={"colour": "blue"}, attempts=2))
    assert (len(first.tally.entries), len(first.tally.payments), first.tally.failed) == (1, 1, [])
    (failed,) = second.tally.failed
    assert [turn.reply for turn in failed.transcript] == [MANY, MANY]
    assert failed.prompt.text == "Name a fruit that is blue."


def test_a_reply_that_is_mended_by_a_patch_is_judged_as_a_whole(tmp_path: Path, template: Path) -> None:
    provider = Scripted([MANY, '{"count": 6}', "no", '{"count": 2}'])
    reply = door_to(provider, tmp_path).ask(_ask(template, mends="patch"))
    assert reply == Fruit(name="cherry", count=2)
    assert [prompt.mends for prompt in provider.prompts] == ["whole", "patch", "patch", "patch"]
    assert [turn.complaints[0] for turn in provider.prompts[3].rejected][:2] == ["9 are too many", "6 are too many"]
    assert "the patch is no JSON" in provider.prompts[3].rejected[2].complaints[0]


def test_what_cannot_be_read_is_asked_for_whole_again_even_where_patches_mend(tmp_path: Path, template: Path) -> None:
    provider = Scripted(["{", GOOD])
    assert door_to(provider, tmp_path).ask(_ask(template, mends="patch")).count == 3
    assert provider.prompts[1].mends == "whole"


def test_no_more_complaints_are_sent_than_can_be_worked_through(tmp_path: Path, template: Path) -> None:
    def fussy(reply: Fruit) -> list[str]:
        return [f"fault {n}" for n in range(100)] * 2 if reply.count > 5 else []

    provider = Scripted([MANY, GOOD])
    door_to(provider, tmp_path).ask(_ask(template, validators=(fussy,)))
    complaints = provider.prompts[1].rejected[0].complaints
    assert (len(complaints), complaints[-1]) == (41, "and 60 more complaints")
