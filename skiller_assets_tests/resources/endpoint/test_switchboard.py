"""Worker processes ask through one process, which holds the key, the limit and the account."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from resources.endpoint.switchboard import Extension, Number, switchboard
from resources.providers import shared_doors
from skiller_assets.ask import Ask, Completion, Door, Prompt, ProviderFailed, SpendLimitReached
from skiller_assets.ask.ledger import Ledger
from skiller_assets.settings import load_settings
from skiller_assets_tests.ask.test_replies import Counting, _ask, _door
from skiller_assets_tests.loopback.server import Loopback, loopback, says

KEY = "sk-of-nobody-1234567890"
WORKER = """
import os, pickle, sys
from pathlib import Path
from skiller_assets.settings import load_settings
from skiller_assets_tests.resources.endpoint.test_switchboard import fruit
assert "SKILLER_TEST_KEY" not in os.environ
root = Path(sys.argv[1])
make_door = pickle.loads(bytes.fromhex(sys.argv[2]))
door = make_door(load_settings(root)).at("basket[a]")
print([reply.name for _, reply in sorted(door.ask_each([fruit(root, n) for n in range(20)]))])
"""


class Fruit(BaseModel):
    name: str


class Slow(Counting):
    """A provider that takes half a second."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()

    def complete(self, prompt: Prompt) -> Completion:
        self.began.set()
        time.sleep(0.5)
        return super().complete(prompt)


def fruit(root: Path, number: int) -> Ask[Fruit]:
    """One of many asks."""
    return Ask("query", "semantic", root / "fruit.md", {"number": number}, Fruit)


def _project(root: Path, server: Loopback, spend: str = "") -> None:
    (root / "fruit.md").write_text("Name fruit {{ number }}.")
    (root / "skiller.yaml").write_text(
        f"ask: {{provider: openai, semantic_model: large, models: {{query: small}}}}\n{spend}\n"
        f"endpoint: {{base_url: '{server.url}', key_variable: SKILLER_TEST_KEY, in_flight: 6}}\n"
    )


def test_two_processes_share_limiter_cache_and_account_and_need_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLER_TEST_KEY", KEY)
    with loopback(lambda *_: says('{"name": "plum"}')) as server:
        _project(tmp_path, server)
        settings = load_settings(tmp_path)
        with shared_doors(settings) as make_door:
            command = [sys.executable, "-c", WORKER, str(tmp_path), pickle.dumps(make_door).hex()]
            bare = {name: value for name, value in os.environ.items() if name != "SKILLER_TEST_KEY"}
            workers = [subprocess.Popen(command, env=bare, stdout=subprocess.PIPE, text=True) for _ in range(2)]
            said = [worker.communicate(timeout=60)[0] for worker in workers]
    assert said == [f"{['plum'] * 20}\n"] * 2
    assert len(server.requests) == 20
    assert server.most <= 6
    assert {request["model"] for request in server.requests} == {"small"}
    payments = list(Ledger(settings.home / "asks").payments())
    assert {(payment.at, payment.model) for payment in payments} == {("basket[a]", "small")}
    assert sum(entry.kept for entry in Ledger(settings.home / "asks").entries()) == 20


def test_the_limit_is_one_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLER_TEST_KEY", KEY)
    with loopback(lambda *_: says('{"name": "plum"}')) as server:
        _project(tmp_path, server, "spend: {limit: 2, prices: {small: {input: 1000, output: 1000}}}")
        settings = load_settings(tmp_path)
        with shared_doors(settings) as make_door, pytest.raises(SpendLimitReached, match=r"raise spend\.limit"):
            list(make_door(settings).ask_each([fruit(tmp_path, n) for n in range(400)]))
    assert 0 < len(server.requests) < 400


def test_nobody_without_the_secret_is_answered(tmp_path: Path) -> None:
    provider = Counting()
    with switchboard(_door(provider, tmp_path)._replies) as number:
        stranger = Door(Extension(Number(number.address, b"guessed", 1)), Ledger(tmp_path))
        with pytest.raises(ProviderFailed, match="is gone"):
            stranger.ask(_ask(tmp_path, 1))
        assert Door(Extension(number), Ledger(tmp_path)).ask(_ask(tmp_path, 1)).n == 1
    assert len(provider.prompts) == 1


def test_what_cannot_be_answered_is_raised_where_it_was_asked_and_a_closed_board_says_so(tmp_path: Path) -> None:
    with switchboard(_door(Counting(fails=frozenset({1})), tmp_path)._replies) as number:
        door = Door(Extension(number), Ledger(tmp_path))
        with pytest.raises(ProviderFailed, match="out of order"):
            door.ask(_ask(tmp_path, 1))
        assert door.ask(_ask(tmp_path, 2)).n == 2
    with pytest.raises(ProviderFailed, match="is gone: run again"):
        Door(Extension(number), Ledger(tmp_path)).ask(_ask(tmp_path, 3))


def test_what_is_under_way_at_the_end_is_kept_and_nothing_more_is_asked(tmp_path: Path) -> None:
    provider = Slow()
    asked = _door(provider, tmp_path)
    with switchboard(asked._replies) as number:
        door = Door(Extension(number), Ledger(tmp_path))
        caller = threading.Thread(target=door.ask, args=(_ask(tmp_path, 1),), daemon=True)
        caller.start()
        assert provider.began.wait(5)
    caller.join(5)
    assert [payment.name for payment in Ledger(tmp_path).payments()] == ["number"]
    assert asked.ask(_ask(tmp_path, 1)).n == 1
    assert len(provider.prompts) == 1
