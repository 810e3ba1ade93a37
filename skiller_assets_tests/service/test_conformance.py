"""The conformance suite: what it covers, that it is frozen, and that it catches every kind of wrong server."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from skiller_assets.service.conformance import derive_suite
from skiller_assets.service.suite import SuiteError, load_suite
from skiller_assets.service.trial import run_conformance
from skiller_assets.world.image import World
from skiller_assets_tests.service.servers import laid_out, library_suite, server_source, spoiled
from skiller_assets_tests.worlds import data_of, library_world


def test_every_rule_of_a_world_has_a_case_that_ends_as_its_kind_demands(generated_world: World) -> None:
    suite = derive_suite(generated_world)
    about = {
        (case.tool, case.rule): case for case in suite.cases if case.about in ("permitted", "denied", "let_through")
    }
    for name, tool in generated_world.program.compiled.tools.items():
        if tool.grants is not None:
            continue
        assert about[name, None].steps[-1].status == "ok"
        for rule in tool.rules:
            last = about[name, rule.rule.id].steps[-1]
            expected = ("denied", rule.rule.id) if rule.rule.by == "tool" else ("ok", None)
            assert (last.status, last.rule) == expected
    assert suite.uncovered == ()
    assert suite.faults == ()


def test_every_tool_gets_arguments_that_do_not_fit() -> None:
    suite = library_suite()
    spoilt = {case.tool: Counter(step.status for step in case.steps) for case in suite.cases if case.about == "invalid"}
    assert set(spoilt) == set(library_world().contract.tools)
    assert all(statuses["invalid"] >= 4 for statuses in spoilt.values())


def test_equal_worlds_give_equal_suites() -> None:
    assert derive_suite(library_world()).hash == library_suite().hash


def test_random_sequences_mix_calls_that_succeed_with_calls_that_fail() -> None:
    statuses = Counter(s.status for c in library_suite().cases if c.about == "random" for s in c.steps)
    assert statuses["ok"] > 50
    assert statuses["denied"] > 20
    assert statuses["invalid"] > 5


def test_a_rule_that_can_never_fail_is_named_as_uncovered() -> None:
    always = {"tools.renew_loan.rules.1.check": "SELECT status IS NOT NULL FROM loan WHERE loan_id = :loan_id"}
    suite = derive_suite(library_world(always))
    assert [(item.tool, item.rule) for item in suite.uncovered] == [("renew_loan", "is_open")]


def test_a_tool_that_nobody_may_use_is_named_as_uncovered() -> None:
    never = {
        "tools.find_books.rules": [
            {"id": "closed", "kind": "status", "says": "Closed for now.", "check": "SELECT 0 + 0"}
        ]
    }
    suite = derive_suite(library_world(never))
    assert ("find_books", None) in [(item.tool, item.rule) for item in suite.uncovered]


def test_a_frozen_suite_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    library_suite().save(path)
    assert load_suite(path).hash == library_suite().hash
    assert load_suite(path).dumps() == path.read_text()


def test_an_edited_suite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    library_suite().save(path)
    data = json.loads(path.read_text())
    data["cases"].pop()
    path.write_text(json.dumps(data))
    with pytest.raises(SuiteError, match="does not match its own hash"):
        load_suite(path)


def test_a_truncated_suite_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    path.write_text(library_suite().dumps()[:1000])
    with pytest.raises(SuiteError, match="cannot be read"):
        load_suite(path)


def test_the_generated_server_of_the_library_passes(tmp_path: Path) -> None:
    report = run_conformance(*laid_out(tmp_path, server_source()), library_suite())
    assert report.passed, report.complaints()
    assert report.cases == len(library_suite().cases) + 1


def test_the_generated_server_of_every_domain_passes(tmp_path: Path, generated_world: World) -> None:
    server, image = laid_out(tmp_path, server_source(generated_world), generated_world)
    report = run_conformance(server, image, derive_suite(generated_world))
    assert report.passed, report.complaints()


FAULTS: dict[str, list[dict[str, str]]] = data_of("server_faults.yaml")


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_server_with_one_fault_is_caught(tmp_path: Path, fault: str) -> None:
    changes = [(change["text"], change["becomes"]) for change in FAULTS[fault]]
    report = run_conformance(*laid_out(tmp_path, spoiled(server_source(), *changes)), library_suite())
    assert not report.passed
    assert report.complaints()


def test_new_ids_may_be_others_than_the_engines(tmp_path: Path) -> None:
    other = spoiled(
        server_source(),
        ("        column, pattern = NEW_IDS[table]\n", '        column, pattern = "loan_id", "XX-####"\n'),
    )
    report = run_conformance(*laid_out(tmp_path, other), library_suite())
    assert report.passed, report.complaints()


def test_a_server_that_never_answers_is_stopped(tmp_path: Path) -> None:
    looping = spoiled(
        server_source(), ("    me = session.require", "    while True:\n        pass\n    me = session.require")
    )
    short = replace(library_suite(), cases=library_suite().cases[:2])
    report = run_conformance(*laid_out(tmp_path, looping), short, case_seconds=0.3)
    assert any("TooSlow" in failure.got for failure in report.failures)


def test_a_module_that_cannot_be_imported_is_reported_as_broken(tmp_path: Path) -> None:
    report = run_conformance(*laid_out(tmp_path, "import no_such_module\n"), library_suite())
    assert report.broken is not None
    assert "no_such_module" in report.complaints()[0]
    assert not report.passed


def test_a_module_that_ends_the_process_is_reported_as_broken(tmp_path: Path) -> None:
    report = run_conformance(*laid_out(tmp_path, "import os\nos._exit(3)\n"), library_suite())
    assert not report.passed
    assert "ended with 3" in report.complaints()[0]
