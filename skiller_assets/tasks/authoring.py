"""Templates as they are used: told where no storyline tells them, judged, and what did not stand put aside."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skiller_assets.artifact import JsonValue
from skiller_assets.ask import Door
from skiller_assets.contract.model import Contract, Storyline
from skiller_assets.tasks.habits import Habits
from skiller_assets.tasks.judging import Case, Judgement, Verdict, ask_verdicts
from skiller_assets.tasks.pair_templates import pair_templates
from skiller_assets.tasks.telling import FURTHER, ask_stories
from skiller_assets.tasks.templates import Template, goal_tools, make_templates, untold_combinations

JUDGED_KINDS = ("fulfil", "clarify")
"""What a person has done as they ask for it; a refusal tells a rule of the house, not a story."""


@dataclass(frozen=True)
class Authored:
    """The templates that stand, by id the verdicts on those that were judged, how many were, and what was dropped.

    What was dropped is as the quarantine holds it: a combination without a story, or a template with its scores.
    """

    templates: tuple[Template, ...]
    verdicts: Mapping[str, Verdict]
    judged: int
    dropped: tuple[Mapping[str, JsonValue], ...]

    def records(self) -> Iterator[dict[str, Any]]:
        """The records of ``judged.jsonl``."""
        for template, verdict in self.verdicts.items():
            yield {"template": template, **verdict.scores, "remark": verdict.remark}


def author_templates(
    contract: Contract, storylines: Sequence[Storyline], habits: Habits, rng: random.Random, door: Door
) -> Authored:
    """The templates of a domain. What an author cannot tell or a judge does not find good is dropped, and counted."""
    untold = untold_combinations(contract, storylines, habits, rng)
    telling = ask_stories(contract, storylines, habits, untold, goal_tools(contract), FURTHER, door)
    return _judged(contract, habits, make_templates(contract, storylines, telling.told), telling.dropped, door)


def author_pair_templates(
    contract: Contract, trajectories: Sequence[Mapping[str, Any]], habits: Habits, rng: random.Random, door: Door
) -> Authored:
    """The templates of a pair. Walks into which no value flows have no story of their own: it is asked for."""
    untold = sorted({tuple(walk["goals"]) for walk in trajectories if _is_untold(walk)})
    telling = ask_stories(contract, contract.storylines, habits, untold, (), 0, door)
    told = {story.goals: {"says": story.story, "because": story.because} for story in telling.told}
    walks = [
        {**walk, **told.get(tuple(walk["goals"]), {})} if _is_untold(walk) else walk
        for walk in trajectories
        if not _is_untold(walk) or tuple(walk["goals"]) in told
    ]
    return _judged(contract, habits, pair_templates(contract, walks, rng), telling.dropped, door)


def _is_untold(walk: Mapping[str, Any]) -> bool:
    return walk["flow"] is None


def _judged(
    contract: Contract,
    habits: Habits,
    templates: Sequence[Template],
    untold: Sequence[Mapping[str, JsonValue]],
    door: Door,
) -> Authored:
    """What stands of the templates. A refusal goes with the wish that it refuses, where the reasons are the same."""
    cases = {t.id: _case(contract, t) for t in templates if t.kind in JUDGED_KINDS}
    wishes = {(case.goals, case.because): case for case in cases.values()}
    judgement = ask_verdicts(contract, habits, list(dict.fromkeys(cases.values())), door)
    kept, dropped = [], list(untold)
    for template in templates:
        case = cases.get(template.id, wishes.get((template.goals, template.because)))
        reason = _why_not(judgement, case) if case else ""
        if case and reason:
            dropped.append(_quarantined(template, judgement, case, reason))
        else:
            kept.append(template)
    verdicts = {t.id: judgement.verdicts[cases[t.id]] for t in kept if t.id in cases}
    return Authored(tuple(kept), verdicts, len(cases), tuple(dropped))


def _case(contract: Contract, template: Template) -> Case:
    carries = contract.fusion.flow(template.flow).phrase if contract.fusion and template.flow else ""
    return Case(template.goals, template.story, template.because, carries)


def _why_not(judgement: Judgement, case: Case) -> str:
    """Why a case may not be used, "" where it may."""
    verdict = judgement.verdicts.get(case)
    if verdict is None:
        return f"there is no verdict: {judgement.without[case]}"
    return "" if verdict.stands else f"the judge rates it {', '.join(verdict.faults())}: {verdict.remark}"


def _quarantined(template: Template, judgement: Judgement, case: Case, reason: str) -> dict[str, JsonValue]:
    verdict = judgement.verdicts.get(case)
    scores: Mapping[str, JsonValue] = verdict.scores if verdict else {}
    return {"template": template.as_json(), "scores": scores, "reason": reason}
