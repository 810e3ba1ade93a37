"""A signal is noted and never raised, and afterwards handled as before."""

from __future__ import annotations

import os
import signal
import threading

from skiller_assets.interrupts import interrupts_noted


def test_a_signal_sets_the_event_and_raises_nothing() -> None:
    with interrupts_noted() as noted:
        assert not noted.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        assert noted.wait(5)


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with interrupts_noted():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_another_thread_gets_an_event_that_is_never_set() -> None:
    found: list[bool] = []

    def look() -> None:
        with interrupts_noted() as noted:
            found.append(noted.is_set())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [False]
