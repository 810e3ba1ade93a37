"""Whether a doubtful edge between two tools holds, judged by what its names alone could not settle.

The names are alike enough to be asked about. What speaks for an edge beyond them: both tools are about one object, or
the two descriptions share words. One of the two is enough; without either an edge stays in doubt and does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws

_SHARED_WORDS = 2
_TELLING = re.compile(r"[a-z]{5,}")


def write(variables: Mapping[str, Any], _: Draws) -> dict[str, Any]:
    """``{"verdicts": [{number, holds}]}``; nothing in it is drawn."""
    return {"verdicts": [{"number": edge["number"], "holds": _holds(edge)} for edge in variables["edges"]]}


def _holds(edge: Mapping[str, Any]) -> bool:
    source, target = edge["source"]["object"], edge["target"]["object"]
    if source and source == target:
        return True
    texts = (edge["result_describe"], edge["parameter_describe"])
    shared = set.intersection(*(set(_TELLING.findall(text.lower())) for text in texts))
    return len(shared) >= _SHARED_WORDS
