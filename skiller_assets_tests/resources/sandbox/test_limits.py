"""What a confined program may take: past any limit it fails or ends, and the reason is told."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resources.sandbox import Sandbox
from skiller_assets_tests.resources.sandbox.boxes import SMALL, needs_bwrap, ran

pytestmark = needs_bwrap

MARK = str(1_000_000_000 + os.getpid())
"""What programs have in their command line by which they are found again: a number of seconds."""

ENDED = {
    "an endless loop": ("while True: pass", {"cpu_seconds": 1.0}, "it used more than 1 seconds of CPU time"),
    "endless loops in children": (
        "import os\nos.fork(); os.fork()\nwhile True: pass",
        {"cpu_seconds": 2.0},
        "it used more than 2 seconds of CPU time",
    ),
    "a sleep for ever": ("import time; time.sleep(1000)", {"wall_seconds": 0.5}, "it ran longer than 0.5 seconds"),
    "signals ignored": (
        "import signal, time\nfor n in range(1, 32):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n"
        "    except OSError:\n        pass\ntime.sleep(1000)",
        {"wall_seconds": 0.5},
        "it ran longer than 0.5 seconds",
    ),
    "words without end": ("while True: print('x' * 4096)", {}, "it printed more than 2 MiB"),
    "errors without end": (
        "import sys\nwhile True: sys.stderr.write('x' * 4096)",
        {},
        "it printed more than 2 MiB",
    ),
    "memory in children": (
        "import os, time\nfor _ in range(4):\n    if not os.fork():\n        x = bytearray(200 << 20); time.sleep(60)\n"
        "time.sleep(60)",
        {},
        "it used more than 384 MiB of memory",
    ),
}


@pytest.mark.parametrize("kind", sorted(ENDED))
def test_what_takes_too_much_is_ended_and_the_limit_is_told(kind: str) -> None:
    code, limits, why = ENDED[kind]
    done = ran(code, **limits)  # type: ignore[arg-type]
    assert (done.code, done.why) == (124, why)
    assert done.stderr.endswith(f"\nsandbox: {why}\n".encode())


def test_what_is_kept_of_what_it_prints_is_bounded() -> None:
    done = ran("while True: print('x' * 4096)")
    assert len(done.stdout) <= 2 * 1024 * 1024


FAILS = {
    "memory": ("x = []\nwhile True: x.append(bytearray(1 << 24))", "MemoryError"),
    "threads": (
        "import threading as t, time\n"
        "for _ in range(2000): t.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "can't start new thread",
    ),
    "processes": (
        "import os, time\nfor _ in range(1000):\n    if not os.fork(): time.sleep(60); os._exit(0)",
        "Resource temporarily unavailable",
    ),
    "one big file": (
        "f = open('/tmp/big', 'wb')\nwhile True: f.write(bytes(1 << 20))",
        "File too large",
    ),
    "many files on the disk": (
        "n = 0\nwhile True:\n    n += 1\n    open(f'/tmp/{n}', 'wb').write(bytes(1 << 20))",
        "No space left on device",
    ),
    "open files": ("x = []\nwhile True: x.append(open('/dev/null'))", "Too many open files"),
}


@pytest.mark.parametrize("kind", sorted(FAILS))
def test_what_takes_too_much_of_a_thing_does_not_get_it(kind: str) -> None:
    """Whoever is root here has given it up inside: the limit on processes binds only who is not."""
    code, error = FAILS[kind]
    done = ran(code)
    assert done.code == 1
    assert error in done.stderr.decode()


def test_a_fork_bomb_comes_to_nothing() -> None:
    """It doubles ten times at most, so that it comes to little even where there is no limit on it."""
    bomb = (
        f"# {MARK}\nimport os\nfor _ in range(10):\n    try:\n        os.fork()\n    except OSError:\n        pass\n"
        "while True: pass"
    )
    done = ran(bomb, cpu_seconds=2.0)
    assert done.why is not None
    assert left_over() == []


def test_nothing_outlives_its_program() -> None:
    done = ran(
        f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep({MARK})\n"
        "    os._exit(0)\nprint('done')"
    )
    assert (done.code, done.stdout) == (0, b"done\n")
    assert left_over() == []


@pytest.mark.parametrize("signal", ["terminate", "kill"])
def test_a_program_ends_with_whoever_started_it(signal: str) -> None:
    program = f"print('on', flush=True)\nimport time; time.sleep({MARK})"
    command = Sandbox(SMALL).command([sys.executable, "-I", "-c", program])
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        assert left_over() != []
        getattr(process, signal)()
    for _ in range(100):
        if not left_over():
            return
        time.sleep(0.05)
    pytest.fail("it still runs")


def left_over() -> list[bytes]:
    """What runs on this machine with the mark of this test process in its command line."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
        except OSError:
            continue
        found += [words] if MARK.encode() in words else []
    return found
