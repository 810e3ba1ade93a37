"""Waits are those that the endpoint asks for, or else doubling ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from resources.endpoint.structured import is_strict
from resources.endpoint.waits import asked_wait, own_wait

NOW = datetime(2025, 3, 10, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Mon, 10 Mar 2025 09:00:20 GMT"}, 20.0),
        ({"retry-after": "Mon, 10 Mar 2025 08:00:20 GMT"}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
    ],
)
def test_the_header_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait(headers, NOW) == seconds


def test_own_waits_double_up_to_half_a_minute_and_differ_between_requests() -> None:
    waits = [own_wait(b"a", tries) for tries in range(1, 12)]
    for tries, wait in enumerate(waits, 1):
        full = min(30.0, 0.5 * 2 ** (tries - 1))
        assert full / 2 <= wait <= full
    assert own_wait(b"a", 3) == waits[2] != own_wait(b"b", 3)


CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": []}, False),
        ({"type": "object", "properties": {}, "required": []}, False),
        ({**CLOSED, "properties": {"a": {"type": "object", "additionalProperties": {"type": "string"}}}}, False),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": CLOSED}}}, True),
        ({**CLOSED, "$defs": {"b": {**CLOSED, "additionalProperties": True}}}, False),
    ],
)
def test_strict_mode_is_asked_for_only_where_the_schema_is_closed(schema: dict[str, object], strict: bool) -> None:
    assert is_strict(schema) is strict
