"""Serves a server that listens inside an enclosure, which has no network, to whoever connects to a socket from outside.

    python -I -B server_relay.py DESCRIPTOR server.py --world world.sqlite

The descriptor is a listening Unix socket of the outside. Starts the server on a free port of the loopback, writes
``listening`` on standard output once it answers there, and then passes on every connection. Ends when the server does.
Standard library only.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

_CHUNK = 65536
_LOOK_SECONDS = 0.05


def copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until there is no more."""
    try:
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # one of the two has gone: so shall the other
        source.close()
        target.close()


def serve(listener: socket.socket, port: int) -> None:
    """Pass on every connection."""
    while True:
        outside, _ = listener.accept()
        inside = socket.create_connection(("127.0.0.1", port))
        for source, target in ((outside, inside), (inside, outside)):
            threading.Thread(target=copy, args=(source, target), daemon=True).start()


def answers(port: int) -> bool:
    """Whether anything listens there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def main() -> int:
    """Start the server, wait for it, pass on; the server's exit code."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-I", "-B", *sys.argv[2:], "--http", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not answers(port):
        if process.poll() is not None:
            return process.returncode
        time.sleep(_LOOK_SECONDS)
    print("listening", flush=True)
    threading.Thread(target=serve, args=(listener, port), daemon=True).start()
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
