"""JSON Merge Patch (RFC 7396): changing a large value by saying only what changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from skiller_assets.ask.reading import json_in


def patched(target: Any, patch: Any) -> Any:
    """The value after a patch: members of objects are replaced one by one, null removes one, all else is replaced."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = patched(found.get(name), value)
    return found


def difference(before: Any, after: Any) -> Any:
    """A patch that turns one object into another. Members that are null in ``after`` cannot be told from absent ones
    (RFC 7396, section 1).
    """
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return after
    gone = {name: None for name in before if name not in after}
    changed = {
        name: difference(before.get(name), value)
        for name, value in after.items()
        if name not in before or before[name] != value
    }
    return {**gone, **changed}


def drafted(replies: Iterable[str]) -> dict[str, Any] | None:
    """What a first reply and the patches that followed it amount to; replies that hold no object change nothing.

    None when there was no object yet.
    """
    draft: dict[str, Any] | None = None
    for reply in replies:
        try:
            found = json.loads(json_in(reply))
        except ValueError:
            continue
        if isinstance(found, dict):
            draft = found if draft is None else patched(draft, found)
    return draft
