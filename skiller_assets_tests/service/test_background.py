"""The opening chapter of a policy: what a writer who knows the prompt alone may write, and what is found out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from skiller_assets.ask import AskFailed
from skiller_assets.contract.model import Contract
from skiller_assets.service.policy import background_complaints, build_policy
from skiller_assets.service.policy_check import closed_world_complaints, known_numbers, unused_statuses
from skiller_assets_tests.ask.doors import Scripted, door_to
from skiller_assets_tests.composed import composed
from skiller_assets_tests.domains import contract_of

CLINIC = """### Who we are

Kestrel Park Clinic is an outpatient clinic in Minneapolis and Saint Paul. We offer primary care and specialist
care, on site and by video. The patients who write to this desk usually want a handful of things: to see a
doctor, to move or call off a visit, to understand what they owe, or to keep a treatment going when a referral
has run out. You turn that wish into a change in our records, and you say plainly what has changed.

### The words we use

A *slot* is a time in a clinician's calendar. Once a patient takes it there is an *appointment*: it is *booked*
until the visit, and afterwards **attended** or **missed**, or *cancelled* if it was called off beforehand. A
*referral* is a primary care clinician's word that a patient should see a specialist; an *extension* asks that
same clinician for more visits and stays *pending* until they decide.

A *charge* is what a patient pays for an appointment. While something is still to be paid it is "outstanding"; a
payment plan spreads it over *installments*.

### How a request runs

1. Find out who is writing.
2. Read the record in question before you say anything about it.
3. Do what was asked, or explain in plain words why it cannot be done.

Someone may write about more than one thing; take them one at a time, and close by summing up how things stand.
"""

TOYS = """### 1. Who we are

The Toy Hospital mends toys in a workshop behind a theater. Parents come to us with dolls that have lost an eye,
trains that no longer run and bears that were loved too hard. To a child none of them is just a toy, and you
will hear that in what the parents write.

### 2. What our words mean

A *patient toy* is what a parent has registered as their own. A *repair* is what is done about one fault of it.
It begins as *requested*; when the toy is with us it is *in workshop*, then *quoted*, and from there *approved*
or *declined*. A repair that is *ready* waits for the parent, and once it is *collected* it is over. The *guide
price* tells what it roughly costs to put a fault right. A *complaint* is the word of a parent that a repair was
not good enough.

### 3. How things hang together

Everything begins with the parent. From the parent you reach their toys, from a toy its repairs, and from a
repair the lines of its quote and, where a parent pays in parts, every *monthly part*.

### 4. How a request runs

Know who is writing before you speak about their toys. Look up the repair, tell the parent where it stands, and
only then change anything. If the parent hesitates over a quote, go through its lines together.
"""


@cache
def toys() -> Contract:
    return composed("toy_hospital")


def contract(name: str) -> Contract:
    return toys() if name == "toys" else contract_of(name)


@pytest.mark.parametrize(("name", "written"), [("clinic", CLINIC), ("toys", TOYS)])
def test_what_a_careful_writer_writes_is_accepted(name: str, written: str) -> None:
    assert background_complaints(contract(name), written) == []


@pytest.mark.parametrize(
    ("name", "prose"),
    [
        ("clinic", "1. Find out who is writing.\n2) Read the record.\n77. Close."),
        ("clinic", "### 47. Who we are"),
        ("clinic", "A fee for what is called off within forty-eight hours."),
        ("clinic", "It all comes down to one thing: **slot** and *appointment*."),
        ("internet_provider", "An *added extra* goes with a contract."),
    ],
)
def test_harmless_ways_of_writing_are_no_cause_for_complaint(name: str, prose: str) -> None:
    service = composed(name) if name == "internet_provider" else contract_of(name)
    assert closed_world_complaints(service, prose) == []


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("It costs fifty-five dollars.", "the number 55 (“fifty-five”) is not in the contract"),
        ("Allow thirty-four days.", "the number 34 (“thirty-four”) is not in the contract"),
        ("Some seventy patients come a day.", "the number 70 (“seventy”) is not in the contract"),
        ("There are a thousand reasons.", "the number 1000 (“thousand”) is not in the contract"),
        ("Call 47 first.", "the number 47 is not in the contract"),
        ("The claim was escalated.", "“escalated” is no status or word of the contract"),
        ("It is then *on the shelf*.", "“on the shelf” is no status or word of the contract"),
        ("Use `delete_all` then.", "`delete_all` is no name or value of the contract"),
        ("<!-- rule: be_brave -->", "there is a comment <!-- … -->"),
        ("## A part", "headings with ##: sections have ### headings"),
        ("### More\n\n### And\n\n### More", "6 sections with ### headings; wanted are 3 to 5"),
        ("and so on " * 200, "wanted are 120 to 600"),
    ],
)
def test_a_planted_fault_is_found_and_nothing_else(added: str, complaint: str) -> None:
    (found,) = background_complaints(contract_of("clinic"), f"{CLINIC}\n{added}\n")
    assert complaint in found


def test_too_little_is_too_little() -> None:
    found = background_complaints(contract_of("clinic"), "### Who we are\n\nA clinic.")
    assert found == ["5 words; wanted are 120 to 600", "1 sections with ### headings; wanted are 3 to 5"]


@pytest.mark.parametrize("name", ["clinic", "toys"])
def test_the_prompt_holds_every_limit_and_every_word_that_is_checked(name: str, tmp_path: Path) -> None:
    bare = contract(name).model_copy(update={"background": ""})
    provider = Scripted(['{"markdown": "### No"}'] * 5)
    with pytest.raises(AskFailed, match="wanted are 120 to 600"):
        build_policy(bare, {}, door_to(provider, tmp_path))
    text = provider.prompts[0].text
    assert "between 120 and 600 words" in text
    assert "3 to 5 sections" in text
    assert ", ".join(known_numbers(bare)) in text
    assert ", ".join(unused_statuses(bare)) in text
    for table in bare.tables.values():
        assert all(
            f'state "{state.replace("_", " ")}"' in text
            for state in (table.lifecycle.states if table.lifecycle else ())
        )
    assert not any(closed_world_complaints(bare, f"It is {word}.") == [] for word in unused_statuses(bare))
    assert closed_world_complaints(bare, " and ".join(known_numbers(bare))) == []
