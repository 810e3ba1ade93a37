"""The second reader: whether each predicate says what its sentence says.

The role that did not write the rules writes each predicate again, from its sentence alone. Both are asked of the same
calls; where they differ, the sentence is ambiguous, the SQL is wrong, or the reader has erred. So the reader looks once
more before anything is complained about: at their own predicate, at a case where the two differ and at one where they
do not, without being told which is which, what the contract's predicate says or what it is. That takes away the
reader's own slips and nothing else: to let a wrong rule pass, the second writing would have to agree with a text that
the reader never sees in every call that is sampled, moved and searched for.

What cannot be read is complained about as well: a sentence that is unclear, left out, or never made into a predicate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skiller_assets.ask import Ask, AskError, AskFailed, Door
from skiller_assets.contract.sql import BadStatement, Statement
from skiller_assets.service.asked_calls import AskedCalls
from skiller_assets.service.comparison import Difference, compare, why_broken
from skiller_assets.service.predicates import Closed, Predicate, Predicates, Schema, Sentence, batches, sentences_of
from skiller_assets.service.search import Findings
from skiller_assets.service.told_cases import call_words, told_case
from skiller_assets.world.image import World

PROMPT = Path(__file__).parent / "prompts" / "predicates.md"
_WRITINGS = 3
"""How often a predicate that cannot be used is asked for again, alone with its fault."""


def read_again(world: World, findings: Sequence[Findings], door: Door) -> list[str]:
    """Complaints about rules whose predicate does not say what the sentence says; none where every reading agrees.

    ``findings`` are those of an Explorer of this world. The reader has the role ``semantic``. Raises what the door
    raises when nobody answers at all; a reader who answers badly is a complaint about every rule left unread.
    """
    return _SecondReading(world, findings, door).complaints()


@dataclass(frozen=True)
class _Reading:
    """What a reader made of a sentence: a predicate, what is unclear, or why what they wrote cannot be used."""

    sql: str | None = None
    statement: Statement | None = None
    unclear: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class _Dispute:
    sentence: Sentence
    tool: str
    difference: Difference
    statement: Statement


class _SecondReading:
    def __init__(self, world: World, findings: Sequence[Findings], door: Door) -> None:
        self._door = door
        self._tools = world.program.compiled.tools
        self._closed = Closed(world.program.compiled)
        self._schema = Schema(world)
        self._calls = AskedCalls(world, findings)
        self._readings: dict[str, _Reading] = {}
        self._earlier: dict[str, list[dict[str, Any]]] = {}

    def complaints(self) -> list[str]:
        """Reads every rule, looks once more at those in dispute, and says what is left of that."""
        sentences = sentences_of(self._calls.world.contract)
        self._read(sentences)
        disputes = self._disputes(sentences)
        if disputes:
            self._look_once_more(disputes)
            disputes = self._disputes([dispute.sentence for dispute in disputes])
        standing = {dispute.sentence.label: dispute for dispute in disputes}
        return [said for s in sentences for said in self._said(s, standing.get(s.label))]

    def _look_once_more(self, disputes: Sequence[_Dispute]) -> None:
        """Shows the reader two cases of each rule in dispute; a second writing that fails leaves the first to stand."""
        first = dict(self._readings)
        for dispute in disputes:
            label = dispute.sentence.label
            self._earlier[label] = [{"sql": first[label].sql, "fault": None, "cases": self._cases(dispute)}]
        self._read([dispute.sentence for dispute in disputes])
        failed = {label for label, reading in self._readings.items() if reading.fault is not None}
        self._readings |= {label: first[label] for label in failed if first[label].statement is not None}

    def _read(self, sentences: Sequence[Sentence]) -> None:
        """Asks for predicates; those that cannot be used are asked for again, a few times."""
        waiting = list(sentences)
        for _ in range(_WRITINGS):
            self._ask(batches(waiting))
            waiting = [s for s in waiting if self._readings[s.label].fault is not None]
            for sentence in waiting:
                reading = self._readings[sentence.label]
                told: dict[str, Any] = {"sql": reading.sql, "fault": reading.fault, "cases": []}
                self._earlier.setdefault(sentence.label, []).append(told)

    def _ask(self, groups: Sequence[Sequence[Sentence]]) -> None:
        for place, reply in self._door.ask_each([self._request(batch) for batch in groups]):
            batch = groups[place]
            if isinstance(reply, AskError):
                said = reply.transcript[-1].complaints[0] if isinstance(reply, AskFailed) else reply
                fault = f"no usable reply came: {said}"
                self._readings |= {sentence.label: _Reading(fault=fault) for sentence in batch}
                continue
            written = {predicate.rule: predicate for predicate in reply.predicates}
            self._readings |= {s.label: self._reading(s, written[s.label]) for s in batch}

    def _request(self, batch: Sequence[Sentence]) -> Ask[Predicates]:
        labels = [sentence.label for sentence in batch]
        earlier = [{"rule": label, **told} for label in labels for told in self._earlier.get(label, [])]
        return Ask(
            name="predicates",
            role="semantic",
            template=PROMPT,
            variables=self._schema.variables(batch, earlier),
            reply=Predicates,
            validators=(lambda reply: _roll_call(reply, labels),),
        )

    def _reading(self, sentence: Sentence, predicate: Predicate) -> _Reading:
        if predicate.sql is None:
            return _Reading(unclear=predicate.unclear)
        try:
            statement = self._closed.prepare(sentence, predicate.sql)
        except BadStatement as error:
            return _Reading(predicate.sql, fault=str(error))
        for tool in sentence.tools:
            fault = why_broken(self._calls, self._tools[tool], sentence.rule.id, statement)
            if fault is not None:
                return _Reading(predicate.sql, fault=f"in {tool}: {fault}")
        return _Reading(predicate.sql, statement)

    def _disputes(self, sentences: Iterable[Sentence]) -> list[_Dispute]:
        """For each sentence the first tool in which the reading differs from the contract's."""
        found = []
        for sentence in sentences:
            statement = self._readings[sentence.label].statement
            if statement is not None and (dispute := self._dispute(sentence, statement)) is not None:
                found.append(dispute)
        return found

    def _dispute(self, sentence: Sentence, statement: Statement) -> _Dispute | None:
        for tool in sentence.tools:
            difference = compare(self._calls, self._tools[tool], sentence.rule.id, statement)
            if difference is not None:
                return _Dispute(sentence, tool, difference, statement)
        return None

    def _cases(self, dispute: _Dispute) -> list[dict[str, Any]]:
        """The two cases as the reader gets them, in an order that gives nothing away."""
        difference, tool = dispute.difference, self._tools[dispute.tool]
        cases = [(difference.case, difference.other), *([difference.alike] if difference.alike else [])]
        return sorted(
            (told_case(self._calls, tool, case, verdict, dispute.statement) for case, verdict in cases),
            key=lambda told: (told["verdict"], told["call"]),
        )

    def _said(self, sentence: Sentence, dispute: _Dispute | None) -> list[str]:
        reading = self._readings[sentence.label]
        place = f"tool {dispute.tool if dispute else sentence.tools[0]}: rule {sentence.rule.id}"
        if reading.unclear is not None:
            return [f"{place}: the sentence does not say what is checked: {reading.unclear}"]
        if reading.fault is not None:
            return [
                f"{place}: no reader could make a predicate of the sentence ({reading.fault}); "
                "say it in the words of the tables, constants and parameters"
            ]
        unasked = [tool for tool in sentence.tools if not self._calls.of(self._tools[tool], sentence.rule.id)]
        if unasked:
            return [
                f"tool {unasked[0]}: rule {sentence.rule.id}: no call was found by which it is asked, so no reading of "
                "its sentence can be tried: let the data contain a call that every earlier rule permits"
            ]
        return [f"{place}: {self._difference_words(dispute, ' '.join(str(reading.sql).split()))}"] if dispute else []

    def _difference_words(self, dispute: _Dispute, sql: str) -> str:
        difference = dispute.difference
        call = call_words(self._calls, self._tools[dispute.tool], difference.case)
        return (
            f"the sentence does not say what the SQL checks: for {call} the SQL gives {int(difference.own)}, a reader "
            f"of the sentence alone gives {int(difference.other)} (read as: {sql}); in {difference.differs} of "
            f"{difference.calls} sampled calls; make the sentence say exactly what is checked, or mend the SQL"
        )


def _roll_call(reply: Predicates, labels: Sequence[str]) -> list[str]:
    """Every rule once."""
    written = [predicate.rule for predicate in reply.predicates]
    found = [f"rule {label} is left out" for label in labels if label not in written]
    found += [f"rule {label} stands twice" for label in sorted({w for w in written if written.count(w) > 1})]
    return found + [f"there is no rule {label} to read" for label in sorted(set(written) - set(labels))]
