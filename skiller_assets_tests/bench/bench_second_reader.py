"""How many subtly wrong rules the second reader catches, kind by kind, and what it says of contracts that are right."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skiller_assets.contract.compile import CompiledContract, compile_contract
from skiller_assets.service.search import Explorer
from skiller_assets.service.second_reader import read_again
from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets.world.image import make_world
from skiller_assets_tests.ask.doors import door_to
from skiller_assets_tests.composed import catalogue, compiled
from skiller_assets_tests.domains import DOMAINS, contract_of
from skiller_assets_tests.loopback.wrong_rules import ROWS, Reader, Wrong, planted
from skiller_assets_tests.worlds import NOW


@dataclass(frozen=True)
class Caught:
    """Of the planted mistakes: how many of each kind there were and were caught, which were missed.

    ``earlier`` is how many others another gate had caught before, ``blamed`` what was said of rules that are right.
    """

    planted: Counter[str]
    caught: Counter[str]
    missed: list[Wrong]
    earlier: int
    blamed: list[str]

    @property
    def by_kind(self) -> str:
        """``a negation lost 2/2, …``."""
        return ", ".join(f"{kind} {self.caught[kind]}/{count}" for kind, count in sorted(self.planted.items()))


@dataclass(frozen=True)
class Peace:
    """What was said of a right contract, by how many asks of how many characters, in how many seconds."""

    domain: str
    said: list[str]
    asks: int
    characters: int
    seconds: float


def services(step: int, first: int = 0) -> list[CompiledContract]:
    """The written domains, and every so manieth service of the catalogue."""
    written = [compile_contract(contract_of(domain)) for domain in DOMAINS]
    return [*(compiled(name) for name in sorted(catalogue().services)[first::step]), *written]


def catch(contracts: Sequence[CompiledContract], count: int, home: Path) -> Caught:
    """Plants so many mistakes and has them read by a reader who reads the right contracts."""
    right = {contract.contract.domain: contract for contract in contracts}
    kept, earlier = planted(contracts, count)
    total: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    missed, blamed = [], []
    for i, spoiled in enumerate(kept):
        mistake = spoiled.mistake
        said = read_again(spoiled.world, spoiled.findings, door_to(Reader(right[mistake.domain]), home / str(i)))
        own = [complaint for complaint in said if f"rule {mistake.rule}: " in complaint]
        total[mistake.kind] += 1
        caught[mistake.kind] += bool(own)
        missed += [] if own else [mistake]
        blamed += [complaint for complaint in said if complaint not in own]
    return Caught(total, caught, missed, len(earlier), blamed)


def leave_in_peace(contract: CompiledContract, put: Callable[[str], str], home: Path) -> Peace:
    """A right contract, read rightly in these words."""
    world = make_world(contract, generate(contract.contract, WorldSpec(1, NOW, ROWS)).image, NOW)
    findings, reader = Explorer(world).explore(), Reader(contract, put)
    started = time.process_time()
    said = read_again(world, findings, door_to(reader, home))
    characters = sum(len(prompt.text) for prompt in reader.prompts)
    return Peace(contract.contract.domain, said, len(reader.prompts), characters, time.process_time() - started)
