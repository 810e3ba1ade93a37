"""Ctrl-C and termination, noted instead of raised.

An exception that a signal handler raises can come up anywhere, in a finalizer too, where Python drops it: the program
would go on as if nothing had been pressed. A flag that the loop looks at cannot get lost.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts_noted() -> Iterator[threading.Event]:
    """An event that the first SIGINT or SIGTERM sets; outside the main thread, which gets none, it is never set."""
    noted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield noted
        return

    def note(number: int, frame: FrameType | None) -> None:
        noted.set()

    before = {number: signal.signal(number, note) for number in _SIGNALS}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
