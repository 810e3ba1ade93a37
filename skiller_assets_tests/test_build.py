"""What is built, what is reused, what is refused, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from resources.store import Store
from skiller_assets.artifact import Artifact, Built, Check, Finding, Inputs
from skiller_assets.build import Builder, Step
from skiller_assets.freshness import Freshness
from skiller_assets.settings import Settings
from skiller_assets.work import Work
from skiller_assets_tests import toys

ALL = frozenset({"e", "x1", "x2", "x3", "x4", "y1", "y2"})


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """Toys of which everything is wanted, and everything is there."""
    toys.lay_out(tmp_path)
    work = replace(toys.project(tmp_path).work, wanted=ALL)
    assert {step.status for step in everything(work)} == {"built"}
    toys.built_since(tmp_path)
    return work


def everything(work: Work) -> list[Step]:
    builder = Builder(work)
    keyed = [("corpus", None), *(("domain", d) for d in toys.DOMAINS), *(("pair", p) for p in toys.PAIRS)]
    return [step for per, key in keyed for step in builder.steps(per, key)]


def domain(work: Work, key: str, *wanted: str) -> dict[str, Step]:
    return {step.artifact: step for step in Builder(narrow(work, *wanted)).steps("domain", key)}


def pair(work: Work, key: str, *wanted: str) -> dict[str, Step]:
    return {step.artifact: step for step in Builder(narrow(work, *wanted)).steps("pair", key)}


def narrow(work: Work, *wanted: str) -> Work:
    return replace(work, wanted=frozenset(wanted) or ALL)


def body(work: Work, artifact: str, key: str) -> Path:
    return work.settings.home / artifact / key / "body.txt"


def test_what_is_unchanged_is_reused_and_nothing_is_run(work: Work) -> None:
    assert {step.status for step in everything(work)} == {"reused"}
    assert toys.built_since(work.settings.root) == []


def test_a_changed_file_rebuilds_what_follows_from_it_and_no_other_key(work: Work) -> None:
    toys.write_word(work.settings.root, "a", "new")
    steps = domain(work, "a")
    assert [step.status for step in steps.values()] == ["built"] * 4
    assert steps["x1"].why == "it was stale: domains/a.yaml changed"
    assert steps["x2"].why == "it was stale: x1/a changed"
    assert {step.status for step in domain(work, "b").values()} == {"reused"}
    assert {step.status for step in pair(work, "b__c").values()} == {"reused"}
    assert {step.status for step in pair(work, "a__b").values()} == {"built"}


def test_a_file_that_is_written_or_removed_is_a_change_too(work: Work) -> None:
    (work.settings.root / "domains" / "a.yaml").unlink()
    assert domain(work, "a")["x1"].status == "built"
    assert "nothing" in body(work, "x1", "a").read_text()
    toys.write_word(work.settings.root, "a", "back")
    assert domain(work, "a")["x1"].status == "built"


def test_rebuilding_stops_where_the_content_did_not_change(work: Work) -> None:
    path = work.settings.root / "domains" / "a.yaml"
    path.write_text(path.read_text() + "# a comment\n")
    assert [step.status for step in domain(work, "a").values()] == ["built", "reused", "reused", "reused"]


def test_a_changed_setting_rebuilds_what_declares_it_and_what_follows(work: Work) -> None:
    changed = replace(work, settings=work.settings.model_copy(update={"seed": 7}))
    steps = {(step.artifact, step.key): step for step in everything(changed)}
    assert steps["e", None].why == "it was stale: its settings changed"
    assert steps["y2", "a__b"].status == "built"


def test_changed_code_rebuilds_its_artifact_only_while_the_content_stays(work: Work) -> None:
    changed = replace(work, codes={**work.codes, "x2": "new"})
    steps = domain(changed, "a")
    assert [step.status for step in steps.values()] == ["reused", "built", "reused", "reused"]
    assert steps["x2"].why == "it was stale: its code changed"


def test_force_rebuilds_what_is_wanted(work: Work) -> None:
    steps = domain(replace(work, force=True), "a", "x2", "x3")
    assert {name: step.why for name, step in steps.items()} == {"x2": "forced", "x3": "forced"}


def test_what_was_edited_by_hand_is_found_and_made_again(work: Work) -> None:
    good = body(work, "x2", "a").read_text()
    body(work, "x2", "a").write_text("edited")
    step = domain(work, "a")["x2"]
    assert step.status == "built"
    assert "body.txt was changed after it was made" in step.why
    assert body(work, "x2", "a").read_text() == good


def test_nothing_is_made_from_what_was_edited_by_hand(work: Work) -> None:
    body(work, "x2", "a").write_text("edited")
    step = domain(work, "a", "x3")["x3"]
    assert step.status == "skipped"
    assert "x2[a]" in step.reason
    assert "rebuild it" in step.reason


def test_what_fails_stops_what_needs_it_and_nothing_else(work: Work) -> None:
    toys.order(work.settings.root, fail={"x2": ["a"]})
    steps = domain(replace(work, force=True), "a")
    assert [step.status for step in steps.values()] == ["built", "failed", "built", "built"]
    assert steps["x2"].reason == "ValueError: planned failure of x2"
    assert "traceback" in steps["x2"].shown


def test_what_fails_leaves_the_good_artifact_that_was_there(work: Work) -> None:
    before = body(work, "x2", "a").read_text()
    toys.order(work.settings.root, fail={"x2": ["a"]})
    domain(replace(work, force=True), "a", "x2")
    assert body(work, "x2", "a").read_text() == before
    assert Store(work.settings.home).verify("x2", "a")


def test_what_a_check_rejects_is_not_used_and_tried_again_next_time(work: Work) -> None:
    toys.order(work.settings.root, reject={"x2": ["a"]})
    steps = domain(replace(work, force=True), "a")
    assert steps["x2"].status == "rejected"
    assert steps["x2"].reason == "body: row count 0"
    assert steps["x3"].status == "skipped"
    assert steps["x3"].reason == "x2[a] was rejected: body: row count 0"
    assert steps["x4"].status == "built"
    toys.order(work.settings.root)
    assert domain(work, "a")["x2"].why == "it was rejected: body: row count 0"


def test_a_pair_is_not_made_from_a_domain_that_was_rebuilt_by_half(work: Work) -> None:
    toys.write_word(work.settings.root, "a", "new")
    domain(work, "a", "x1", "x2")
    step = pair(work, "a__b", "y1")["y1"]
    assert step.status == "skipped"
    assert step.reason == "x3[a] is out of date: x2[a] changed since"


def test_a_pair_is_not_made_from_a_domain_whose_file_changed(work: Work) -> None:
    toys.write_word(work.settings.root, "a", "new")
    step = pair(work, "a__b", "y1")["y1"]
    assert step.status == "skipped"
    assert "x1[a] is out of date: domains/a.yaml changed" in step.reason


def test_a_pair_is_made_from_a_domain_that_is_behind_what_all_share_and_nothing_of_that_domain_is(work: Work) -> None:
    toys.write_word(work.settings.root, "z", "one more file, which the list of all names")
    toys.write_word(work.settings.root, "a", "new")
    assert [step.status for step in Builder(narrow(work, "e")).steps("corpus", None)] == ["built"]
    assert {step.status for step in domain(work, "a").values()} == {"built"}
    assert domain(work, "b", "x2")["x2"].reason == "x1[b] is out of date: e changed since"
    assert {step.status for step in pair(work, "a__b").values()} == {"built"}
    assert {step.status for step in pair(work, "b__c").values()} == {"reused"}


def test_an_edit_of_one_domain_does_not_stop_another(work: Work) -> None:
    toys.write_word(work.settings.root, "a", "new")
    assert domain(replace(work, force=True), "b", "x1")["x1"].status == "built"


def test_what_lists_all_domain_files_follows_each_of_them(work: Work) -> None:
    toys.write_word(work.settings.root, "a", "new")
    steps = {(step.artifact, step.key): step for step in everything(work)}
    assert steps["e", None].why == "it was stale: domains/a.yaml changed"
    assert steps["x1", "b"].status == "reused"
    toys.write_word(work.settings.root, "zoo", "one more")
    assert {(step.artifact, step.key): step for step in everything(work)}["e", None].status == "built"


def test_what_is_missing_is_named(work: Work) -> None:
    absent = replace(work, settings=work.settings.model_copy(update={"home": work.settings.root / "empty"}))
    step = domain(absent, "a", "x2")["x2"]
    assert (step.status, step.reason) == ("skipped", "x1[a] is missing: build it first")


def replacing_its_input(inputs: Inputs) -> Built:
    """Stands for another run that replaces an input in the meantime."""
    toys.write_word(inputs.settings.root, "a", "meanwhile")
    work = replace(toys.project(inputs.settings.root).work, wanted=frozenset({"x1"}))
    list(Builder(work).steps("domain", "a"))
    return Built({"body.txt": "x2"})


def test_what_was_made_from_an_input_that_was_replaced_meanwhile_is_not_kept(work: Work) -> None:
    racing = declare(work, "x2", build=replacing_its_input)
    before = body(work, "x2", "a").read_text()
    step = domain(replace(racing, force=True), "a", "x2")["x2"]
    assert step.status == "failed"
    assert step.reason == "x1/a was replaced while this was made from it: run again"
    assert body(work, "x2", "a").read_text() == before


def declare(work: Work, name: str, **changed: object) -> Work:
    artifacts = tuple(replace(a, **changed) if a.name == name else a for a in work.artifacts)  # type: ignore[arg-type]
    return replace(work, artifacts=artifacts)


def raising(inputs: Inputs) -> Finding:
    raise KeyError("oops")


def dropping(inputs: Inputs) -> Built:
    return Built({"body.txt": "x2"}, {"kept": 3}, [{"id": 1, "reason": "too short"}, {"id": 2, "reason": "a copy"}])


def failing(severity: str, inputs: Inputs) -> Finding:
    return Finding(False, "hm", severity=severity)  # type: ignore[arg-type]


def undrawable(inputs: Inputs) -> dict[str, object]:
    raise ValueError("no ink")


def test_a_check_that_cannot_be_run_does_not_pass(work: Work) -> None:
    step = domain(replace(declare(work, "x2", checks=(Check("c", "", raising),)), force=True), "b", "x2")
    assert step["x2"].status == "rejected"
    assert "c: the check could not be run: KeyError: 'oops'" in step["x2"].reason


@pytest.mark.parametrize(
    ("severity", "blocking", "status"),
    [("error", True, "rejected"), ("error", False, "built"), ("warn", True, "built"), ("warn", False, "built")],
)
def test_only_an_error_of_a_blocking_check_rejects(work: Work, severity: str, blocking: bool, status: str) -> None:
    check = Check("c", "", partial(failing, severity), blocking)
    assert domain(replace(declare(work, "x2", checks=(check,)), force=True), "a", "x2")["x2"].status == status


def test_dropped_items_are_kept_beside_the_artifact_and_counted(work: Work) -> None:
    step = domain(replace(declare(work, "x2", build=dropping, checks=()), force=True), "a", "x2")["x2"]
    assert step.manifest
    assert step.manifest.counts == {"kept": 3, "quarantined": 2}
    lines = body(work, "x2", "a").with_name("quarantine.jsonl").read_text().splitlines()
    assert lines == ['{"id": 1, "reason": "too short"}', '{"id": 2, "reason": "a copy"}']


def test_a_summary_that_fails_does_not_spoil_its_artifact(work: Work) -> None:
    step = domain(declare(work, "x2", summarize=undrawable), "a", "x2")["x2"]
    assert (step.status, step.shown) == ("reused", {"summary_failed": "ValueError: no ink"})


def test_how_everything_stands_can_be_asked_without_building(work: Work) -> None:
    def standing(name: str, key: str) -> str:
        artifact: Artifact = next(a for a in work.artifacts if a.name == name)
        return Freshness(work, Store(work.settings.home)).standing(artifact, key).state

    assert standing("x2", "a") == "good"
    body(work, "x2", "a").write_text("edited")
    toys.write_word(work.settings.root, "b", "new")
    assert [standing("x2", "a"), standing("x3", "a"), standing("x1", "b")] == ["broken", "stale", "stale"]
    assert toys.built_since(work.settings.root) == []


def test_the_door_is_opened_once_and_only_when_somebody_asks(work: Work) -> None:
    opened: list[Settings] = []

    def make_door(settings: Settings) -> toys.NoDoor:
        opened.append(settings)
        return toys.NoDoor()

    builder = Builder(replace(work, force=True, make_door=make_door))  # type: ignore[arg-type]
    list(builder.steps("domain", "a"))
    assert opened == []
    builder = Builder(replace(declare(work, "x2", build=asking), force=True, make_door=make_door))  # type: ignore[arg-type]
    for key in ("a", "b"):
        list(builder.steps("domain", key))
    assert opened == [work.settings]


def asking(inputs: Inputs) -> Built:
    assert inputs.door
    return Built({"body.txt": "x2"})
