"""Spans of time relative to the world's now, as the lists of days and instants that they allow."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from skiller_assets.contract.model import DateRange

_MINUTES_A_DAY = 1440
_SATURDAY = 5
_WHOLE_DAY = "00:00-23:59"


@lru_cache(maxsize=64)
def days(span: DateRange, now: str) -> npt.NDArray[np.str_]:
    """Every day of the span as ISO text, both ends included; only Mondays to Fridays where it says so."""
    instant = dt.datetime.fromisoformat(now)
    first, last = shifted(instant, span.start).date(), shifted(instant, span.end).date()
    return _texts(_days(first, last, span.weekdays))


@lru_cache(maxsize=64)
def instants(span: DateRange, now: str) -> npt.NDArray[np.str_]:
    """Every instant of the span as ISO text: on its days, within its hours, on its grid of minutes.

    The ends are instants, not days: ``to: 0d`` allows nothing after now.
    """
    instant = dt.datetime.fromisoformat(now)
    first, last = shifted(instant, span.start), shifted(instant, span.end)
    opens, closes = (_minute(text) for text in (span.hours or _WHOLE_DAY).split("-"))
    grid = np.arange(opens, closes + 1, span.every).astype("timedelta64[m]")
    whole = _days(first.date(), last.date(), span.weekdays).astype("datetime64[m]")
    found = (whole[:, None] + grid[None, :]).ravel()
    found = found[(found >= np.datetime64(first, "m")) & (found <= np.datetime64(last, "m"))]
    return _texts(found.astype("datetime64[s]"))


def shifted(instant: dt.datetime, offset: str) -> dt.datetime:
    """The instant moved by ``-30d`` or ``+2y``; February 29 becomes 28 where the year has none."""
    amount = int(offset[:-1])
    if offset.endswith("d"):
        return instant + dt.timedelta(days=amount)
    year = instant.year + amount
    try:
        return instant.replace(year=year)
    except ValueError:
        return instant.replace(year=year, day=28)


def _days(first: dt.date, last: dt.date, weekdays: bool) -> npt.NDArray[np.datetime64]:
    found = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    if weekdays:
        # 1970-01-01 was a Thursday, day 3 of a week that begins with Monday.
        found = found[(found.astype(np.int64) + 3) % 7 < _SATURDAY]
    return found


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return min(int(hours) * 60 + int(minutes), _MINUTES_A_DAY - 1)


def _texts(moments: npt.NDArray[np.datetime64]) -> npt.NDArray[np.str_]:
    return np.asarray(np.datetime_as_string(moments), dtype=np.str_)
