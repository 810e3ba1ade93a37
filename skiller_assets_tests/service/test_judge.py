"""Servers that nobody has vouched for: they pass only by being right, and what they cost is their own trial."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from resources.sandbox import Limits, Sandbox, Unconfined
from skiller_assets.enclosure import Enclosure
from skiller_assets.service.conformance import derive_suite
from skiller_assets.service.suite import Suite
from skiller_assets.service.trial import Report, run_conformance
from skiller_assets.world.image import World
from skiller_assets_tests.resources.sandbox.boxes import needs_bwrap
from skiller_assets_tests.service.servers import laid_out, library_suite, server_source, spoiled
from skiller_assets_tests.service.test_conformance import FAULTS

pytestmark = needs_bwrap

SMALL = Sandbox(Limits(wall_seconds=60.0, cpu_seconds=20.0, memory_mb=384, processes=16, disk_mb=8))
BORROW = '"""Lend a book to the member. Needs an authorized member. Changes data: get the customer\'s yes first."""\n'


def tried(
    folder: Path, code: str, enclosure: Enclosure = SMALL, seconds: float = 5.0, suite: Suite | None = None
) -> Report:
    return run_conformance(*laid_out(folder, code), suite or library_suite(), seconds, enclosure)


def when_borrowing(code: str) -> str:
    """The right server, but for what it does whenever a book is lent."""
    return spoiled(server_source(), (BORROW, BORROW + "".join(f"    {line}\n" for line in code.splitlines())))


def at_first(code: str) -> str:
    """The right server, but for what it does when it is imported."""
    return spoiled(server_source(), ("WORLD = Path(", f"{code}\n\nWORLD = Path("))


def test_the_right_server_passes_as_it_does_without_a_sandbox(tmp_path: Path) -> None:
    assert tried(tmp_path, server_source()) == run_conformance(*laid_out(tmp_path, server_source()), library_suite())


def test_the_right_server_of_every_domain_passes(tmp_path: Path, generated_world: World) -> None:
    files = laid_out(tmp_path, server_source(generated_world), generated_world)
    report = run_conformance(*files, derive_suite(generated_world), enclosure=SMALL)
    assert report.passed, report.complaints()


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_fails_the_very_cases_that_it_fails_without_a_sandbox(tmp_path: Path, fault: str) -> None:
    """Where sessions share their state, what another case did shows as well."""
    code = spoiled(server_source(), *((change["text"], change["becomes"]) for change in FAULTS[fault]))
    confined = tried(tmp_path, code)
    free = run_conformance(*laid_out(tmp_path, code), library_suite())
    assert not confined.passed
    cases = [f.case for f in free.failures], [f.case for f in confined.failures]
    assert cases[0] == cases[1] if fault != "sessions share their state" else len(cases[0]) <= len(cases[1])


FORGERIES = {
    "prints a report and ends": (
        'print(\'{"suite": "x", "cases": 56, "failures": [], "broken": null}\', flush=True)\nimport os\nos._exit(0)'
    ),
    "writes a report into everything that is open": (
        "import os\nfor n in range(3, 64):\n    try:\n"
        '        os.write(n, b\'{"suite": "x", "cases": 56, "failures": [], "broken": null}\\n\')\n'
        "    except OSError:\n        pass"
    ),
    "answers before it is asked": (
        "import os\nfor n in range(3, 64):\n    try:\n"
        '        os.write(n, b"".join(b\'{"id": %d, "value": null}\\n\' % i for i in range(5000)))\n'
        "    except OSError:\n        pass"
    ),
    "replaces what serves it": (
        "import sys\nmain = sys.modules['__main__']\n"
        "main.Host.do = lambda self, request: {'status': 'ok', 'result': None, 'rule': None, 'message': ''}\n"
        "main.Host.image = lambda self, connection: {'bytes': 0, 'page': 0, 'differ': [], 'pages': ''}"
    ),
    "replaces json and equality": ("import json\njson.dumps = lambda *a, **k: '{}'\njson.loads = lambda *a, **k: {}"),
    "is a module with the right names and nothing behind them": (
        "class S:\n    connection = None\n    def call(self, *a): return {}\n    def close(self): pass\n"
        "def open_session(world): return S()\ndef list_tools(): return []"
    ),
}


@pytest.mark.parametrize("kind", sorted(FORGERIES))
def test_a_verdict_cannot_be_forged(kind: str, tmp_path: Path) -> None:
    report = tried(tmp_path, FORGERIES[kind] + "\n")
    assert not report.passed
    assert report.suite == library_suite().hash
    assert report.broken is not None or len(report.failures) > 1


def test_what_is_expected_is_nowhere_to_be_read(tmp_path: Path) -> None:
    """A server that looks through all files it sees, its own process and its arguments, and fails if it finds some."""
    looks = (
        "import os, sys\nfor _folder, _inner, _names in os.walk('/'):\n"
        "    if _folder in ('/usr', '/proc', sys.prefix, sys.base_prefix):\n        _inner.clear()\n"
        "        continue\n    assert not [n for n in _names if n.endswith('.json')], _folder\n"
        "assert not [w for w in sys.argv if 'suite' in w]"
    )
    report = tried(tmp_path, at_first(looks))
    assert report.passed, report.complaints()


def test_a_preview_that_is_not_undone_shows_although_its_answer_is_right(tmp_path: Path) -> None:
    """What a session counts as its own changes is not asked: here it counts none."""
    code = spoiled(
        server_source(),
        ('self.connection.execute("ROLLBACK TO call")', "pass"),
        ("class Session:\n", "class Quiet(sqlite3.Connection):\n    total_changes = 0\n\n\nclass Session:\n"),
        ('sqlite3.connect(":memory:", ', 'sqlite3.connect(":memory:", factory=Quiet, '),
        ("before = self.connection.total_changes", "before = 0"),
        ("self.connection.execute(sql, {**CONSTANTS, **values})\n        changed = self.connection.total_changes",
         "changed = self.connection.execute(sql, {**CONSTANTS, **values}).rowcount"),
    )  # fmt: skip
    report = tried(tmp_path, code)
    assert "confirmation/return_book/preview" in [failure.case for failure in report.failures]


@pytest.mark.parametrize("swallows", [False, True])
def test_the_world_file_cannot_be_written(tmp_path: Path, swallows: bool) -> None:
    ends = "except sqlite3.Error:\n        pass" if swallows else "finally:\n        pass"
    code = spoiled(
        server_source(),
        (
            '    """A fresh session on a world file."""\n',
            "    try:\n        with sqlite3.connect(world) as file:\n"
            f"            file.execute(\"UPDATE loan SET status = 'returned'\")\n    {ends}\n",
        ),
    )
    server, world = laid_out(tmp_path, code)
    before = world.read_bytes()
    report = run_conformance(server, world, library_suite(), enclosure=SMALL)
    assert world.read_bytes() == before
    assert report.passed == swallows
    if not swallows:
        assert any("readonly database" in failure.got for failure in report.failures)


def test_without_a_sandbox_a_changed_world_is_found_out_and_the_artifact_keeps_its_own(tmp_path: Path) -> None:
    code = at_first(
        "import sys\nwith open(sys.argv[2], 'r+b') as _file:\n"
        "    _found = _file.read()\n    _file.seek(_found.rindex(b'open'))\n    _file.write(b'shut')"
    )
    server, world = laid_out(tmp_path, code)
    before = world.read_bytes()
    report = run_conformance(server, world, library_suite(), enclosure=Unconfined())
    assert report.broken == "it changed the world file, which every session begins with"
    assert world.read_bytes() == before


COSTLY = {
    "loops": ("while True: pass", 1.0, "TooSlow: longer than 1 seconds"),
    "loops and cannot be interrupted": (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
        0.5,
        "no answer within",
    ),
    "ends the process": ("import os\nos._exit(3)", 5.0, "its process ended with 3"),
    "kills its group": ("import os\nos.killpg(0, 9)", 5.0, "its process ended with"),
    "fills memory": ("x = []\nwhile True: x.append(bytearray(1 << 24))", 5.0, "MemoryError"),
    "prints for ever": ("while True: print('x' * 100000)", 5.0, "it printed more than 64 MiB"),
    "answers without end": ("return ok('x' * (100 << 20))", 5.0, "an answer of more than"),
    "answers what is no answer": ("return {'status': {1, 2}}", 5.0, "TypeError"),
    "answers too deep": ("x = []\nfor _ in range(900): x = [x]\nreturn ok(x)", 5.0, ""),
    "raises what is no Exception": ("raise KeyboardInterrupt", 5.0, "its process ended with"),
    "raises out of exit": ("raise SystemExit(0)", 5.0, "its process ended with 0"),
}


@pytest.mark.parametrize("kind", sorted(COSTLY))
def test_what_one_call_costs_fails_its_case_and_is_told(kind: str, tmp_path: Path) -> None:
    code, seconds, got = COSTLY[kind]
    cases = library_suite().cases
    lends = [c for c in cases if any(s.tool == "borrow_book" and s.status != "unauthorized" for s in c.steps)][:2]
    others = [c for c in cases if all(s.tool != "borrow_book" for s in c.steps)][:4]
    few = replace(library_suite(), cases=(lends[0], *others, lends[1]))
    report = tried(tmp_path, when_borrowing(code), seconds=seconds, suite=few)
    assert {failure.case for failure in report.failures} == {case.id for case in lends}
    assert all(got in failure.got for failure in report.failures), [f.got for f in report.failures]


def test_a_server_that_hangs_again_and_again_is_not_waited_for_in_every_case(tmp_path: Path) -> None:
    code = spoiled(server_source(), ("        called = TOOLS.get(name)", "        time.sleep(60)"))
    began = time.monotonic()
    report = tried(tmp_path, code, seconds=0.2)
    assert time.monotonic() - began < 30
    assert len(report.failures) == len(library_suite().cases)
    assert sum("was not tried: 5 cases before it hung" in failure.got for failure in report.failures) > 40


DATABASES = {
    "no database": "return b'SQLite format 3\\0' + bytes(8000)",
    "of another size": "return bytes(1 << 26)",
    "empty": "return b''",
    "another schema": (
        "other = sqlite3.connect(':memory:')\n"
        "        other.execute('CREATE VIEW loan AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
        "SELECT i AS loan_id FROM n')\n        return other.serialize()"
    ),
    "damaged pages": (
        "found = bytearray(super().serialize())\n        found[5000:9000] = bytes(range(250)) * 16\n"
        "        return bytes(found)"
    ),
}


@pytest.mark.parametrize("kind", sorted(DATABASES))
def test_a_database_that_is_none_fails_the_cases_that_look_at_it(kind: str, tmp_path: Path) -> None:
    code = spoiled(
        server_source(),
        (
            "class Session:\n",
            f"class Odd(sqlite3.Connection):\n    def serialize(self, **_):\n        {DATABASES[kind]}\n\n\n"
            "class Session:\n",
        ),
        ('sqlite3.connect(":memory:", ', 'sqlite3.connect(":memory:", factory=Odd, '),
    )
    report = tried(tmp_path, code)
    assert report.broken is None
    assert len(report.failures) > 40


def test_a_module_that_cannot_be_imported_is_told_with_its_line(tmp_path: Path) -> None:
    report = tried(tmp_path, "import no_such_module\n")
    assert report.broken == "ModuleNotFoundError: No module named 'no_such_module' (line 1 of server.py)"


def test_a_module_that_takes_for_ever_to_import_is_stopped(tmp_path: Path) -> None:
    report = tried(tmp_path, "while True: pass\n", seconds=0.3)
    assert report.broken is not None
    assert "TooSlow" in report.broken
