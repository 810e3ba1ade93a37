"""The forms of a noun, as slots of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from resources.offline.catalogue import Noun
from skiller_assets.contract.english import plural, with_article


def identifier(text: str) -> str:
    """``boat tour`` as the name of a table or tool: ``boat_tour``."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def forms(slot: str, noun: Noun, name: str | None = None, table: str | None = None) -> Mapping[str, str]:
    """The slots that a noun fills.

    ``<slot>`` is its table (``table``, or else ``name``), ``.one`` and ``.many`` are the words for names of tools,
    ``.key`` the key column, ``.noun``, ``.plural`` and ``.a`` what people say, ``.prefix`` the letters of its ids.
    """
    many = noun.plural or plural(noun.noun)
    one = name or identifier(noun.noun)
    letters = noun.prefix or (re.sub(r"[^A-Z]", "", noun.noun.upper()) + "X")[:2]
    return {
        slot: table or one,
        f"{slot}.one": one,
        f"{slot}.many": identifier(many),
        f"{slot}.key": f"{one}_id",
        f"{slot}.noun": noun.noun,
        f"{slot}.plural": many,
        f"{slot}.a": with_article(noun.noun),
        f"{slot}.prefix": letters,
    }
