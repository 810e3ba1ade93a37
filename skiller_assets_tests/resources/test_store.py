"""The store keeps what it was given, whole or not at all, and knows when somebody else changed it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resources.store import BrokenArtifact, Busy, CheckResult, Manifest, Store, StoreError, content_hash

WRITE = """
import os, resource, sys
from pathlib import Path
from skiller_assets_tests.resources.test_store import keep
from resources.store import Store, StoreError
home, content, dies_at, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
seen = 0
def die(event, arguments):
    global seen
    if armed and event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"):
        seen += 1
        if seen == dies_at:
            os._exit(9)
armed = False
sys.addaudithook(die)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
armed = True
try:
    keep(Store(home), content * (limit + 1 if limit else 1))
except StoreError as error:
    sys.exit(str(error))
"""


def manifest(files: dict[str, str], **changed: object) -> Manifest:
    fields: dict[str, object] = {
        "artifact": "blueprint",
        "key": "airline",
        "hash": content_hash(files),
        "files": files,
        "inputs": {"entities/_": "e1"},
        "code": "c1",
        "settings": "s1",
        "verdict": "good",
        "reason": "",
        "counts": {"tools": 14},
        "checks": (CheckResult("compiles", True, details={"tools": 14}),),
        "seconds": 0.5,
        "made_at": "2025-03-10T09:00:00+00:00",
    }
    return Manifest(**(fields | changed))  # type: ignore[arg-type]


def keep(store: Store, content: str, **changed: object) -> None:
    with store.lock("blueprint", "airline"):
        draft = store.draft("blueprint", "airline", {"contract.json": content, "more/notes.md": b"notes"})
        draft.keep(manifest(draft.files, **changed))


def write(home: Path, content: str, dies_at: int = 0, limit: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WRITE, str(home), content, str(dies_at), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )


def body(store: Store) -> str:
    return (store.folder("blueprint", "airline") / "contract.json").read_text()


def leftovers(store: Store) -> list[Path]:
    return [*store.home.glob("*/.new-*"), *store.home.glob("*/.old-*")]


def test_what_was_kept_is_found_again_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    found = store.verify("blueprint", "airline")
    assert found == manifest(dict(found.files) if found else {})
    assert store.keys("blueprint") == ["airline"]
    assert leftovers(store) == []


def test_equal_content_has_an_equal_hash_in_whatever_order_it_came() -> None:
    assert content_hash({"a": "1", "b": "2"}) == content_hash({"b": "2", "a": "1"})
    assert content_hash({"a": "1", "b": "2"}) != content_hash({"a": "2", "b": "1"})


def test_what_was_never_kept_is_not_there(tmp_path: Path) -> None:
    assert Store(tmp_path / "nowhere").verify("blueprint", "airline") is None
    assert Store(tmp_path / "nowhere").keys("blueprint") == []


def test_a_writer_killed_at_any_step_leaves_the_old_artifact_or_the_new_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "old")
    left = []
    for dies_at in range(1, 100):
        done = write(tmp_path, f"new {dies_at}", dies_at)
        store.sweep()
        assert leftovers(store) == []
        assert store.verify("blueprint", "airline") is not None
        left.append(body(store))
        if done.returncode == 0:
            break
        assert done.returncode == 9, done.stderr
        assert left[-1] in ("old", f"new {dies_at}")
        if left[-1] != "old":
            keep(store, "old")
    assert left[0] == "old"
    assert left[-1] == f"new {len(left)}"
    assert len(left) > 8


def test_an_artifact_between_two_renames_is_found_by_its_readers(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    store.folder("blueprint", "airline").rename(store.place("blueprint", "airline", ".old-"))
    assert store.verify("blueprint", "airline") is not None
    assert body(store) == "one"


@pytest.mark.parametrize("harm", ["edited", "truncated", "removed"])
def test_a_file_that_was_harmed_is_named(tmp_path: Path, harm: str) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    path = store.folder("blueprint", "airline") / "contract.json"
    if harm == "removed":
        path.unlink()
    else:
        path.write_text({"edited": "two", "truncated": "o"}[harm])
    with pytest.raises(BrokenArtifact, match=r"blueprint\[airline\]: .*contract\.json .*rebuild it"):
        store.verify("blueprint", "airline")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"artifact": "blueprint"}', "\0"])
def test_a_torn_manifest_is_named(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    (store.folder("blueprint", "airline") / "manifest.json").write_text(text)
    with pytest.raises(BrokenArtifact, match=r"manifest\.json is missing or not a manifest"):
        store.verify("blueprint", "airline")


def test_a_folder_copied_from_another_key_is_not_taken_for_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    store.folder("blueprint", "airline").rename(store.folder("blueprint", "clinic"))
    with pytest.raises(BrokenArtifact, match="does not belong to this folder"):
        store.verify("blueprint", "clinic")


def test_a_manifest_whose_hash_was_edited_is_not_believed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    path = store.folder("blueprint", "airline") / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hash": "0" * 64}))
    with pytest.raises(BrokenArtifact):
        store.verify("blueprint", "airline")


def test_a_full_disk_is_named_and_the_old_artifact_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "old")
    done = write(tmp_path, "x", limit=4096)
    assert done.returncode == 1
    assert str(tmp_path / "blueprint" / ".new-airline" / "contract.json") in done.stderr
    store.sweep()
    assert store.verify("blueprint", "airline")
    assert body(store) == "old"


def test_a_home_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"file.*set SKILLER_HOME"):
        keep(Store(tmp_path / "file" / "home"), "one")


def test_only_one_may_write_a_key_at_a_time_and_others_are_free(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with (
        store.lock("blueprint", "airline"),
        store.lock("blueprint", "clinic"),
        pytest.raises(Busy, match=r"blueprint\[airline\] is being written"),
        store.lock("blueprint", "airline", 0.1),
    ):
        pass
    with store.lock("blueprint", "airline", 0.1):
        pass


def test_sweeping_leaves_alone_what_is_being_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.lock("blueprint", "airline"):
        draft = store.draft("blueprint", "airline", {"contract.json": "one"})
        Store(tmp_path).sweep()
        assert draft.folder.is_dir()


def test_a_removed_domain_is_moved_to_the_trash_and_not_deleted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keep(store, "one")
    at = datetime(2025, 3, 10, 9, tzinfo=UTC)
    trash = tmp_path / ".trash" / "20250310T090000.000000"
    assert store.trash(["blueprint", "policy"], ["airline"], at) == trash
    assert store.keys("blueprint") == []
    assert (trash / "blueprint" / "airline" / "contract.json").read_text() == "one"
    assert store.trash(["blueprint"], ["airline"], at) is None
