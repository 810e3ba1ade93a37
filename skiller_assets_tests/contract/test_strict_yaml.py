"""YAML reads as it is written: no dates, no yes and no, nothing twice."""

from __future__ import annotations

import pytest
import yaml

from skiller_assets.contract.strict_yaml import FastStrictLoader, Loader, StrictLoader

LOADERS = pytest.mark.parametrize("loader", [StrictLoader, FastStrictLoader])


@LOADERS
def test_what_reads_as_text_stays_text(loader: type[Loader]) -> None:
    text = "{a: no, b: 10:30, c: 2025-03-10, d: 01234, e: 12, f: 1.5, g: true, h: null, i: on, j: 1_000}"
    assert yaml.load(text, Loader=loader) == {
        "a": "no", "b": "10:30", "c": "2025-03-10", "d": "01234", "e": 12, "f": 1.5, "g": True, "h": None, "i": "on",
        "j": "1_000",
    }  # fmt: skip


@LOADERS
@pytest.mark.parametrize(
    ("text", "complaint"), [("a: 1\nb: 2\na: 3", "'a' stands twice"), ("{{x}: 1}: 2", "begins with a brace")]
)
def test_a_key_stands_once_and_is_a_text(loader: type[Loader], text: str, complaint: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match=complaint):
        yaml.load(text, Loader=loader)
