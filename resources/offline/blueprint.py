"""The whole contract of a service, composed from the catalogue; mended where an earlier composition was rejected."""

from __future__ import annotations

from typing import Any

from resources.offline.catalogue import Catalogue
from resources.offline.composer import compose
from resources.offline.topics import service_of
from skiller_assets.ask import Prompt


def write(prompt: Prompt, catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """The contract as a domain file would say it. Raises CannotAnswer for an unknown topic."""
    name = prompt.variables["topic"]["domain"]
    service_of(catalogue, name)
    complaints = [complaint for turn in prompt.rejected for complaint in turn.complaints]
    return compose(catalogue, name, seed, complaints, attempt=len(prompt.rejected))
