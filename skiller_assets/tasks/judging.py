"""The judge of templates: five axes, declared thresholds; what has no verdict is not used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from skiller_assets.ask import Ask, AskError, Door
from skiller_assets.contract.model import Contract
from skiller_assets.tasks.habits import Goals, Habits, told_goals, told_records, told_service

_PROMPT = Path(__file__).parent / "prompts" / "template_judge.md"
BATCH = 24
"""Cases of one ask: a verdict is short, and a judge that sees many keeps one measure."""

AXES = ("plausible", "coherent", "ordered", "motivated", "voiced")
LEAST_SCORE = 3
"""On each axis. 3 is "passable": below it one flaw alone makes the conversation false, whatever else is good."""
LEAST_MEAN = 3.6
"""Over the axes. Three of five must be better than passable: what is nowhere wrong and nowhere right is filler."""
REMARKED_BELOW = 4

Score = Annotated[int, Field(ge=1, le=5, strict=True)]


class Verdict(BaseModel):
    """What the judge says of one case: scores from 1 (wrong) to 5 (nothing to wish for), and what is amiss."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    plausible: Score
    coherent: Score
    ordered: Score
    motivated: Score
    voiced: Score
    remark: str = ""

    @property
    def scores(self) -> dict[str, int]:
        """The scores by axis."""
        return {axis: getattr(self, axis) for axis in AXES}

    @property
    def mean(self) -> float:
        """The mean over the axes."""
        return sum(self.scores.values()) / len(AXES)

    @property
    def stands(self) -> bool:
        """Whether the case may be used."""
        return min(self.scores.values()) >= LEAST_SCORE and self.mean >= LEAST_MEAN

    def faults(self) -> list[str]:
        """Why it may not: the axes below the threshold, or the mean."""
        low = [f"{axis} {score}" for axis, score in self.scores.items() if score < LEAST_SCORE]
        return low or ([] if self.stands else [f"mean {self.mean:.1f}"])


class Verdicts(BaseModel):
    """The reply to ``template_judge``."""

    model_config = ConfigDict(extra="forbid")

    verdicts: list[Verdict]


@dataclass(frozen=True)
class Case:
    """What is judged: goals in their order, what they are about, why. ``carries`` is how the person points to a value
    that they take from one desk to the other."""

    goals: Goals
    story: str
    because: tuple[str, ...]
    carries: str = ""


@dataclass
class Judgement:
    """A verdict for each case that got one; for the others why there is none."""

    verdicts: dict[Case, Verdict] = field(default_factory=dict)
    without: dict[Case, str] = field(default_factory=dict)


def ask_verdicts(contract: Contract, habits: Habits, cases: Sequence[Case], door: Door) -> Judgement:
    """The judgement on each case. A batch whose verdicts cannot be had is without: nobody has found it good."""
    judgement = Judgement()
    starts = range(0, len(cases), BATCH)
    batches = [{f"c{n}": case for n, case in enumerate(cases[start : start + BATCH], 1)} for start in starts]
    for place, reply in door.ask_each([_ask(contract, habits, batch) for batch in batches]):
        batch = batches[place]
        if isinstance(reply, AskError):
            judgement.without.update(dict.fromkeys(batch.values(), str(reply)))
        else:
            judgement.verdicts.update({batch[verdict.case]: verdict for verdict in reply.verdicts})
    return judgement


def _ask(contract: Contract, habits: Habits, batch: Mapping[str, Case]) -> Ask[Verdicts]:
    return Ask(
        name="template_judge",
        role="semantic",
        template=_PROMPT,
        variables=_variables(contract, habits, batch),
        reply=Verdicts,
        validators=(_validator(batch),),
    )


def _validator(batch: Mapping[str, Case]) -> Callable[[Verdicts], list[str]]:
    return lambda reply: list(verdict_complaints(tuple(batch), reply.verdicts))


def verdict_complaints(cases: Sequence[str], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Cases without a verdict, with two, or unknown; low scores that nothing explains."""
    judged = [verdict.case for verdict in verdicts]
    yield from (f"case {case} has no verdict" for case in cases if case not in judged)
    yield from (f"{case} is no case" for case in sorted(set(judged) - set(cases)))
    yield from (f"case {case} is judged more than once" for case in sorted(set(judged)) if judged.count(case) > 1)
    for verdict in verdicts:
        low = [axis for axis, score in verdict.scores.items() if score < REMARKED_BELOW]
        if low and not verdict.remark.strip():
            yield f"case {verdict.case}: {', '.join(low)} below {REMARKED_BELOW}, and no remark says why"


def _variables(contract: Contract, habits: Habits, batch: Mapping[str, Case]) -> dict[str, Any]:
    named = {goal for case in batch.values() for goal in case.goals}

    def among(ties: frozenset[tuple[str, str]]) -> list[list[str]]:
        return sorted([a, b] for a, b in ties if {a, b} <= named)

    return {
        **told_service(contract),
        "goals": told_goals(contract, named),
        "records": told_records(contract),
        "conflicts": among(habits.conflicts),
        "unlocks": among(habits.unlocks),
        "ties": among(habits.ties),
        "cases": [
            {
                "id": name,
                "goals": list(case.goals),
                "story": case.story,
                "because": list(case.because),
                "carries": case.carries,
            }
            for name, case in batch.items()
        ],
        "remarked_below": REMARKED_BELOW,
    }
