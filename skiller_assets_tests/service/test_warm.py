"""Programs that run in a fork of one interpreter are as good as alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skiller_assets.service.warm import _host, warm_command


def program(folder: Path, text: str) -> Path:
    path = folder / "program.py"
    path.write_text(text, encoding="utf-8")
    return path


def ran(path: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = warm_command(path, *words)
    return subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=path.parent, timeout=60, check=False
    )


def test_a_program_has_its_arguments_streams_and_folder(tmp_path: Path) -> None:
    path = program(
        tmp_path,
        "import os, sys\n"
        "assert __name__ == '__main__' and __file__ == sys.argv[0]\n"
        "print(sys.argv[1:], sys.stdin.read(), os.getcwd())\n"
        "print('aside', file=sys.stderr)\n",
    )
    done = ran(path, "--world", "w.sqlite", given="hello")
    assert done.stdout == f"['--world', 'w.sqlite'] hello {tmp_path}\n"
    assert done.stderr == "aside\n"
    assert done.returncode == 0


@pytest.mark.parametrize(("text", "code"), [("raise SystemExit(7)", 7), ("1 / 0", 1), ("import os; os._exit(3)", 3)])
def test_it_ends_as_the_program_ended(text: str, code: int, tmp_path: Path) -> None:
    assert ran(program(tmp_path, text)).returncode == code


def test_what_one_program_does_to_its_interpreter_no_other_sees(tmp_path: Path) -> None:
    assert ran(program(tmp_path, "import json; json.dumps = None")).returncode == 0
    assert ran(program(tmp_path, "import json; print(json.dumps(1))")).stdout == "1\n"


def test_the_interpreter_is_isolated_and_leaves_no_compiled_files(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("", encoding="utf-8")
    path = program(tmp_path, "import sys; print(sys.flags.isolated, sys.dont_write_bytecode)\nimport beside")
    done = ran(path)
    assert done.stdout == "1 True\n"
    assert "No module named 'beside'" in done.stderr


def test_a_program_is_killed_with_the_command_that_started_it(tmp_path: Path) -> None:
    path = program(tmp_path, "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    with subprocess.Popen(warm_command(path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    assert gone(pid)


def test_an_interpreter_that_was_killed_is_started_again(tmp_path: Path) -> None:
    path = program(tmp_path, "import os; print(os.getsid(0))")
    first = int(ran(path).stdout)
    os.kill(first, signal.SIGKILL)
    running = _host()._running
    assert running is not None
    running[0].wait()
    assert int(ran(path).stdout) != first


def test_the_interpreter_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """So does its folder."""
    path = program(tmp_path, "import os; print(os.getsid(0))")
    starter = (
        "import subprocess, sys\nfrom pathlib import Path\n"
        "from skiller_assets.service.warm import _host, warm_command\n"
        f"subprocess.run(warm_command(Path({str(path)!r})), check=True)\nprint(_host().folder())\n"
        "import os; sys.stdout.flush(); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", starter], capture_output=True, text=True, timeout=60, check=True)
    pid, folder = done.stdout.split()
    assert gone(int(pid))
    assert not Path(folder).exists()


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
