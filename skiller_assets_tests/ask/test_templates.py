"""Templates are filled in for readers, not for browsers."""

from __future__ import annotations

from pathlib import Path

from skiller_assets.ask.templates import template


def test_json_keeps_its_order_and_its_signs(tmp_path: Path) -> None:
    path = tmp_path / "prompt.md"
    path.write_text("{{ value | tojson }}")
    value = {"b": "SELECT status <> 'open' AND n & 1", "a": "für"}
    assert template(path).render(value=value) == '{"b": "SELECT status <> \'open\' AND n & 1", "a": "für"}'
