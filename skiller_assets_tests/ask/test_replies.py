"""Many who ask at once get each reply once, in an order that does not depend on who was quicker."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from skiller_assets.ask import Ask, AskFailed, Completion, Door, Prompt, ProviderFailed, Role
from skiller_assets.ask.cache import ReplyCache
from skiller_assets.ask.journal import Journal, name_of
from skiller_assets.ask.ledger import Ledger
from skiller_assets.ask.money import Purse
from skiller_assets.ask.replies import KeptReplies, Till


class Number(BaseModel):
    n: int


class Counting:
    """A provider that answers with the number in its prompt, the later the sooner; some numbers are wrong at first."""

    version = "1"
    parameters: Mapping[str, Any] = {}

    def __init__(self, wrong: frozenset[int] = frozenset(), fails: frozenset[int] = frozenset()) -> None:
        self.prompts: list[Prompt] = []
        self.at_once = self.most = 0
        self._wrong, self._fails = wrong, fails
        self._counting = threading.Lock()

    def model(self, name: str, role: Role) -> str:
        return "counting"

    def complete(self, prompt: Prompt) -> Completion:
        number = int(prompt.variables["n"])
        with self._counting:
            self.prompts.append(prompt)
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        time.sleep(0.02 / (number + 1))
        with self._counting:
            self.at_once -= 1
        if number in self._fails:
            raise ProviderFailed("out of order")
        said = -number if number in self._wrong and not prompt.rejected else number
        return Completion(json.dumps({"n": said}))


def _door(provider: Counting, folder: Path, at_once: int = 8) -> Door:
    ledger = Ledger(folder)
    till = Till(Purse(ledger, {}, None), ledger, Journal(folder / "prompts"))
    return Door(KeptReplies(provider, ReplyCache(folder / "replies"), till, at_once), ledger)


def _ask(folder: Path, number: int, seen: list[int] | None = None, **changes: Any) -> Ask[Number]:
    (folder / "number.md").write_text("Say {{ n }}.")

    def positive(reply: Number) -> list[str]:
        if seen is not None:
            seen.append(reply.n)
        return ["say it without the minus"] if reply.n < 0 else []

    return Ask("number", "semantic", folder / "number.md", {"n": number}, Number, (positive,), **changes)


def test_many_are_under_way_at_a_time_and_are_judged_in_their_order(tmp_path: Path) -> None:
    provider, seen = Counting(wrong=frozenset({2, 5})), list[int]()
    asks = [_ask(tmp_path, n, seen) for n in range(12)]
    found = list(_door(provider, tmp_path).ask_each(asks))
    assert 1 < provider.most <= 8
    assert seen == [0, 1, -2, 3, 4, -5, 6, 7, 8, 9, 10, 11, 2, 5]
    assert [place for place, _ in found] == [0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 2, 5]
    assert all(isinstance(reply, Number) and reply.n == place for place, reply in found)


def test_one_at_a_time_comes_to_the_same(tmp_path: Path) -> None:
    provider, seen = Counting(wrong=frozenset({2, 5})), list[int]()
    list(_door(provider, tmp_path, at_once=1).ask_each([_ask(tmp_path, n, seen) for n in range(8)]))
    assert provider.most == 1
    assert seen == [0, 1, -2, 3, 4, -5, 6, 7, 2, 5]


def test_what_finds_no_acceptable_reply_is_given_as_a_failure_and_stops_nobody(tmp_path: Path) -> None:
    asks = [_ask(tmp_path, n, attempts=1) for n in range(4)]
    found = dict(_door(Counting(wrong=frozenset({1})), tmp_path).ask_each(asks))
    assert isinstance(found[1], AskFailed)
    assert sum(isinstance(reply, Number) for reply in found.values()) == 3


def test_a_provider_that_cannot_answer_ends_it_and_what_came_is_kept(tmp_path: Path) -> None:
    asks = [_ask(tmp_path, n) for n in range(6)]
    with pytest.raises(ProviderFailed, match="out of order"):
        list(_door(Counting(fails=frozenset({3})), tmp_path).ask_each(asks))
    again = Counting()
    list(_door(again, tmp_path).ask_each(asks))
    assert len(again.prompts) < 6


def test_the_same_asked_by_many_at_once_is_paid_for_once(tmp_path: Path) -> None:
    provider = Counting()
    door, request = _door(provider, tmp_path), _ask(tmp_path, 0)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: door.ask(request), range(16)))
    assert {reply.n for reply in replies} == {0}
    assert len(provider.prompts) == len(list(Ledger(tmp_path).payments())) == 1


def test_what_is_sent_can_be_read_afterwards(tmp_path: Path) -> None:
    _door(Counting(), tmp_path).ask(_ask(tmp_path, 7))
    noted = json.loads((tmp_path / "prompts" / f"{name_of('Say 7.')}.json").read_text())
    assert noted == {"name": "number", "role": "semantic", "text": "Say 7.", "variables": {"n": 7}}
