"""Choosing 400 pairs among 300 domains."""

from __future__ import annotations

import time
from collections import Counter
from itertools import permutations

import pytest

from skiller_assets.contract.compile import compile_contract
from skiller_assets.fusion.flows import flow_candidates
from skiller_assets.fusion.pairing import choose_pairs
from skiller_assets.fusion.profiles import quick_profile
from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.composed import catalogue, composed

DOMAINS, PAIRS = 300, 400


@pytest.mark.bench
def test_pairs_are_chosen_in_little_more_time_than_their_flows_are_listed(table: list[Line]) -> None:
    contracts = [composed(name) for name in sorted(catalogue().services)[:DOMAINS]]
    began = time.process_time()
    compiled = [compile_contract(contract) for contract in contracts]
    compiling = time.process_time() - began
    began = time.process_time()
    profiles = [quick_profile(contract) for contract in contracts]
    profiling = time.process_time() - began
    began = time.process_time()
    pairing = choose_pairs(profiles, PAIRS)
    choosing = time.process_time() - began
    began = time.process_time()
    for one, other in permutations(profiles, 2):
        flow_candidates(one.domain, one.ports, other.domain, other.ports)
    listing = time.process_time() - began
    table += [
        Line(
            f"{PAIRS} pairs chosen among {DOMAINS} domains, one core",
            "< 10 s with the next line",
            f"{choosing:.1f} s",
            f"{listing:.1f} s to list all flows",
            choosing / listing,
        ),
        Line(
            f"{len(compiled)} contracts read for it, one core",
            "–",
            f"{profiling:.1f} s",
            f"{compiling:.1f} s to compile all",
            profiling / compiling,
        ),
    ]
    used = Counter(domain for pair in pairing.chosen for domain in pair.key.split("__"))
    table.append(
        Line("domains in a pair, most pairs of one", f"{DOMAINS}", f"{len(used)}, {max(used.values())}", "–", None)
    )
    assert len(pairing.chosen) == PAIRS
    assert set(used) | set(pairing.alone) == {profile.domain for profile in profiles}
    assert choosing < 5 * listing
    assert profiling < compiling
