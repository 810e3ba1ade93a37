"""Dates, times and amounts as people say them in passing."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from resources.offline.draws import Draws
from skiller_assets.contract.wording import ordinal, parse_moment, say_clock, say_date, say_day, say_list, say_value

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FAR_DAYS = 300


def speak(value: Any, currency: str, now: datetime, draws: Draws) -> str:
    """A value of a record in conversation, true to the world's now: "next Tuesday", "March 14", "$25"."""
    moment = parse_moment(value)
    if isinstance(moment, datetime):
        return f"{speak_day(moment.date(), now.date(), draws)} at {_clock(moment, draws)}"
    if isinstance(moment, date):
        return speak_day(moment, now.date(), draws)
    if isinstance(moment, time):
        return _clock(moment, draws)
    if isinstance(value, float):
        return _amount(value, currency, draws)
    if isinstance(value, list):
        return say_list([speak(item, currency, now, draws) for item in value])
    return say_value(value, currency)


def speak_day(day: date, today: date, draws: Draws) -> str:
    """A day in words; one whose year does not go without saying is given in full."""
    if abs((day - today).days) > _FAR_DAYS:
        return say_date(day)
    relative = _relative(day, today)
    if relative and draws.chance(60):
        return relative
    return draws.pick([say_day(day), f"{say_day(day)}{ordinal(day.day)}", _with_weekday(day)])


def is_relative(spoken: str) -> bool:
    """Whether a spoken day goes without "on": tomorrow, this Friday, next Tuesday."""
    return re.match(r"(today|tomorrow|yesterday|this|next|last)\b", spoken) is not None


def _relative(day: date, today: date) -> str | None:
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
    if near:
        return near
    monday = today - timedelta(days=today.weekday())
    week = (day - timedelta(days=day.weekday()) - monday).days // 7
    if week == 0 and day > today:
        return f"this {_WEEKDAYS[day.weekday()]}"
    if week == 1:
        return f"next {_WEEKDAYS[day.weekday()]}"
    return None


def _with_weekday(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]}, {say_day(day)}"


def _clock(moment: time | datetime, draws: Draws) -> str:
    if moment.minute == 0 and moment.hour not in (0, 12):
        hour = moment.hour % 12
        return draws.pick([f"{hour} {'am' if moment.hour < 12 else 'pm'}", say_clock(moment)])
    return say_clock(moment)


def _amount(value: float, currency: str, draws: Draws) -> str:
    if currency != "USD":
        return say_value(value, currency)
    sign, size = "-" if value < 0 else "", abs(value)
    if size == int(size):
        return sign + draws.pick([f"${int(size):,}", f"{int(size):,} dollars"])
    return f"{sign}${size:,.2f}"
