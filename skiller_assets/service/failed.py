"""What came of an artifact that could not be made, for the user to read: a failed build leaves no artifact."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skiller_assets.artifact import Inputs, as_json


def keep_transcript(inputs: Inputs, artifact: str, record: Mapping[str, Any]) -> Path:
    """Writes ``<home>/asks/failed/<artifact>/<key>.json`` in place of an earlier one; where it lies."""
    path = Path(inputs.settings.home) / "asks" / "failed" / artifact / f"{inputs.key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, pending = tempfile.mkstemp(dir=path.parent, suffix=".pending")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(as_json(record))
    os.replace(pending, path)
    return path
