"""What a confined program sees of this machine, and what it can do to it: next to nothing."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from skiller_assets_tests.resources.sandbox.boxes import needs_bwrap, ran, said

pytestmark = needs_bwrap

ROOT = Path(__file__).parents[3]


def test_a_program_has_its_streams_its_exit_code_and_a_folder_of_its_own() -> None:
    name = f"note{os.getpid()}"
    done = ran(
        f"import os, sys\nopen({name!r}, 'w').write(sys.stdin.read())\nprint(open('/tmp/{name}').read(), os.getcwd())\n"
        "print('aside', file=sys.stderr)\nsys.exit(7)",
        stdin=b"hello",
    )
    assert (done.code, done.stdout, done.stderr, done.why) == (7, b"hello /tmp\n", b"aside\n", None)
    assert not Path("/tmp", name).exists()


def test_the_environment_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLER_TEST_SECRET", "sk-of-nobody")
    seen = said(
        "import os, glob\nprint(sorted(os.environ))\n"
        "for path in glob.glob('/proc/*/environ'):\n"
        "    try:\n        print(open(path).read())\n    except OSError:\n        pass"
    )
    assert "sk-of-nobody" not in seen
    assert seen.splitlines()[0] == "['HOME', 'LC_ALL', 'MALLOC_ARENA_MAX', 'PATH', 'PWD', 'TMPDIR']"


@pytest.mark.parametrize(
    "path",
    ["/etc/shadow", "/etc/passwd", "/etc/hostname", "/root/.ssh", "/root/.bashrc", "/home", "/var", "/sys", "/run"],
)
def test_places_of_the_system_that_tell_of_its_users_are_not_there(path: str) -> None:
    assert said(f"import os; print(os.path.exists({path!r}))") == "False"


def test_home_project_and_other_artifacts_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, mine = tmp_path / "other.sqlite", tmp_path / "mine.sqlite"
    for path in (other, mine):
        path.write_text("content")
        path.chmod(0o644)
    hidden = [other, tmp_path / "nothing", ROOT / "skiller.yaml", ROOT / "skiller_assets", Path.home() / ".cache"]
    asked = [str(path) for path in (mine, *hidden)]
    assert said(f"import os; print([os.path.exists(p) for p in {asked}])", mine) == str([True] + [False] * len(hidden))


def test_what_it_may_read_it_cannot_change(tmp_path: Path) -> None:
    path = tmp_path / "world"
    path.write_text("as it was")
    path.chmod(0o666)
    tried = said(
        "import os\nfor what in ('open(p, \"w\")', 'os.unlink(p)', 'os.chmod(p, 0o777)', 'os.rename(p, \"/tmp/x\")'):\n"
        f"    try:\n        eval(what, {{'os': os, 'p': {str(path)!r}}})\n"
        "    except OSError as error:\n        print('refused')",
        path,
    )
    assert tried.split() == ["refused"] * 4
    assert path.read_text() == "as it was"


@pytest.mark.parametrize("place", ["/", "/dev", "/dev/shm", "/usr", "/etc", "/proc", str(Path(os.__file__).parent)])
def test_it_can_write_nowhere_else(place: str) -> None:
    code = f"try:\n    open({place!r} + '/planted', 'w')\nexcept OSError:\n    print('refused')"
    assert said(code) == "refused"


def test_a_server_on_this_machine_sees_no_connection() -> None:
    came: list[object] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)

        def wait() -> None:
            try:
                came.append(listener.accept())
            except TimeoutError:
                return

        waiting = threading.Thread(target=wait)
        waiting.start()
        port = listener.getsockname()[1]
        code = (
            "import socket\ntry:\n"
            f"    socket.create_connection(('127.0.0.1', {port}), 2)\nexcept OSError:\n    print('refused')"
        )
        assert said(code) == "refused"
        waiting.join()
    assert came == []


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_nothing_outside_can_be_reached(kind: str) -> None:
    """The program holds a datagram socket open and would see the answer of any name server."""
    code = (
        f"import socket\ns = socket.socket(socket.AF_INET, socket.{kind})\ntry:\n    s.connect(('1.1.1.1', 53))\n"
        "    s.send(b'x')\nexcept OSError as error:\n    print(error.errno)"
    )
    assert said(code) == "101"  # the network is unreachable


def test_it_has_a_loopback_of_its_own() -> None:
    code = (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\nc = socket.create_connection(s.getsockname())\n"
        "c.sendall(b'x'); print(s.accept()[0].recv(1))"
    )
    assert said(code) == "b'x'"


def test_it_sees_no_process_but_its_own_and_is_nobody() -> None:
    seen = said(
        "import os\nprint(sorted(int(p) for p in os.listdir('/proc') if p.isdigit())[-1] < 10, os.getuid() != 0)\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(int(status['CapEff'], 16), status['NoNewPrivs'].strip(), status['Seccomp'].strip())"
    )
    assert seen.split() == ["True", "True", "0", "1", "2"]


def test_it_can_make_no_namespace_and_no_memory_that_nobody_counts() -> None:
    code = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "print([libc.unshare(0x10000000), libc.unshare(0x20000)])\n"
        "print([libc.memfd_create(b'x', 0), libc.shmget(0, 4096, 0o600)])"
    )
    assert said(code) == "[-1, -1]\n[-1, -1]"


def test_our_own_kind_of_python_has_its_packages() -> None:
    assert said("import mcp, uvicorn, sqlite3; print('there')") == "there"
