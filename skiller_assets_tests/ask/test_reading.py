"""The value that a model meant is found among its words."""

from __future__ import annotations

import json

import pytest

from skiller_assets.ask.reading import json_in

VALUE = {"a": [1, {"b": "}"}]}
TEXT = json.dumps(VALUE)


@pytest.mark.parametrize(
    "reply",
    [
        TEXT,
        f"\n  {TEXT}\n",
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```",
        f"Sure, here it is:\n\n{TEXT}\n\nTell me if it fits.",
        f"Here:\n```json\n{TEXT}\n```\nDone.",
        f"<think>Perhaps {{a: 1}}, or better\nnot.</think>\n{TEXT}",
        f"The set {{x}} is this: {TEXT}",
    ],
)
def test_words_around_a_value_are_left_out(reply: str) -> None:
    assert json.loads(json_in(reply)) == VALUE


@pytest.mark.parametrize("reply", ["", "no", TEXT[:-3], "[1, 2"])
def test_what_is_no_whole_value_stays_as_it_is(reply: str) -> None:
    with pytest.raises(ValueError):
        json.loads(json_in(reply))
