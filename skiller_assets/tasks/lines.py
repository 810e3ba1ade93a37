"""The lines in which a wish is put to whoever plays a user or writes for them: one for each thing that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from skiller_assets.contract.analyse import owner_condition
from skiller_assets.contract.model import Contract
from skiller_assets.tasks.mentions import Mention, point_to, record_taken
from skiller_assets.tasks.records import Choice, Detail, Task

ONLY = "you have only one that it can be"
"""What is said of a record of the person's own that is not singled out because there is nothing to choose."""


@dataclass(frozen=True)
class Line:
    """``lead: rest`` or, without a lead, ``rest`` alone; lines of one ``choice`` describe one record."""

    lead: str
    rest: str
    choice: int | None = None

    def __str__(self) -> str:
        return f"{self.lead}: {self.rest}" if self.lead else self.rest


def line_of(contract: Contract, detail: Detail, mention: Mention, label: str, says: str, *, extreme: bool) -> Line:
    """How a detail is put, by its label and its value in words. ``extreme``: it names the extreme of its kind."""
    if mention.kind == "earlier":
        return Line("", point_to(detail, mention.noun))
    if mention.kind in ("value", "carried"):
        return Line(label, says)
    lead = f"{mention.role or 'which'} {mention.noun}"
    if mention.noun == label or detail.phrase == "{value}" or _is_own_name(contract, detail, mention):
        return Line(lead, says, mention.choice)
    one = str(detail.phrase if extreme else f"the one {detail.phrase}").replace("{value}", says)
    return Line(lead, one, mention.choice)


def joined(lines: Iterable[Line]) -> list[str]:
    """The lines as text; what describes one record becomes one line, where the first of it stood."""
    found: dict[object, Line] = {}
    for i, line in enumerate(lines):
        key = (line.lead, line.choice) if line.choice is not None else i
        before = found.get(key)
        more = line.rest.removeprefix("the one ")
        found[key] = replace(before, rest=f"{before.rest}, {more}") if before else line
    return [str(line) for line in found.values()]


def only_ones(contract: Contract, task: Task, mentions: Sequence[Sequence[Mention]]) -> list[list[str]]:
    """For each goal a line for every record of the person's own that it is about and that nothing singles out.

    A record has its line with the first goal that takes it, unless that goal points to one of its kind or describes
    one. ``mentions`` are those of the task.
    """
    told: set[tuple[object, ...]] = set()
    found = []
    for goal, described in zip(task.scenario.goals, mentions, strict=True):
        records = [m for choice in _alone(contract, task) if (m := _taken(contract, task, goal.tool, choice, told))]
        nouns = {m.noun for m in described}
        found.append([f"{m.role or 'which'} {m.noun}: {ONLY}" for m in records if m.noun not in nouns])
    return found


def _alone(contract: Contract, task: Task) -> Iterator[Choice]:
    """The choices where a lookup shows one record only."""
    for choice in task.scenario.choices:
        shown_by = contract.tools.get(task.calls[choice.call - 1].tool)
        if choice.by == "only" and len(choice.paths) == 1 and shown_by is not None and shown_by.access == "read":
            yield choice


def _taken(contract: Contract, task: Task, tool: str, choice: Choice, told: set[tuple[object, ...]]) -> Mention | None:
    """The record that a goal takes by a choice, if it is one of the person's own and came up for the first time."""
    record = record_taken(contract, task, [tool], choice)
    if record is None or (record.table, *choice.value) in told:
        return None
    told.add((record.table, *choice.value))
    return record if owner_condition(contract, record.table, contract.principal_of(tool)) else None


def _is_own_name(contract: Contract, detail: Detail, mention: Mention) -> bool:
    """Whether a detail is the name of the very person that is meant, which needs no description."""
    entity = contract.entities.get(mention.table)
    return entity is not None and entity.kind == "person" and detail.parameter.rpartition(".")[2].endswith("name")
