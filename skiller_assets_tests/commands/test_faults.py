"""What went wrong is told once for each reason, however many keys it stopped."""

from __future__ import annotations

from skiller_assets.build import Status, Step
from skiller_assets.commands.progress import faults, key_line

LIMIT = "the spending limit of 5 is reached"


def step(artifact: str, key: str | None, status: Status, reason: str = "") -> Step:
    return Step(artifact, key, status, reason)


def test_a_reason_of_one_key_is_told_with_what_followed() -> None:
    steps = [step("x1", "a", "built"), step("x2", "a", "failed", "no"), step("x3", "a", "skipped", "x2[a] failed")]
    assert faults(steps) == ["x2[a] failed: no", "  therefore not made of a: x3"]


def test_an_equal_reason_of_many_keys_is_told_once_with_their_number() -> None:
    steps = [step(name, f"k{n}", "skipped", LIMIT) for n in range(30) for name in ("x1", "x2")]
    steps[0] = step("x1", "k0", "failed", LIMIT)
    lines = faults(steps)
    assert lines[0] == f"1 failed, 29 skipped: {LIMIT}"
    assert lines[1].startswith("  x1[k0], x1[k1], ")
    assert lines[1].endswith("and 18 more")
    assert lines[2] == "  therefore not made: 30 artifacts of 30 keys"
    assert len(lines) == 3


def test_different_reasons_stay_apart() -> None:
    steps = [step("x1", "a", "failed", LIMIT), step("x1", "b", "failed", "no such row"), step("x1", "c", "built")]
    assert faults(steps) == [f"x1[a] failed: {LIMIT}", "x1[b] failed: no such row"]


def test_the_line_of_a_key_does_not_repeat_a_reason_that_was_told() -> None:
    steps = [step("x1", "a", "failed", LIMIT)]
    assert key_line(steps).endswith(f"x1 failed: {LIMIT}")
    assert key_line(steps, {LIMIT}).endswith("x1 failed: as above")
