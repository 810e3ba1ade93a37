"""An interpreter that has imported what MCP servers need, and runs each program in a fork of itself.

    python -I -B warm_interpreter.py host FOLDER                    until its standard input ends
    python -I -S warm_interpreter.py run FOLDER program.py --word   is then like ``python -I -B program.py --word``

``host`` removes the folder when it ends. ``run`` hands over its standard streams and working directory, waits, and
ends as the program ended; when it is killed, the program is. Standard library only, but for what is imported ahead. A
program still has to import what it uses: it only finds it loaded.
"""

from __future__ import annotations

import json
import os
import socket
import sys

_AHEAD = ("anyio", "uvicorn", "mcp.server.lowlevel.server", "mcp.server.runner", "mcp.server.stdio")
_SOCKET = "socket"
_MOST_BYTES = 65536
_STREAMS = 3


def run(folder: str, words: list[str]) -> int:
    """Has a program run, with our streams; its exit code."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{folder}/{_SOCKET}")
        request = json.dumps([os.getcwd(), *words]).encode()
        socket.send_fds(connection, [request], range(_STREAMS))
        return int(connection.recv(_MOST_BYTES) or b"1")


def host(folder: str) -> None:
    """Imports ahead, says so on standard output, and serves requests until standard input ends."""
    import importlib
    import selectors
    import shutil
    import signal

    for name in _AHEAD:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait for the programs are not waited for
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as ready:
        listener.bind(f"{folder}/{_SOCKET}")
        listener.listen()
        ready.register(listener, selectors.EVENT_READ)
        ready.register(0, selectors.EVENT_READ)
        print("ready", flush=True)
        while 0 not in [key.fd for key, _ in ready.select()]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                try:
                    listener.close()
                    ready.close()
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    _watch(connection)
                finally:
                    os._exit(1)
            connection.close()
    shutil.rmtree(folder, ignore_errors=True)


def _watch(connection: socket.socket) -> None:
    """Forks once more for the program; waits for it, or for who asked to be gone."""
    import select
    import signal

    request, streams, _, _ = socket.recv_fds(connection, _MOST_BYTES, _STREAMS)
    ends, lives = os.pipe()  # a program that has ended has closed its end
    program = os.fork()
    if program == 0:
        connection.close()
        os.close(ends)
        _become(*json.loads(request), streams=streams)
    os.close(lives)
    for stream in (0, 1, *streams):
        os.close(stream)
    select.select([connection.fileno(), ends], [], [])
    if not select.select([ends], [], [], 0)[0]:
        os.kill(program, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    connection.send(str(code).encode())


def _become(folder: str, *words: str, streams: list[int]) -> None:
    """Runs a program as the main one of this process. Does not return."""
    import runpy

    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    os.chdir(folder)
    sys.argv = list(words)
    code = 1
    try:
        runpy.run_path(words[0], run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  the program may raise anything
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 0xFF)


if __name__ == "__main__":
    if sys.argv[1] == "host":
        host(sys.argv[2])
    else:
        sys.exit(run(sys.argv[2], sys.argv[3:]))
