"""How long to wait before a request is sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST = 0.5
_LONGEST = 30.0


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that an endpoint asks for (``retry-after-ms``, or ``retry-after`` as seconds or as a date; RFC 9110,
    10.2.3); None where it asks for none, or in no form that is known.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    try:
        moment: datetime = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def own_wait(request: bytes, tries: int) -> float:
    """Seconds before the next try where the endpoint says nothing: doubling, up to half a minute.

    Between half and all of it is drawn from the request, so that requests which failed together come back apart.
    """
    full = min(_LONGEST, _FIRST * 2 ** (tries - 1))
    draw = int.from_bytes(hashlib.sha256(b"%d:%b" % (tries, request)).digest()[:4], "big") / 2**32
    return float(full * (0.5 + draw / 2))
