"""All services of the catalogue: how they are made, how different they are, how good their tasks are."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from skiller_assets_tests.bench.table import Line
from skiller_assets_tests.composed import Examined, catalogue, examine_all

PARTS = ("compose", "compile", "world", "evidence")


@pytest.fixture(scope="module")
def corpus() -> list[Examined]:
    """Every service, examined over all cores."""
    return examine_all(catalogue().services, len(os.sched_getaffinity(0)))


@pytest.mark.bench
def test_nearly_all_services_can_be_shipped(corpus: Sequence[Examined], table: list[Line]) -> None:
    bad = {e.name: e.faults for e in corpus if e.faults}
    table.append(Line("services that pass every gate", "≥ 99 %", f"{len(corpus) - len(bad)} of {len(corpus)}"))
    for name, faults in bad.items():
        print(f"{name}: {'; '.join(faults)}")
    assert len(bad) <= 0.01 * len(corpus)


@pytest.mark.bench
def test_services_differ_in_shape(corpus: Sequence[Examined], table: list[Line]) -> None:
    shapes = Counter(e.shape for e in corpus)
    most = shapes.most_common(1)[0][1] / len(corpus)
    table.append(Line("shapes among the services", "≥ 60, none over 5 %", f"{len(shapes)}, the commonest {most:.1%}"))
    assert len(shapes) >= 60
    assert most <= 0.05


@pytest.mark.bench
@pytest.mark.parametrize(
    ("what", "target"),
    [
        ("tasks", "≥ 40"),
        ("mean calls (fulfil)", "≥ 5"),
        ("distinct sequences (fulfil)", "≥ 0.7"),
        ("distinct trigrams", "≥ 0.55"),
        ("words of the policy", "800 to 2,000"),
    ],
)
def test_figures_of_tasks_and_policies(what: str, target: str, corpus: Sequence[Examined], table: list[Line]) -> None:
    table.append(
        Line(f"{what}, over {len(corpus)} services", target, _spread(corpus, lambda e: e.figures.get(what, 0)))
    )


@pytest.mark.bench
@pytest.mark.parametrize(
    "what", ["tools", "writes", "rules", "rule kinds", "rules by agent", "peripherals", "relationships"]
)
def test_sizes(what: str, corpus: Sequence[Examined], table: list[Line]) -> None:
    table.append(Line(f"{what} of a service", "–", _spread(corpus, lambda e: e.sizes.get(what, 0))))


@pytest.mark.bench
def test_composition_is_cheap_beside_what_follows(corpus: Sequence[Examined], table: list[Line]) -> None:
    composed = sum(e.seconds.get("compose", 0) for e in corpus) / len(corpus)
    accepted = sum(sum(e.seconds.get(part, 0) for part in PARTS) for e in corpus) / len(corpus)
    whole = sum(sum(e.seconds.values()) for e in corpus) / len(corpus)
    figures = f"{composed:.3f} s composed, {accepted:.2f} s tried and accepted"
    table.append(
        Line("composition of a service, one core", "< 0.5 s", figures, f"{whole:.2f} s with tasks", composed / whole)
    )
    assert composed < accepted < whole


def _spread(corpus: Sequence[Examined], value: Callable[[Examined], float]) -> str:
    values = sorted(value(e) for e in corpus)
    at = [values[0], values[len(values) // 2], values[-1]]
    return "least {:.4g}, median {:.4g}, most {:.4g}".format(*at)
