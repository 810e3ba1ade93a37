"""Expanding a grammar: symbols with alternatives, some of them only for certain people."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from resources.offline.draws import Draws

_SLOT = re.compile(r"\{([a-z_]+)(\??)\}")


class Grammar:
    """Rules as a data file gives them: symbol -> alternatives, or symbol -> {tag: alternatives}.

    Alternatives under a tag are open to people with that tag, those under ``any`` to everybody. An alternative may
    name symbols and slots in braces; one that names a slot without a value is passed over, unless it says that it can
    do without (``{extra?}``). A slot's value is taken as it is. Nothing is said the same way twice while there is
    another.
    """

    def __init__(self, rules: Mapping[str, Any], tags: Collection[str], slots: Mapping[str, str], draws: Draws) -> None:
        self._rules = rules
        self._tags = frozenset(tags) | {"any"}
        self._slots = dict(slots)
        self._draws = draws
        self._used: set[str] = set()

    def expand(self, symbol: str, **slots: str) -> str:
        """A drawn expansion of a symbol, "" when no alternative is open. ``slots`` add to those of the grammar."""
        filled = {**self._slots, **slots}
        open_ = [text for text in self._alternatives(symbol) if self._usable(text, filled)]
        if not open_:
            return ""
        chosen = self._draws.pick([text for text in open_ if text not in self._used] or open_)
        self._used.add(chosen)
        return _SLOT.sub(lambda match: self._fill(match[1], filled, slots), chosen)

    def _fill(self, name: str, filled: Mapping[str, str], slots: Mapping[str, str]) -> str:
        if name in filled or name not in self._rules:
            return filled.get(name, "")
        return self.expand(name, **slots)

    def _alternatives(self, symbol: str) -> list[str]:
        found = self._rules[symbol]
        if isinstance(found, list):
            return found
        return [text for tag, texts in found.items() if tag in self._tags for text in texts]

    def _usable(self, text: str, filled: Mapping[str, str]) -> bool:
        return all(
            optional or filled.get(name) or (name in self._rules and name not in filled)
            for name, optional in _SLOT.findall(text)
        )
