"""Promotion: only a server that passes is used, and every version on the way is remembered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from resources.providers import make_enclosure
from resources.sandbox import Sandbox
from skiller_assets.ask import Completion, Prompt
from skiller_assets.contract.wording import render
from skiller_assets.service.patch import code_complaints
from skiller_assets.service.promote import ServerRejected, promote_server
from skiller_assets.service.suite import SuiteError
from skiller_assets.service.trial import run_conformance
from skiller_assets.settings import Settings
from skiller_assets_tests.ask.doors import Scripted, door_to, offline_door
from skiller_assets_tests.loopback.buggy_servers import CarelessCoder, mending
from skiller_assets_tests.resources.sandbox.boxes import needs_bwrap
from skiller_assets_tests.service.servers import laid_out, library_suite, server_source, spoiled
from skiller_assets_tests.worlds import library_world


def reply(code: str) -> str:
    return json.dumps({"code": code})


class Coding(Scripted):
    """A provider with a careless coder behind it."""

    def __init__(self, coder: CarelessCoder) -> None:
        super().__init__(())
        self._coder = coder

    def complete(self, prompt: Prompt) -> Completion:
        text = self._coder.reply(prompt)
        assert text is not None
        return Completion(text)


def test_the_offline_authors_server_is_promoted_at_once(tmp_path: Path) -> None:
    promotion = promote_server(library_world(), library_suite(), offline_door(tmp_path))
    assert promotion.promoted
    assert promotion.code == server_source()
    assert [(attempt.failed, attempt.complaints) for attempt in promotion.history] == [(0, ())]


LIMIT = ("COUNT(*) < :max_loans", "COUNT(*) <= :max_loans")
WORDED = ("A copy with an open loan cannot be lent.", "No.")


def patch_of(code: str, right: str) -> str:
    return json.dumps({"edits": mending(code, right)})


def edit(find: str, replace: str) -> str:
    return json.dumps({"edits": [{"find": find, "replace": replace}]})


def test_a_faulty_server_is_patched_with_what_failed_in_sight_and_the_mended_one_is_promoted(tmp_path: Path) -> None:
    right, wrong = server_source(), spoiled(server_source(), LIMIT)
    author = Scripted([reply(wrong), patch_of(wrong, right)])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    assert promotion.promoted
    assert promotion.code == right
    assert [(a.kind, a.failed > 0, a.kept) for a in promotion.history] == [
        ("written", True, True),
        ("patched", False, True),
    ]
    assert "COUNT(*) <= :max_loans" in promotion.history[1].edits[0]
    asked = author.prompts[1]
    assert (asked.name, asked.role, asked.variables["code"]) == ("server_patch", "coding", wrong)
    assert any(line.startswith("denied/borrow_book/below_limit") for line in asked.variables["failures"])
    assert set(asked.variables["parts"]["tools"]) == {"borrow_book"}
    assert '"check": "SELECT COUNT(*) < :max_loans' in asked.text


def test_patches_mend_one_thing_after_another(tmp_path: Path) -> None:
    coder = CarelessCoder(("limits off by one", "money not decoded", "a built-in tool missing"))
    promotion = promote_server(library_world(), library_suite(), door_to(Coding(coder), tmp_path))
    assert promotion.promoted
    failed = [attempt.failed for attempt in promotion.history]
    assert len(failed) == 4
    assert failed == sorted(failed, reverse=True)
    assert all(attempt.kept for attempt in promotion.history)


def test_a_patch_that_makes_it_worse_is_dropped_and_told_of_and_the_next_one_builds_on_the_best(tmp_path: Path) -> None:
    right, wrong = server_source(), spoiled(server_source(), LIMIT)
    worse = edit('reply("denied", rule=rule', 'reply("refused", rule=rule')
    author = Scripted([reply(wrong), worse, patch_of(wrong, right)])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    assert promotion.promoted
    assert [attempt.kept for attempt in promotion.history] == [True, False, True]
    assert promotion.history[1].failed > promotion.history[0].failed
    last = author.prompts[2].variables
    assert last["code"] == wrong
    assert "refused" in last["tried"][0]["edits"][0]
    assert "these failed that had passed" in last["tried"][0]["came_to"]
    assert last["tried"][0]["came_to"] in author.prompts[2].text


def test_a_module_that_cannot_be_used_is_worse_than_one_that_fails_everywhere(tmp_path: Path) -> None:
    """Both ways: it is mended first of all, and what cannot be used is never kept."""
    right = server_source()
    broken = spoiled(right, ("WORLD = Path(__file__)", "WORLD = Path(__file__).no_such_thing; Path(__file__)"))
    bad = spoiled(right, ('reply("denied"', 'reply("refused"'))
    author = Scripted([reply(broken), patch_of(broken, bad), patch_of(bad, broken), patch_of(bad, right)])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    assert promotion.promoted
    assert [attempt.kept for attempt in promotion.history] == [True, True, False, True]
    assert author.prompts[1].variables["failures"] == [
        "the module cannot be used: AttributeError: 'PosixPath' object has no attribute 'no_such_thing'"
    ]
    assert set(author.prompts[1].variables["parts"]["tools"]) == {
        *library_world().contract.tools,
        "calculate",
        "transfer_to_human",
    }


def test_without_a_passing_version_the_best_one_is_kept_and_not_promoted(tmp_path: Path) -> None:
    bad = spoiled(server_source(), ("            check(arguments, called.schema)\n", ""))
    better = spoiled(server_source(), WORDED)
    author = Scripted([reply(bad), patch_of(bad, better), patch_of(better, bad)])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path), repairs=2)
    assert not promotion.promoted
    assert promotion.code == better
    assert [attempt.kept for attempt in promotion.history] == [True, True, False]


def test_a_fault_that_hides_another_does_not_keep_the_other_from_being_mended(tmp_path: Path) -> None:
    """The first patch mends what nobody sees yet: as many cases fail after it."""
    coder = CarelessCoder(("sessions share a connection", "a preview not undone"))
    promotion = promote_server(library_world(), library_suite(), door_to(Coding(coder), tmp_path))
    assert promotion.promoted
    first, second, last = (attempt.failed for attempt in promotion.history)
    assert (first == second > 0, last) == (True, 0)
    assert len(promotion.history) == 3


def test_the_same_patch_with_the_same_outcome_twice_ends_it(tmp_path: Path) -> None:
    wrong = spoiled(server_source(), LIMIT)
    author = Scripted([reply(wrong), *[edit("Lend a book to the member.", "Lend a book.")] * 6])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    assert not promotion.promoted
    assert len(promotion.history) == 3


def test_what_led_nowhere_is_asked_for_anew_the_next_time(tmp_path: Path) -> None:
    wrong = spoiled(server_source(), LIMIT)
    useless = edit("Lend a book to the member.", "Lend a book.")
    door = door_to(Scripted([reply(wrong), useless, reply(wrong), patch_of(wrong, server_source())]), tmp_path)
    assert not promote_server(library_world(), library_suite(), door, repairs=1).promoted
    assert promote_server(library_world(), library_suite(), door, repairs=1).promoted


def test_what_was_promoted_costs_nothing_the_next_time(tmp_path: Path) -> None:
    wrong = spoiled(server_source(), LIMIT)
    door = door_to(Scripted([reply(wrong), patch_of(wrong, server_source())]), tmp_path)
    first, second = (promote_server(library_world(), library_suite(), door) for _ in range(2))
    assert first == second
    assert first.promoted


def test_an_author_that_finds_no_patch_has_so_many_goes(tmp_path: Path) -> None:
    wrong = spoiled(server_source(), LIMIT)
    author = Scripted([reply(wrong), *[edit("no such text", "x")] * 6])
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path), repairs=2)
    assert [attempt.kind for attempt in promotion.history] == ["written", "patched", "patched"]
    assert "stands nowhere in the code" in promotion.history[1].complaints[0]


def test_a_suite_that_is_changed_on_the_way_stops_everything(tmp_path: Path) -> None:
    suite = replace(library_suite(), tools=tuple(dict(tool) for tool in library_suite().tools))

    class Weakening(Scripted):
        def complete(self, prompt: Prompt) -> Completion:
            suite.tools[0]["description"] = "Easier."  # type: ignore[index]
            return super().complete(prompt)

    with pytest.raises(SuiteError, match="not the one that was frozen"):
        promote_server(library_world(), suite, door_to(Weakening([reply(server_source())]), tmp_path))


def test_seconds_are_in_the_history_where_somebody_measures(tmp_path: Path) -> None:
    ticks = iter(range(100))
    promotion = promote_server(
        library_world(), library_suite(), offline_door(tmp_path), timer=lambda: float(next(ticks))
    )
    assert [attempt.seconds for attempt in promotion.history] == [1.0]


@needs_bwrap
def test_a_models_server_is_mended_in_the_sandbox(tmp_path: Path) -> None:
    coder = CarelessCoder(("sessions share a connection", "a preview not undone"))
    door = door_to(Coding(coder), tmp_path)
    promotion = promote_server(library_world(), library_suite(), door, enclosure=Sandbox())
    assert promotion.promoted
    assert len(promotion.history) == 3
    assert promotion.code == server_source()


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


@needs_bwrap
def test_a_server_that_answers_rightly_but_serves_wrongly_is_mended(tmp_path: Path) -> None:
    told = 'meta = {"skiller/status": answer["status"]}'
    wrong = spoiled(server_source(), (told, "meta: dict[str, str] = {}"))
    mended = json.dumps({"edits": [{"find": "meta: dict[str, str] = {}", "replace": told}]})
    author = Scripted([reply(wrong), mended])
    enclosure = make_enclosure(Settings(root=tmp_path))
    promotion = promote_server(library_world(), library_suite(), door_to(author, tmp_path), enclosure=enclosure)
    assert promotion.promoted
    assert promotion.code == server_source()
    patch = author.prompts[1]
    assert patch.name == "server_patch"
    assert "answers over MCP as in the suite" in patch.text
    assert "async def on_call_tool" in patch.text.partition("How a server serves")[2]


def test_the_prompt_has_sentences_as_answers_have_them_and_nothing_that_a_server_does_not_need(tmp_path: Path) -> None:
    author = Scripted([reply(server_source())])
    promote_server(library_world(), library_suite(), door_to(author, tmp_path))
    text = author.prompts[0].text
    contract = library_world().contract
    for name in contract.tools:
        for rule in contract.rules_of(name):
            assert json.dumps(" ".join(render(contract, rule.says).split()))[1:-1] in text
    spec = text.partition("# The contract of")[2].partition("# The tools as they are listed")[0]
    for key in ("voice", "because", "storylines", "out_of_scope", "population", "generate", "invariants", "settle"):
        assert f'"{key}"' not in spec
    assert "def serve_http(clients: Clients, host: str, port: int) -> None:" in text
