"""How everything stands is read at one glance, however many keys there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, islice, product
from pathlib import Path
from string import ascii_lowercase

import pytest

from skiller_assets.commands.status import Standing, report
from skiller_assets.project import Project
from skiller_assets.registry import Registry
from skiller_assets_tests import toys

Words = dict[tuple[str, str | None], tuple[str, str]]
"""How an artifact of a key stands, and why."""

DOMAINS = tuple("".join(letters) for letters in islice(product(ascii_lowercase, repeat=2), 300))
PAIRS = tuple("__".join(pair) for pair in islice(combinations(DOMAINS, 2), 400))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The toy chains with as many domains and pairs as a corpus has."""
    monkeypatch.setenv("COLUMNS", "100")
    toys.lay_out(tmp_path)
    toy = toys.project(tmp_path)
    return replace(toy, work=replace(toy.work, registry=Registry(DOMAINS, PAIRS)), warnings=())


def everything(project: Project) -> Iterator[Standing]:
    for chain in project.chains:
        for key in project.keys(chain):
            yield from (Standing(artifact.name, key, "built", "", None) for artifact in chain.artifacts)


def with_word(project: Project, words: Words) -> list[Standing]:
    return [
        replace(s, word=words[s.artifact, s.key][0], reason=words[s.artifact, s.key][1])
        if (s.artifact, s.key) in words
        else s
        for s in everything(project)
    ]


def rows_of_keys(text: str) -> list[list[str]]:
    """The table of keys, its cells by row."""
    table = text.split("\n\n")[1].splitlines()
    return [line.split("  ") for line in table[1:]]


def test_hundreds_of_keys_that_stand_alike_are_one_row_each_for_domains_and_pairs(project: Project) -> None:
    text = report(project, list(everything(project)))
    assert text.startswith("300 domains, 400 pairs\n")
    of_domain, of_pair = (sum(len(c.artifacts) for c in project.chains if c.per == per) for per in ("domain", "pair"))
    rows = {row[0]: int(row[-1].replace(",", "")) for row in rows_of_keys(text)}
    assert rows["300 domains"] == 300 * of_domain
    assert rows["400 pairs"] == 400 * of_pair
    assert len(text.splitlines()) < 30
    assert "skiller run" not in text


def test_few_keys_have_a_row_each(tmp_path: Path) -> None:
    toys.lay_out(tmp_path)
    project = toys.project(tmp_path)
    rows = {row[0] for row in rows_of_keys(report(project, list(everything(project))))}
    assert rows == {"(all domains)", *toys.DOMAINS, *toys.PAIRS}


def test_what_was_rejected_is_named_with_its_reason_before_all_that_is_merely_behind(project: Project) -> None:
    behind: Words = {("y1", pair): ("out of date", f"x4[{pair[:2]}] changed") for pair in PAIRS}
    found = with_word(project, {**behind, ("y1", PAIRS[7]): ("rejected", "bridges_hold: nothing flows")})
    text = report(project, found)
    reasons = text.partition(f"y1[{PAIRS[7]}] rejected: bridges_hold: nothing flows")
    assert reasons[1]
    assert "out of date:" not in reasons[0]
    assert "out of date:" in reasons[2]
    assert PAIRS[7] in [row[0] for row in rows_of_keys(text)]
    assert len(text.splitlines()) < 80


def test_a_reason_that_many_keys_have_in_common_is_said_once_and_names_some_of_them(project: Project) -> None:
    text = report(project, with_word(project, {("y1", pair): ("out of date", "its code changed") for pair in PAIRS}))
    assert text.count("its code changed") == 1
    assert f"y1 of 400 pairs out of date: its code changed\n  {PAIRS[0]}, " in text
    assert "and 394 more" in text


def test_keys_that_all_stand_differently_do_not_make_the_table_endless(project: Project) -> None:
    names = [a.name for chain in project.chains for a in chain.artifacts if chain.per == "domain"]
    marks = product(("missing", "rejected", "out of date", "broken", "built"), repeat=len(names))
    words: Words = {
        (name, domain): (word, "so it is")
        for domain, row in zip(DOMAINS, marks, strict=False)
        for name, word in zip(names, row, strict=True)
    }
    found = with_word(project, words)
    text = report(project, found)
    rows = rows_of_keys(text)
    assert len(rows) == 40
    assert rows[-1][0].endswith("more rows")
    assert len(text.splitlines()) < 140
