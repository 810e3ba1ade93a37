"""How many asks go through the door, validated and cached, against the bare provider with as many in flight."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from skiller_assets.ask import Ask, Completion, Door, Prompt, Role
from skiller_assets_tests.ask.doors import door_to
from skiller_assets_tests.bench.table import Line

ASKS = 1_000
IN_FLIGHT = 64
SECONDS = 0.020
ROUNDS = 4
_TEMPLATE = "Name {{ count }} towns on the river {{ river }}, as a JSON list.\n"


class Towns(BaseModel):
    """What is asked for."""

    towns: list[str]


class Sleeper:
    """A provider that sleeps as long as a quick endpoint takes, and always answers the same."""

    version = "1"
    parameters: Mapping[str, Any] = {}

    def model(self, name: str, role: Role) -> str:
        """It has one for each role."""
        return f"sleeper-{role}"

    def complete(self, prompt: Prompt) -> Completion:
        """Three towns, after a while."""
        time.sleep(SECONDS)
        return Completion('{"towns": ["Ashford", "Birchley", "Coldwater"]}', 40, 12)


@dataclass(frozen=True)
class Rates:
    """Replies a second: through the door, from the bare provider, and through the door when all are cached."""

    door: float
    bare: float
    cached: float


def three_towns(reply: Towns) -> list[str]:
    """A validator, as asks have them."""
    return [] if len(set(reply.towns)) == 3 else ["three different towns are wanted"]


def asks(folder: Path) -> list[Ask[Towns]]:
    """Different asks with one prompt file."""
    template = folder / "towns.md"
    template.write_text(_TEMPLATE, encoding="utf-8")
    return [
        Ask("towns", "semantic", template, {"count": 3, "river": f"R{n}"}, Towns, (three_towns,)) for n in range(ASKS)
    ]


def prompt_of(ask: Ask[Towns]) -> Prompt:
    """The prompt of an ask, rendered beforehand: the bare provider is given it as it is."""
    return Prompt(ask.name, ask.role, ask.prompt_text(), ask.variables, ask.schema())


def rate(work: Callable[[Any], object], items: Sequence[Any], pool: ThreadPoolExecutor) -> float:
    """Items a second, all of them once."""
    began = time.perf_counter()
    for _ in pool.map(work, items):
        pass
    return len(items) / (time.perf_counter() - began)


def measure(folder: Path) -> Rates:
    """The best of some rounds of each, taken in turn: others may be at work on the machine."""
    wanted = asks(folder)
    prompts = [prompt_of(ask) for ask in wanted]
    doors: list[Door] = [door_to(Sleeper(), folder / f"round{n}") for n in range(ROUNDS)]
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        rounds = [
            Rates(rate(door.ask, wanted, pool), rate(Sleeper().complete, prompts, pool), rate(door.ask, wanted, pool))
            for door in doors
        ]
    return Rates(max(r.door for r in rounds), max(r.bare for r in rounds), max(r.cached for r in rounds))


def ask_lines(rates: Rates) -> list[Line]:
    """The lines of the table."""
    return [
        Line(
            f"asks, {IN_FLIGHT} in flight, {1000 * SECONDS:.0f} ms each, validated and cached",
            "≥ 0.8 × bare",
            f"{rates.door:,.0f} /s",
            f"bare provider {rates.bare:,.0f} /s",
            rates.door / rates.bare,
        ),
        Line("cached replies, validated", "–", f"{rates.cached:,.0f} /s", f"asked {rates.door:,.0f} /s",
             rates.cached / rates.door),
    ]  # fmt: skip
