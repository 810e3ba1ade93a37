"""How long worlds take to generate and how large they get, by rows of an entity; a larger one beside the smallest."""

from __future__ import annotations

import time
from dataclasses import dataclass

from skiller_assets.world.generate import WorldSpec, generate
from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.domains import DOMAINS, contract_of
from skiller_assets_tests.worlds import NOW

SIZES = (300, 3_000, 30_000)
LARGEST = 100_000


@dataclass(frozen=True)
class World:
    """A generated world: seconds of one core, megabytes of its image, rows in all its tables."""

    domain: str
    size: int
    seconds: float
    megabytes: float
    rows: int


def generated(domain: str, size: int) -> World:
    """Generates the world of a domain with ``size`` rows of an entity."""
    contract = contract_of(domain)
    began = time.process_time()
    made = generate(contract, WorldSpec(1, NOW, size))
    seconds = time.process_time() - began
    return World(domain, size, seconds, len(made.image) / 1e6, sum(len(frame) for frame in made.frames.values()))


def growth(small: World, large: World) -> float:
    """Seconds of the larger world, to those that it would take if every row took as long as in the smaller one."""
    return large.seconds / (small.seconds / small.rows * large.rows)


def data_lines(sizes: tuple[int, ...] = SIZES) -> list[Line]:
    """A line for every domain and size; the first size is the baseline of the others."""
    found = []
    for domain in DOMAINS:
        first, *others = [generated(domain, size) for size in sizes]
        found.append(_line(first))
        found += [_line(other, first) for other in others]
    return found


def _line(world: World, small: World | None = None) -> Line:
    work = f"world of {world.domain}, {world.size:,} rows an entity"
    measured = f"{world.seconds:.1f} s, {world.megabytes:.1f} MB, {world.rows:,} rows"
    if small is None:
        return Line(work, "in proportion to rows", measured)
    expected = small.seconds / small.rows * world.rows
    return Line(
        work, "in proportion to rows", measured, f"{expected:.1f} s at the pace of {small.size}", growth(small, world)
    )
