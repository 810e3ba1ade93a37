"""The settings decide who answers, and what is reached how is no part of what is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from resources.providers import make_door
from skiller_assets.ask import Ask, ProviderFailed
from skiller_assets.settings import Settings, load_settings
from skiller_assets_tests.loopback.server import loopback, says


class Fruit(BaseModel):
    """What is asked for."""

    name: str


def _settings(root: Path, url: str, **words: str) -> Settings:
    asked = "".join(f"\n  {key}: {value}" for key, value in words.items())
    text = (
        f"ask:\n  provider: openai{asked}\nendpoint:\n  base_url: {url}\n  key_variable: SKILLER_TEST_KEY\n  tries: 1\n"
    )
    (root / "skiller.yaml").write_text(text)
    return load_settings(root)


def _asks(folder: Path) -> tuple[Ask[Fruit], Ask[Fruit]]:
    (folder / "fruit.md").write_text("Name a fruit.")
    return (
        Ask("fruit", "semantic", folder / "fruit.md", {}, Fruit),
        Ask("fruit", "coding", folder / "fruit.md", {}, Fruit),
    )


def test_each_role_is_answered_by_its_model_and_a_kept_reply_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKILLER_TEST_KEY", "k")
    writes, codes = _asks(tmp_path)
    with loopback(lambda *_: says('{"name": "plum"}')) as server:
        settings = _settings(tmp_path, server.url, semantic_model="large", coding_model="exact")
        for _ in range(2):
            assert make_door(settings).ask(writes).name == make_door(settings).ask(codes).name == "plum"
        make_door(_settings(tmp_path, server.url, semantic_model="small")).ask(codes)
    assert [request["model"] for request in server.requests] == ["large", "exact", "small"]


def test_nothing_that_is_kept_on_disk_has_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-of-nobody-1234567890"
    monkeypatch.setenv("SKILLER_TEST_KEY", key)
    with loopback(lambda *_: says('{"name": "plum"}')) as server:
        make_door(_settings(tmp_path, server.url, semantic_model="large")).ask(_asks(tmp_path)[0])
    assert server.keys == [f"Bearer {key}"]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) >= 3
    assert not [path for path in kept if key.encode() in path.read_bytes()]


def test_without_a_key_the_project_loads_and_only_asking_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SKILLER_TEST_KEY", raising=False)
    settings = _settings(tmp_path, "http://127.0.0.1:9/v1", semantic_model="large")
    door = make_door(settings)
    with pytest.raises(ProviderFailed, match="SKILLER_TEST_KEY is not set"):
        door.ask(_asks(tmp_path)[0])


def test_another_model_is_another_maker_and_another_address_is_not(tmp_path: Path) -> None:
    one = _settings(tmp_path, "http://127.0.0.1:9/v1", semantic_model="large")
    moved = _settings(tmp_path, "http://127.0.0.1:10/v1", semantic_model="large")
    other = _settings(tmp_path, "http://127.0.0.1:9/v1", semantic_model="small")
    assert one.hash(["ask"]) == moved.hash(["ask"]) != other.hash(["ask"])
