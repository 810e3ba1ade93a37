"""What was asked for an artifact stands in its metadata, and a conversation that led nowhere can be read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pydantic import BaseModel

from skiller_assets.artifact import Built, Inputs, TableOf
from skiller_assets.ask import Ask, Door
from skiller_assets.build import Builder, Step
from skiller_assets.settings import Settings
from skiller_assets.work import Work
from skiller_assets_tests import toys
from skiller_assets_tests.ask.doors import Scripted, paid_door
from skiller_assets_tests.test_build import declare


class Fruit(BaseModel):
    name: str


def build(inputs: Inputs) -> Built:
    """Asks for a fruit."""
    path = inputs.settings.root / "fruit.md"
    path.write_text("Name a fruit that is red.")
    request = Ask("query", "semantic", path, {}, Fruit, (lambda reply: [] if reply.name == "apple" else ["no"],))
    return Built({"body.txt": inputs.door.ask(replace(request, attempts=2)).name})


def scripted(replies: list[str], settings: Settings) -> Door:
    return paid_door(Scripted(replies), settings.home / "asks")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    toys.lay_out(tmp_path)
    return declare(toys.project(tmp_path).work, "x1", build=build, asks=("query",))


def _step(work: Work, *replies: str) -> Step:
    asking = replace(work, make_door=partial(scripted, list(replies)), force=True, wanted=frozenset({"e", "x1"}))
    builder = Builder(asking)
    list(builder.steps("corpus", None))
    (step,) = builder.steps("domain", "a")
    return step


def test_the_asks_of_an_artifact_are_a_table_in_its_metadata(work: Work) -> None:
    spend = work.settings.spend.model_validate({"prices": {"scripted-semantic": {"input": 100_000, "output": 0}}})
    priced = replace(work, settings=work.settings.model_copy(update={"spend": spend}))
    table = _step(priced, '{"name": "fig"}', '{"name": "apple"}').shown["asked"]
    assert isinstance(table, TableOf)
    (row,) = table.rows
    assert dict(zip(table.columns, row, strict=True)) == {
        "ask": "query", "model": "scripted-semantic", "asked": 1, "accepted": 1, "kept": 0, "complaints": 1, "paid": 2,
        "tries": 2, "tokens in": 20, "of them cached": 0, "tokens out": 6, "cost": "2.0000", "seconds": 0,
    }  # fmt: skip


def test_an_artifact_that_asks_what_it_does_not_declare_is_not_made(work: Work) -> None:
    step = _step(declare(work, "x1", asks=()), '{"name": "apple"}')
    assert (step.status, step.reason) == ("failed", "x1[a] asks query: declare it in asks")


def test_a_conversation_that_led_nowhere_is_written_down_and_named(work: Work) -> None:
    step = _step(work, '{"name": "fig"}', '{"name": "plum"}')
    assert step.status == "failed"
    path = work.settings.home / "asks" / "failed" / "x1[a]" / "query-1.md"
    assert f"(the conversation is in {path})" in step.reason
    text = path.read_text()
    for words in ("Name a fruit that is red.", '{"name": "fig"}', "- no", '{"name": "plum"}', "scripted-semantic"):
        assert words in text
    assert _step(work, '{"name": "apple"}').status != "failed"
    assert not path.exists()
