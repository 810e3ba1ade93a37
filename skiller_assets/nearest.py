"""What to say of a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SEPARATOR = "__"


def advise(name: str, known: Iterable[str]) -> str:
    """``did you mean airline?``: the name that is nearest, or else all there are, in the order given.

    Of a pair named the wrong way round (``clinic__airline``) the right way round is nearest.
    """
    names = list(known)
    turned = _SEPARATOR.join(sorted(name.split(_SEPARATOR)))
    near = [turned] if turned in names else difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names) or 'none'}"
