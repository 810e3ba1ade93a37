"""A user's own catalogue for tests: services made from one that is bundled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from resources.offline.catalogue_files import load_catalogue

PATTERN = "yoga_school"
"""The bundled service that others are made from."""


def service(**changes: Any) -> dict[str, Any]:
    """A service as a catalogue file says it: the pattern with some changes, and no seed."""
    found = load_catalogue().services[PATTERN].model_dump(mode="json", exclude_unset=True)
    return {**found, "seed": False, **changes}


def write_catalogue(root: Path, **sections: Any) -> Path:
    """Writes ``catalogue/own.yaml`` of a project; its path."""
    (root / "catalogue").mkdir(exist_ok=True)
    path = root / "catalogue" / "own.yaml"
    path.write_text(yaml.safe_dump(sections, sort_keys=False), encoding="utf-8")
    return path
