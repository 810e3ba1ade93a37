"""What was sent to a model, readable: one file for each prompt."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from skiller_assets.ask.errors import CacheFailed
from skiller_assets.ask.provider import Prompt


class Journal:
    """A folder with a JSON file for each prompt: its name, role, text, and what the text was made from.

    Files go by a hash of the text, so that the same prompt is noted once, by whoever sends it first.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, prompt: Prompt) -> None:
        """Writes down a prompt that is about to be sent. Raises :class:`CacheFailed` when the disk does not take it."""
        path = self._folder / f"{name_of(prompt.text)}.json"
        if path.exists():
            return
        record = {"name": prompt.name, "role": prompt.role, "text": prompt.text, "variables": dict(prompt.variables)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            pending = path.with_suffix(f".{os.getpid()}.{id(prompt):x}.tmp")
            pending.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
            os.replace(pending, path)
        except OSError as error:
            raise CacheFailed(f"what is asked cannot be noted in {self._folder}: {error.strerror}") from error


def name_of(text: str) -> str:
    """The name of the file of a prompt, without its suffix."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
