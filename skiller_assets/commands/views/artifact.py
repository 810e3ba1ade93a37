"""One artifact of one key: what is known about it, and its files, each in the way that suits its kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import apsw

from resources.store import Manifest, label
from skiller_assets.commands.shelf import Shelf
from skiller_assets.commands.terminal import counted, place, seconds, table

_RECORDS, _ROWS, _WIDTH = 5, 3, 40


def artifact_view(shelf: Shelf, artifact: str, key: str | None) -> str:
    """The artifact as text. Raises Fault when it is not built, BrokenArtifact when it is not whole."""
    found = shelf.manifest(artifact, key)
    folder = shelf.store.folder(artifact, key)
    parts = ["\n".join(_head(found, folder))]
    for name in sorted(found.files):
        show = _VIEWS.get(Path(name).suffix, _text)
        parts.append(f"── {name}\n{show(folder / name)}")
    return "\n\n".join(parts)


def _head(found: Manifest, folder: Path) -> Iterator[str]:
    yield f"{label(found.artifact, found.key)}: {found.verdict}{f' ({found.reason})' if found.reason else ''}"
    yield f"  made    {found.made_at} in {seconds(found.seconds)}, content {found.hash[:12]}"
    yield f"  holds   {counted(found.counts)}"
    yield f"  from    {', '.join(sorted(found.inputs)) or 'nothing'}"
    for check in found.checks:
        yield f"  check   {check.name}: {'passed' if check.passed else check.reason}"
    yield f"  folder  {place(folder)}"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip()


def _json(path: Path) -> str:
    return json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False, indent=2)


def _jsonl(path: Path) -> str:
    """The first records; the rest is counted."""
    with path.open(encoding="utf-8") as lines:
        first = [json.dumps(json.loads(line), ensure_ascii=False, indent=2) for line in islice(lines, _RECORDS)]
        rest = sum(1 for _ in lines)
    return "\n".join([*first, *([f"… and {rest} more records"] if rest else [])])


def _database(path: Path) -> str:
    """Every table with its number of rows and the first of them."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return "\n\n".join(_table(connection, str(name)) for name in sorted(map(str, names)))
    finally:
        connection.close()


def _table(connection: apsw.Connection, name: str) -> str:
    cursor = connection.execute(f'SELECT * FROM "{name}" LIMIT {_ROWS}')
    heads = [column[0] for column in connection.execute(f'SELECT * FROM "{name}" LIMIT 1').get_description()]
    rows = [[str(value)[:_WIDTH] for value in row] for row in cursor]
    (total,) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() or (0,)
    return f"{name}: {total} rows\n{table(heads, rows, indent='  ')}"


def _picture(path: Path) -> str:
    return f"a picture: {place(path)}"


_VIEWS: dict[str, Callable[[Path], str]] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".sqlite": _database,
    ".png": _picture,
    ".svg": _picture,
}
