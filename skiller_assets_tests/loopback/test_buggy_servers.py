"""Every kind of bug makes a wrong server of any right one, and is mended by a patch."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

from skiller_assets.service.conformance import derive_suite
from skiller_assets.service.patch import Edit, apply_edits, code_complaints
from skiller_assets.service.suite import Suite
from skiller_assets.service.trial import run_conformance
from skiller_assets.world.image import World
from skiller_assets_tests.domains import DOMAINS
from skiller_assets_tests.loopback.buggy_servers import BUGS, NoSuchBug, mending, spoiled_by
from skiller_assets_tests.service.servers import laid_out, server_source
from skiller_assets_tests.worlds import domain_world, library_world

TRIED = ("library", DOMAINS[-1])


@cache
def _world(domain: str) -> World:
    return library_world() if domain == "library" else domain_world(domain)


@cache
def _suite(domain: str) -> Suite:
    return derive_suite(_world(domain))


def test_there_are_many_kinds() -> None:
    assert len(BUGS) >= 20


@pytest.mark.parametrize(("bug", "domain"), list(zip(sorted(BUGS), cycle(TRIED), strict=False)))
def test_a_bug_is_found_by_the_suite_or_before(bug: str, domain: str, tmp_path: Path) -> None:
    wrong = spoiled_by(bug, server_source(_world(domain)))
    report = run_conformance(*laid_out(tmp_path, wrong, _world(domain)), _suite(domain))
    assert not report.passed
    assert bool(code_complaints(wrong)) == (bug in ("a syntax error", "a foreign package"))


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_edits_mend_every_bug(bug: str) -> None:
    for domain in ("library", *DOMAINS):
        right = server_source(_world(domain))
        wrong = spoiled_by(bug, right)
        assert apply_edits(wrong, [Edit(**edit) for edit in mending(wrong, right)]) == right


def test_all_bugs_at_once_are_mended_in_one_patch() -> None:
    right = wrong = server_source(domain_world(DOMAINS[0]))
    for bug in sorted(BUGS.keys() - {"a syntax error", "rules in the wrong order", "an effect left out"}):
        try:
            wrong = spoiled_by(bug, wrong)
        except NoSuchBug:
            continue
    edits = mending(wrong, right)
    assert len(edits) > 10
    assert apply_edits(wrong, [Edit(**edit) for edit in edits]) == right


def test_a_server_without_a_place_for_a_bug_says_so() -> None:
    with pytest.raises(NoSuchBug, match="money not decoded"):
        spoiled_by("money not decoded", "print('nothing here')\n")
