"""The artifact of the templates: what it holds, what it shows, and what it says of what was dropped."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from skiller_assets.artifact import Artifact, TableOf
from skiller_assets.tasks.assets import ARTIFACTS, PAIR_ARTIFACTS, show_task_templates
from skiller_assets.tasks.authoring import JUDGED_KINDS, author_pair_templates
from skiller_assets.tasks.habits import habits_of
from skiller_assets.tasks.judging import AXES
from skiller_assets_tests.ask.doors import offline_door
from skiller_assets_tests.fusion.built import BuiltPair, built_pair


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> BuiltPair:
    """A small pair with its tasks; tests only read it."""
    return built_pair(tmp_path_factory, worker_id)


def _templates(of: tuple[Artifact, ...]) -> Artifact:
    return next(artifact for artifact in of if artifact.folder == "task_templates")


def test_another_author_makes_the_templates_out_of_date() -> None:
    for artifacts in (ARTIFACTS, PAIR_ARTIFACTS):
        assert _templates(artifacts).asks == ("task_templates", "template_judge")
    assert "fused_tool_graph" in _templates(PAIR_ARTIFACTS).needs


def test_every_template_of_a_pair_that_is_done_for_a_person_was_judged(pair: BuiltPair) -> None:
    templates = pair.jsonl("task_templates", "templates.jsonl")
    judged = {record["template"] for record in pair.jsonl("task_templates", "judged.jsonl")}
    assert judged == {t["id"] for t in templates if t["kind"] in JUDGED_KINDS}
    counts = pair.json("task_templates", "manifest.json")["counts"]
    assert counts["judged"] == len(judged) + counts["dropped"]


def test_a_story_of_a_pair_says_what_is_carried_over_where_it_is_used(pair: BuiltPair) -> None:
    fusion = pair.contract.fusion
    assert fusion is not None
    for template in pair.jsonl("task_templates", "templates.jsonl"):
        if template["kind"] == "fulfil" and template["flow"]:
            flow = fusion.flow(template["flow"])
            wants = pair.contract.tools[flow.takes].voice.wants[0]
            assert f"{wants} (going by {flow.phrase})".lower() in template["story"].lower()


def test_walks_into_which_no_value_flows_are_told_for_themselves(pair: BuiltPair, tmp_path: Path) -> None:
    walks = [{**w, "flow": None} for w in pair.jsonl("trajectories", "trajectories.jsonl") if len(w["goals"]) > 1]
    habits = habits_of((), [tuple(goals) for walk in walks for goals in walk["segments"].values()])
    told = {tuple(w["goals"]): w for w in walks[:15]}
    door = offline_door(tmp_path)
    found = author_pair_templates(pair.contract, list(told.values()), habits, random.Random(1), door)
    stories = [t.story for t in found.templates if t.kind == "fulfil"]
    assert len(stories) == len(set(stories)) >= len(told) // 2
    assert not {walk["says"] for walk in walks} & set(stories)
    assert len(stories) + sum(item["template"]["kind"] == "fulfil" for item in found.dropped) == len(told)  # type: ignore[index,call-overload]


def test_the_summary_tells_how_the_judge_found_them(pair: BuiltPair) -> None:
    shown = show_task_templates(pair.inputs(_templates(PAIR_ARTIFACTS), {}))
    judged = shown["judged"]
    assert isinstance(judged, TableOf)
    assert [row[0] for row in judged.rows[: len(AXES)]] == list(AXES)
    assert all(isinstance(row[1], float) and row[1] >= 3 for row in judged.rows[: len(AXES)])
    dropped = shown["dropped"]
    assert isinstance(dropped, TableOf)
    assert len(dropped.rows) == len(pair.inputs(_templates(PAIR_ARTIFACTS), {}).quarantine("task_templates"))
