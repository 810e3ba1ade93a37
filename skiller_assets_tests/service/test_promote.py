"""Promotion: only a server that passes is used, and every version on the way is remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skiller_assets.artifact import BuildFailed, Inputs
from skiller_assets.service.assets import ARTIFACTS
from skiller_assets.service.promote import ServerRejected, code_complaints, promote_server
from skiller_assets.service.trial import run_conformance
from skiller_assets.settings import Ask as Asking
from skiller_assets.settings import Settings
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.service.servers import laid_out, library_suite, server_source, spoiled
from skiller_assets_tests.worlds import library_world


def reply(code: str) -> str:
    return json.dumps({"code": code})


def test_code_of_a_model_is_not_even_asked_for_while_there_is_no_sandbox(tmp_path: Path) -> None:
    artifact = next(a for a in ARTIFACTS if a.name == "mcp_server")
    settings = Settings(root=tmp_path, ask=Asking(provider="openai", semantic_model="large"))
    inputs = Inputs(artifact, "library", settings, {}, lambda _: pytest.fail("somebody was asked"))
    with pytest.raises(BuildFailed, match="not run without a sandbox"):
        artifact.build(inputs)


def test_the_offline_authors_server_is_promoted_at_once(tmp_path: Path) -> None:
    promotion = promote_server(library_world(), library_suite(), offline_door(tmp_path))
    assert promotion.promoted
    assert promotion.code == server_source()
    assert [(attempt.failed, attempt.complaints) for attempt in promotion.history] == [(0, ())]


def test_a_faulty_server_is_sent_back_with_what_failed_and_the_mended_one_is_promoted(tmp_path: Path) -> None:
    wrong = spoiled(server_source(), ("COUNT(*) < :max_loans", "COUNT(*) <= :max_loans"))
    author = Scripted([reply(wrong), reply(server_source())])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    assert promotion.promoted
    assert [attempt.failed > 0 for attempt in promotion.history] == [True, False]
    told = author.prompts[1].rejected[0].complaints
    assert any("denied/borrow_book/below_limit" in complaint for complaint in told)


def test_without_a_passing_version_the_best_one_is_kept_and_not_promoted(tmp_path: Path) -> None:
    bad = spoiled(server_source(), ("            check(arguments, called.schema)\n", ""))
    better = spoiled(server_source(), ("A copy with an open loan cannot be lent.", "No."))
    author = Scripted([reply(bad), reply(better), reply(bad)])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path), attempts=3)
    assert not promotion.promoted
    assert promotion.code == better
    assert len(promotion.history) == 3


def test_when_no_version_can_be_tried_all_that_was_wrong_is_told(tmp_path: Path) -> None:
    author = Scripted([reply("import requests\n"), reply("def broken(:\n")])
    with pytest.raises(ServerRejected, match="library: no usable server after 2 versions") as caught:
        promote_server(library_world(), library_suite(), door_to(author, tmp_path), attempts=2)
    first, second = caught.value.history
    assert "imports requests" in first.complaints[0]
    assert "does not parse" in second.complaints[0]


def test_the_prompt_carries_contract_tables_and_tools(tmp_path: Path) -> None:
    author = Scripted([reply(server_source())])
    promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    prompt = author.prompts[0]
    assert prompt.role == "coding"
    for words in ('CREATE TABLE "loan"', '"below_limit"', "Nothing has changed yet", "open_session(world_path)"):
        assert words in prompt.text


def test_code_that_reaches_for_the_project_is_refused() -> None:
    assert code_complaints("from skiller_assets.world import image\n") == [
        "imports skiller_assets; only the standard library and mcp may be used"
    ]


def test_a_promoted_server_passes_again_from_disk(tmp_path: Path) -> None:
    promotion = promote_server(library_world(), library_suite(), offline_door(tmp_path))
    assert run_conformance(*laid_out(tmp_path, promotion.code), library_suite()) == promotion.report
