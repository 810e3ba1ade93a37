"""What is wanted of the tasks of a key, and what they are judged by; a pair asks for longer ones that span both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skiller_assets.artifact import Inputs
from skiller_assets.tasks.portfolio import MEAN_CALLS, MEAN_CALLS_OF_PAIRS, Demand, demand
from skiller_assets.tasks.records import Kind


@dataclass(frozen=True)
class Bounds:
    """Least shares by kind (their keys are the kinds there are) and figures; 0 where nothing is asked.

    ``flow``: the share of tasks in which a value flows from one domain to the other; ``interleaved``: the share of
    fulfil tasks that go back and forth between the domains.
    """

    least_share: Mapping[Kind, float]
    mean_calls: float
    distinct_sequences: float = 0.7
    most_irrelevant: float = 0.10
    flow: float = 0.0
    interleaved: float = 0.0
    kinds: tuple[Kind, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", tuple(self.least_share))


OF_DOMAIN = Bounds({"fulfil": 0.55, "refuse": 0.15, "clarify": 0.10, "irrelevant": 0.05}, mean_calls=5.0)
OF_PAIR = Bounds(
    {"fulfil": 0.45, "refuse": 0.08, "partial": 0.08, "clarify": 0.05, "irrelevant": 0.03},
    mean_calls=9.0,
    flow=0.6,
    interleaved=0.2,
)


def bounds_of(inputs: Inputs) -> Bounds:
    """By what the tasks of the key at hand are judged."""
    return OF_PAIR if inputs.per == "pair" else OF_DOMAIN


def demand_of(inputs: Inputs) -> Demand:
    """What the settings ask for at the key at hand."""
    if inputs.per == "pair":
        pairs = inputs.settings.pairs
        return demand(pairs.tasks_per_pair, pairs.shares.model_dump(), pairs.max_calls, MEAN_CALLS_OF_PAIRS)
    tasks = inputs.settings.tasks
    return demand(tasks.per_domain, tasks.shares.model_dump(), tasks.max_calls, MEAN_CALLS)
