"""Holds a server module against a frozen suite, in a process of its own; standard library only.

    python conformance_runner.py server.py world.sqlite suite.json --seconds 10

The module must offer ``list_tools()`` and ``open_session(world)``. A session has ``call(tool, arguments)`` (a dict with
status, result, rule, message), ``connection`` (the sqlite3 connection on its private copy) and ``close()``. The report
is one JSON object on standard output.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import itertools
import json
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

Row = tuple[Any, ...]
MOST_DETAIL = 600
_HEADER = 100
_LAYOUT = (slice(0, 18), slice(20, 24), slice(56, 60))
"""Parts of a database file's header: page size and what is kept free of each page, text encoding."""


class Mismatch(Exception):
    """What a case expected and what it got."""

    def __init__(self, step: int | None, expected: Any, got: Any) -> None:
        super().__init__(step, expected, got)
        self.step, self.expected, self.got = step, expected, got


class TooSlow(Exception):
    """A case that ran past its time."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupts what runs longer. Raises TooSlow."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"longer than {seconds} seconds")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


class Names:
    """New ids: what the suite calls one and what the server calls it, matched where answers first show them."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.unmatched: set[str] = set()

    def learn(self, expected: Any, got: Any) -> None:
        """Walk an expected and a given answer side by side and pair the ids that are new in both."""
        if isinstance(expected, str) and expected in self.unmatched and isinstance(got, str):
            self.known[got] = expected
            self.unmatched.discard(expected)
        elif isinstance(expected, dict) and isinstance(got, dict):
            for key in expected.keys() & got.keys():
                self.learn(expected[key], got[key])
        elif isinstance(expected, list) and isinstance(got, list):
            for one, other in zip(expected, got, strict=False):
                self.learn(one, other)

    def to_suite(self, value: Any) -> Any:
        """The value with the server's new ids replaced by the suite's."""
        return replaced(value, self.known)

    def to_server(self, value: Any) -> Any:
        """The value with the suite's new ids replaced by the server's."""
        return replaced(value, {theirs: ours for ours, theirs in self.known.items()})


def replaced(value: Any, names: dict[str, str]) -> Any:
    """A JSON value with some of its texts replaced, wherever they stand."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [replaced(item, names) for item in value]
    if isinstance(value, dict):
        return {key: replaced(item, names) for key, item in value.items()}
    return value


def canonical(value: Any) -> str:
    """JSON text that is equal for equal values only: 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)


def decoded(value: Any, type_: str) -> Any:
    """A column's value as JSON."""
    if value is None:
        return None
    if type_ == "money":
        return int(value) / 100
    if type_ == "boolean":
        return bool(value)
    return json.loads(value) if type_ == "list" else value


class Pages:
    """Tells which tables cannot have changed: those of which every page of the database file is as it was.

    Reading all rows of all tables again after every case is what takes longest.
    """

    def __init__(self, base: sqlite3.Connection, image: bytes) -> None:
        self.image = image
        self.size = int(base.execute("PRAGMA page_size").fetchone()[0])
        self.tables: dict[int, str] = {}
        with contextlib.suppress(sqlite3.OperationalError):  # an SQLite without the table dbstat: all rows are read
            pages = base.execute("SELECT pageno, tbl_name FROM dbstat JOIN sqlite_schema USING (name)")
            self.tables = {int(page): str(table) for page, table in pages}

    def changed(self, connection: sqlite3.Connection) -> set[str] | None:
        """The tables of which a page differs, by their own or an index's; None where any table may have changed."""
        if not self.tables or connection.in_transaction:
            return None
        now = connection.serialize()
        if any(now[part] != self.image[part] for part in _LAYOUT) or now[_HEADER : self.size] != self.schema:
            return None
        starts = range(self.size, len(self.image), self.size)
        differ = [at for at in starts if now[at : at + self.size] != self.image[at : at + self.size]]
        found = {self.tables.get(at // self.size + 1) for at in differ}
        return None if None in found else {table for table in found if table is not None}

    @property
    def schema(self) -> bytes:
        """The first page but for the file's header, which counts changes: where each table begins."""
        return self.image[_HEADER : self.size]


class Runner:
    """Runs the cases of one suite on one module."""

    def __init__(self, module: Any, world: Path, suite: dict[str, Any]) -> None:
        self.module = module
        self.world = world
        self.tables = suite["tables"]
        with contextlib.closing(sqlite3.connect(f"{world.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            self.base = {name: self.rows(base, name) for name in self.tables}
            self.pages = Pages(base, world.read_bytes())

    def rows(self, connection: sqlite3.Connection, table: str) -> list[Row]:
        """A table's rows as they come."""
        selected = ", ".join(f'"{column}"' for column in self.tables[table]["columns"])
        return connection.execute(f'SELECT {selected} FROM "{table}"').fetchall()

    def by_key(self, table: str, rows: list[Row | None]) -> dict[Row, Row]:
        """Rows by key, but for None."""
        places = [list(self.tables[table]["columns"]).index(column) for column in self.tables[table]["key"]]
        return {tuple(row[i] for i in places): row for row in rows if row is not None}

    def listing(self, expected: list[dict[str, Any]]) -> None:
        """The tools must be offered as the suite has them. Raises Mismatch."""
        ours = {tool["name"]: tool for tool in expected}
        theirs = {tool["name"]: tool for tool in self.module.list_tools()}
        for name in sorted(ours.keys() | theirs.keys()):
            if canonical(ours.get(name)) != canonical(theirs.get(name)):
                raise Mismatch(None, ours.get(name), theirs.get(name))

    def case(self, case: dict[str, Any]) -> None:
        """Run one case. Raises Mismatch."""
        sessions: dict[int, Any] = {}
        marks: dict[int, Any] = {}
        names = Names()
        try:
            for number, step in enumerate(case["steps"]):
                if step["session"] not in sessions:
                    session = sessions[step["session"]] = self.module.open_session(self.world)
                    marks[step["session"]] = self.mark(session)
                self.step(number, step, sessions[step["session"]], names)
            for index, expected in zip(sorted(sessions), case["diffs"], strict=True):
                self.compare_diff(expected, self.changes(sessions[index], marks[index]), names)
        finally:
            for session in sessions.values():
                session.close()

    def mark(self, session: Any) -> Any:
        """What tells later whether a session has changed anything."""
        return session.connection.total_changes

    def changes(self, session: Any, mark: Any) -> list[dict[str, Any]]:
        """What a session changed since then."""
        return [] if session.connection.total_changes == mark else self.diff(session.connection)

    def step(self, number: int, step: dict[str, Any], session: Any, names: Names) -> None:
        """One call and its answer. Raises Mismatch."""
        answer = session.call(step["tool"], names.to_server(step["arguments"]))
        names.unmatched |= set(step["new_ids"]) - set(names.known.values())
        names.learn(step["result"], answer.get("result"))
        fields = ["status", "result", "rule"] + ([] if step["status"] == "invalid" else ["message"])
        expected = {name: step[name] for name in fields}
        got = {name: names.to_suite(answer.get(name)) for name in fields}
        if canonical(expected) != canonical(got):
            raise Mismatch(number, expected, got)

    def diff(self, connection: sqlite3.Connection) -> list[dict[str, Any]]:
        """What a session changed, in the suite's form."""
        found: list[dict[str, Any]] = []
        changed = self.pages.changed(connection)
        for table in self.tables if changed is None else sorted(changed & self.tables.keys()):
            pairs = itertools.zip_longest(self.base[table], self.rows(connection, table))
            moved = [pair for pair in pairs if pair[0] != pair[1]]  # rows mostly stay where they are
            before, after = self.by_key(table, [old for old, _ in moved]), self.by_key(table, [new for _, new in moved])
            for key in before.keys() | after.keys():
                if before.get(key) != after.get(key):
                    found.append(self.change(table, key, before.get(key), after.get(key)))
        return found

    def change(
        self, table: str, key: tuple[Any, ...], before: tuple[Any, ...] | None, after: tuple[Any, ...] | None
    ) -> dict[str, Any]:
        """One row's change; an update names the columns that differ, all others the whole row without its key."""
        op = "insert" if before is None else "delete" if after is None else "update"
        columns = list(self.tables[table]["columns"].items())

        def side(row: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> dict[str, Any] | None:
            if row is None:
                return None
            return {
                column: decoded(row[i], type_)
                for i, (column, type_) in enumerate(columns)
                if column not in self.tables[table]["key"] and (other is None or row[i] != other[i])
            }

        return {"op": op, "table": table, "key": list(key), "before": side(before, after), "after": side(after, before)}

    def compare_diff(self, expected: list[dict[str, Any]], got: list[dict[str, Any]], names: Names) -> None:
        """Equal up to the names of new ids. Raises Mismatch."""
        got = names.to_suite(got)
        self.match_inserts(expected, got, names)
        got = names.to_suite(got)
        if sorted(map(canonical, expected)) != sorted(map(canonical, got)):
            ours, theirs = set(map(canonical, expected)), set(map(canonical, got))
            missing, extra = sorted(ours - theirs), sorted(theirs - ours)
            raise Mismatch(None, {"diff": [json.loads(c) for c in missing]}, {"diff": [json.loads(c) for c in extra]})

    @staticmethod
    def match_inserts(expected: list[dict[str, Any]], got: list[dict[str, Any]], names: Names) -> None:
        """Pair new ids that no answer has shown by the rows they stand for."""
        for change in expected:
            new = [part for part in change["key"] if part in names.unmatched]
            alike = [c for c in got if c["table"] == change["table"] and c["after"] == change["after"]]
            if change["op"] == "insert" and new and alike:
                names.learn(change["key"], alike[0]["key"])


def run(module: ModuleType, world: Path, suite: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The report: how many cases passed, and every failure with what was expected and got."""
    runner = Runner(module, world, suite)
    checks: list[tuple[str, Callable[[], None]]] = [("listing", lambda: runner.listing(suite["tools"]))]
    checks += [(case["id"], lambda case=case: runner.case(case)) for case in suite["cases"]]  # type: ignore[misc]
    failures = [failure for name, check in checks if (failure := attempt(name, check, seconds))]
    return {"suite": suite["hash"], "cases": len(checks), "failures": failures, "broken": None}


def attempt(name: str, check: Callable[[], None], seconds: float) -> dict[str, Any] | None:
    """One check's failure, or None; whatever a server raises is its failure and does not stop the run."""

    def timed() -> None:
        with time_limit(seconds):
            check()

    return failure_of(name, timed)


def failure_of(name: str, check: Callable[[], None]) -> dict[str, Any] | None:
    """What a check that takes whatever time it needs came to, if it failed."""
    try:
        check()
    except Mismatch as mismatch:
        expected, got = shown(mismatch.expected), shown(mismatch.got)
        return {"case": name, "step": mismatch.step, "expected": expected, "got": got}
    except Exception as error:  # noqa: BLE001 - the code under test may raise anything
        return {"case": name, "step": None, "expected": "an answer", "got": raised(error)}
    return None


def raised(error: BaseException) -> str:
    """An exception in one line, with where it was raised unless it was told by another process."""
    if getattr(error, "is_told", False):
        return str(error)[:MOST_DETAIL]
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} (line {last.lineno} of {Path(last.filename).name})"[:MOST_DETAIL]


def shown(value: Any) -> str:
    """A value for the report, cut where it is long."""
    text = canonical(value)
    return text if len(text) <= MOST_DETAIL else text[:MOST_DETAIL] + "…"


def load(path: Path) -> ModuleType:
    """Import the server as a module."""
    spec = importlib.util.spec_from_file_location("server_under_test", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Read the command line, run, print the report."""
    parser = argparse.ArgumentParser(description="Hold a server module against a conformance suite.")
    parser.add_argument("server", type=Path)
    parser.add_argument("world", type=Path)
    parser.add_argument("suite", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0, help="time limit of a case")
    options = parser.parse_args()
    suite = json.loads(options.suite.read_text(encoding="ascii"))
    with contextlib.redirect_stdout(sys.stderr):
        try:
            with time_limit(options.seconds):
                module = load(options.server)
            report = run(module, options.world, suite, options.seconds)
        except Exception as error:  # noqa: BLE001 - a module that cannot even be imported is a report, too
            broken = f"{type(error).__name__}: {error}"
            report = {"suite": suite["hash"], "cases": 0, "failures": [], "broken": broken[:MOST_DETAIL]}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
