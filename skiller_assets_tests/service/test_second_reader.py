"""The second reader: what is asked of them, what they may answer, and what is complained about in the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from skiller_assets.ask import Completion, Prompt, ProviderFailed
from skiller_assets.contract.compile import compile_contract
from skiller_assets.contract.load import contract_from
from skiller_assets.service.predicates import Schema, batches, sentences_of
from skiller_assets.service.search import Explorer, Findings
from skiller_assets.service.second_reader import read_again
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import World, make_world
from skiller_assets_tests.ask.doors import door_to
from skiller_assets_tests.domains import DOMAINS, contract_of
from skiller_assets_tests.loopback.wrong_rules import Reader
from skiller_assets_tests.worlds import DATA, GONE, NOW, library, library_world, patched

CLOSED = "SELECT status <> 'open' FROM loan WHERE loan_id = :loan_id"
OPEN = "SELECT status = 'open' FROM loan WHERE loan_id = :loan_id"
FRESH = "SELECT renewals < 2 FROM loan WHERE loan_id = :loan_id"
RULE = "renew_loan.is_open"

Answer = Mapping[str, Any] | None
"""What a reader says of a rule in place of the right predicate; None leaves the rule out."""


class Erring(Reader):
    """Reads like a perfect reader, but for one rule: its answers to that in order, the last one for ever."""

    def __init__(self, *answers: Answer, rule: str = RULE) -> None:
        super().__init__(library())
        self._answers, self._rule = list(answers), rule

    def complete(self, prompt: Prompt) -> Completion:
        reply = json.loads(super().complete(prompt).text)
        if any(one["rule"] == self._rule for one in reply["predicates"]):
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            others = [one for one in reply["predicates"] if one["rule"] != self._rule]
            reply["predicates"] = [*others, *([{"rule": self._rule, **answer}] if answer is not None else [])]
        return Completion(json.dumps(reply))

    def asked_of_the_rule(self) -> list[Prompt]:
        """The prompts in which the rule stood."""
        return [p for p in self.prompts if any(rule["rule"] == self._rule for rule in p.variables["rules"])]


@cache
def explored() -> tuple[World, tuple[Findings, ...]]:
    world = library_world()
    return world, Explorer(world).explore()


def read(provider: Reader, home: Path) -> list[str]:
    """What is said of a library when this reader reads it."""
    return read_again(*explored(), door_to(provider, home))


def test_a_right_contract_read_rightly_has_no_complaints(tmp_path: Path) -> None:
    assert read(Reader(library()), tmp_path) == []


def test_the_reader_has_the_other_role_and_sees_no_predicate(tmp_path: Path) -> None:
    reader = Reader(library())
    read(reader, tmp_path)
    assert {prompt.role for prompt in reader.prompts} == {"semantic"}
    checks = {rule.rule.check for tool in library().tools.values() for rule in tool.rules}
    for prompt in reader.prompts:
        assert [check for check in checks if check in prompt.text or check in json.dumps(prompt.variables)] == []
        assert "UPDATE loan" not in prompt.text


def test_the_reader_is_told_what_a_reader_needs(tmp_path: Path) -> None:
    reader = Reader(library())
    read(reader, tmp_path)
    text = "\n".join(prompt.text for prompt in reader.prompts)
    for told in (
        "- `loan` (16 rows, key loan_id, owned by the member)",
        "`due_on`: date; 2025-03-01 to 2025-03-16",
        "`status`: text; values open, returned",
        "`price`: money; 500 to 523",
        "`:max_loans` (integer): 3 loans",
        "`:late_fee` (money): 1.50 USD, bound as 150",
        "`:loan_id`: id; refers to loan.loan_id; The loan.",
        "`:overdue` (worked out before the rules): the due date is over",
        "a predicate needs no guard against what those refuse",
        "A limit on how often something is done, or on how much there may be of it, counts what the call itself does",
        "A member has fewer than {max_loans} open at a time. That is: A member has fewer than 3 loans open at a time.",
    ):
        assert told in text


def test_a_rule_that_does_not_say_what_it_checks_is_named_with_both_readings_and_a_call(tmp_path: Path) -> None:
    (said,) = read(Erring({"sql": CLOSED}), tmp_path)
    assert said.startswith(
        "tool renew_loan: rule is_open: the sentence does not say what the SQL checks: for loan_id LN-"
    )
    assert f"the SQL gives 1, a reader of the sentence alone gives 0 (read as: {CLOSED}); in " in said or (
        f"the SQL gives 0, a reader of the sentence alone gives 1 (read as: {CLOSED}); in " in said
    )
    assert said.endswith("sampled calls; make the sentence say exactly what is checked, or mend the SQL")


def test_a_reader_who_erred_may_look_once_more(tmp_path: Path) -> None:
    reader = Erring({"sql": CLOSED}, {"sql": OPEN})
    assert read(reader, tmp_path) == []
    first, again = reader.asked_of_the_rule()
    assert first.variables["earlier"] == []
    assert [rule["rule"] for rule in again.variables["rules"]] == [RULE]


def test_what_is_looked_at_once_more_does_not_tell_what_the_contract_says(tmp_path: Path) -> None:
    reader = Erring({"sql": FRESH})
    read(reader, tmp_path)
    (earlier,) = reader.asked_of_the_rule()[1].variables["earlier"]
    assert (earlier["sql"], earlier["fault"], len(earlier["cases"])) == (FRESH, None, 2)
    assert {row.partition(":")[0] for case in earlier["cases"] for row in case["rows"]} == {"loan"}
    assert OPEN not in reader.prompts[-1].text


def test_a_reader_is_asked_twice_and_no_more(tmp_path: Path) -> None:
    reader = Erring({"sql": CLOSED})
    read(reader, tmp_path)
    assert len(reader.asked_of_the_rule()) == 2


def test_a_sentence_from_which_nothing_can_be_read_is_a_complaint(tmp_path: Path) -> None:
    assert read(Erring({"unclear": "it does not say what open means"}), tmp_path) == [
        "tool renew_loan: rule is_open: the sentence does not say what is checked: it does not say what open means"
    ]


def test_a_reading_that_becomes_unclear_at_the_second_look_is_a_complaint(tmp_path: Path) -> None:
    (said,) = read(Erring({"sql": CLOSED}, {"unclear": "open or not open?"}), tmp_path)
    assert said.endswith("the sentence does not say what is checked: open or not open?")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT state = 'open' FROM loan WHERE loan_id = :loan_id", "no such column loan.state; columns are status"),
        ("SELECT 1 FROM loan WHERE loan_id = :loan", "no such parameter :loan; parameters here are :loan_id"),
        ("DELETE FROM loan WHERE loan_id = :loan_id", "is a DELETE; SELECT, WITH"),
        ("SELECT status, renewals FROM loan WHERE loan_id = :loan_id", "yields 2 columns"),
        ("SELECT status = 'gone' FROM loan WHERE loan_id = :loan_id", "'gone' is no value of status"),
        ("SELECT renewals + 2 FROM loan WHERE loan_id = :loan_id", "0, 1 or NULL is expected"),
        ("SELECT 1 FROM loan", "rows; at most one is expected"),
    ],
)
def test_a_predicate_that_cannot_be_used_is_asked_for_again_alone(sql: str, why: str, tmp_path: Path) -> None:
    reader = Erring({"sql": sql}, {"sql": OPEN})
    assert read(reader, tmp_path) == []
    again = reader.asked_of_the_rule()[1]
    assert [rule["rule"] for rule in again.variables["rules"]] == [RULE]
    assert why in again.text


def test_a_predicate_that_is_never_usable_is_a_complaint(tmp_path: Path) -> None:
    reader = Erring({"sql": "SELECT state = 'open' FROM loan WHERE loan_id = :loan_id"})
    (said,) = read(reader, tmp_path)
    assert "tool renew_loan: rule is_open: no reader could make a predicate of the sentence (no such column" in said
    assert len(reader.asked_of_the_rule()) == 3


def test_a_rule_that_is_always_left_out_is_a_complaint_and_so_is_all_that_was_asked_with_it(tmp_path: Path) -> None:
    said = read(Erring(None), tmp_path)
    assert any("rule is_open: no reader could make a predicate" in complaint for complaint in said)
    assert all(f"rule {RULE} is left out" in complaint for complaint in said)


def test_a_rule_that_is_left_out_once_is_read_at_the_next_attempt(tmp_path: Path) -> None:
    assert read(Erring(None, {"sql": OPEN}), tmp_path) == []


def test_a_reader_who_is_out_of_reach_is_no_pass(tmp_path: Path) -> None:
    class Nobody(Reader):
        def complete(self, prompt: Prompt) -> Completion:
            raise ProviderFailed("the line is dead")

    with pytest.raises(ProviderFailed, match="the line is dead"):
        read(Nobody(library()), tmp_path)


def test_a_rule_that_no_call_gets_as_far_as_is_no_pass(tmp_path: Path) -> None:
    never = {"tools.renew_loan.rules.1.check": "SELECT status IS NULL FROM loan WHERE loan_id = :loan_id"}
    world = library_world(never)
    reader = Reader(world.program.compiled)
    (said,) = read_again(world, Explorer(world).explore(), door_to(reader, tmp_path))
    assert "tool renew_loan: rule renewed_once: no call was found by which it is asked" in said


def test_what_was_read_once_is_not_asked_again(tmp_path: Path) -> None:
    first, second = Erring({"sql": CLOSED}), Erring({"sql": CLOSED})
    assert read(first, tmp_path) == read(second, tmp_path)
    assert (len(first.prompts) > 0, len(second.prompts)) == (True, 0)


def test_rules_that_tools_share_are_read_once() -> None:
    sentences = {sentence.label: sentence.tools for sentence in sentences_of(library().contract)}
    assert sentences["return_book.own_loan"] == ("return_book", "renew_loan")
    assert "renew_loan.own_loan" not in sentences


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_rule_is_asked_for_once_in_few_asks(domain: str) -> None:
    sentences = sentences_of(contract_of(domain))
    asked = batches(sentences)
    assert [s for batch in asked for s in batch] == sorted(sentences, key=lambda s: s.tools[0] != s.tools[0])
    assert len(asked) <= 1 + len(sentences) // 8


def test_no_ask_is_for_a_few_rules_that_were_left_over() -> None:
    (rule,) = [s for s in sentences_of(library().contract) if s.label == RULE]
    sentences = [replace(rule, label=f"{tool}.{k}", tools=(tool,)) for tool in "abcdefghi" for k in range(4)]
    assert [len(batch) for batch in batches(sentences[:-1])] == [12, 12, 11]
    assert [len(batch) for batch in batches([replace(s, tools=("a",)) for s in sentences])] == [36]
    assert batches([]) == []


def test_a_service_without_rules_asks_nothing(tmp_path: Path) -> None:
    names = [name for name, tool in library().contract.tools.items() if tool.rules]
    world = library_world({**{f"tools.{name}.rules": [] for name in names}, "rule_groups": GONE})
    reader = Reader(library())
    assert read_again(world, Explorer(world).explore(), door_to(reader, tmp_path)) == []
    assert reader.prompts == []


def test_values_that_are_left_out_leave_a_mark() -> None:
    words = {"type": "text", "generate": {"choice": list("abcdefghijk")}}
    raw = patched({"relationships.visit.attributes.word": words}, DATA / "harbour.yaml")
    compiled = compile_contract(contract_from(raw, "harbour.yaml"))
    world = make_world(compiled, generate(compiled.contract, WorldSpec(7, NOW, 60)).image, NOW)
    (visit,) = [table for table in Schema(world).variables([], [])["tables"] if table["name"] == "visit"]
    (word,) = [column["says"] for column in visit["columns"] if column["name"] == "word"]
    assert word.endswith(", …")
    assert len(word.partition("values ")[2].split(", ")) == 9
