"""The embedded author: deterministic, without network or key, with a limited imagination.

It reads the structured form of an ask and composes its reply from the grammar and word lists in ``data/``. A rejected
reply makes it draw anew. What it does not know how to write, it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from resources.offline import background, personas, query, relations, server_code, storylines
from resources.offline.draws import Draws
from resources.offline.words import edition
from skiller_assets.ask import Completion, Prompt, ProviderFailed, Role

Writer = Callable[[Mapping[str, Any], Draws], dict[str, Any]]

_WRITERS: dict[str, Writer] = {
    "entity_relations": relations.write,
    "personas": personas.write,
    "policy_background": background.write,
    "query": query.write,
    "server_code": server_code.write,
    "storylines": storylines.write,
}


class OfflineAuthor:
    """A provider whose replies depend on the ask, its seed and its edition only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @property
    def version(self) -> str:
        """The edition of the author's code and data."""
        return edition()

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"seed": self._seed}

    def model(self, role: Role) -> str:
        """One author plays both roles."""
        return f"offline-{role}"

    def complete(self, prompt: Prompt) -> Completion:
        """The reply as JSON. Raises :class:`ProviderFailed` for an ask outside its repertoire."""
        writer = _WRITERS.get(prompt.name)
        if writer is None:
            known = ", ".join(sorted(_WRITERS))
            raise ProviderFailed(f"the offline author cannot answer the ask {prompt.name!r}; it knows: {known}")
        draws = Draws(self._seed, prompt.name, _identity(prompt.variables), attempt=len(prompt.rejected))
        return Completion(json.dumps(writer(prompt.variables, draws), ensure_ascii=False))


def _identity(variables: Mapping[str, Any]) -> str:
    return json.dumps(variables, sort_keys=True, ensure_ascii=False)
