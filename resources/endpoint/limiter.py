"""How many requests are in flight: as many as an endpoint takes, found by trying."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_CUT = 0.5


class Limiter:
    """A gate for threads that adapts: every answer widens it a little, every rejection halves it (AIMD).

    Additive increase and multiplicative decrease find the share that an endpoint grants without being told
    (Chiu and Jain, 1989). A wait that the endpoint asked for holds for everybody, since everybody shares its quota.

    ``most`` is never exceeded, and one is always let through. For each place one of those who wait is woken: to wake
    hundreds for one costs more than a request.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._width = float(most)
        self._in_flight = 0
        self._closed_until = 0.0
        self._cut_at = 0.0
        self._changed = threading.Condition()

    @property
    def width(self) -> int:
        """How many may be in flight at the moment."""
        return max(1, int(self._width))

    @contextmanager
    def slot(self, patience: float) -> Iterator[float]:
        """One place among those in flight, given back at the end; gives the moment at which it was had.

        Others who have a place are waited for as long as it takes: each of them gives it back in a bounded time. Raises
        :class:`TimeoutError` where the endpoint wants nothing for more than ``patience`` seconds from now.
        """
        self._enter(patience)
        try:
            yield self._clock()
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def accepted(self) -> None:
        """An answer came: a whole round of them makes room for one more."""
        with self._changed:
            self._width = min(float(self._most), self._width + 1 / self._width)
            self._changed.notify()

    def rejected(self, sent_at: float, wait: float = 0.0) -> None:
        """The endpoint had too much of a request sent at a moment; nobody sends within ``wait`` seconds.

        Requests that were sent before the last cut tell nothing new about the narrower gate.
        """
        with self._changed:
            now = self._clock()
            if sent_at >= self._cut_at:
                self._width = max(1.0, self._width * _CUT)
                self._cut_at = now
            self._closed_until = max(self._closed_until, now + wait)

    def _enter(self, patience: float) -> None:
        with self._changed:
            while True:
                closed_for = self._closed_until - self._clock()
                if closed_for <= 0 and self._in_flight < self.width:
                    self._in_flight += 1
                    return
                if closed_for > patience:
                    self._changed.notify()  # whoever was woken for a place and cannot wait for it passes it on
                    raise TimeoutError
                self._changed.wait(closed_for if closed_for > 0 else None)
