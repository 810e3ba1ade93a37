"""Worker processes that advance many keys at once, and outlive any one of them that dies.

Each worker is a fresh interpreter that talks to us over one pipe: no fork of a process with threads, and no second run
of whatever program we are part of. A worker is the leader of its own process group, so Ctrl-C reaches only us and we
end it with everything that it started. What it was writing is safe: the store swaps whole folders.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, Pipe, wait

from skiller_assets.build import Builder, Step, abandoned
from skiller_assets.work import MakeDoor, Work

_SERVE = """
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from skiller_assets.workers import serve
serve(int(sys.argv[1]))
"""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_POLL_SECONDS = 0.2


class WorkersFailed(Exception):
    """Workers cannot be started at all; says what the first one said."""


@dataclass(frozen=True)
class _Ready:
    """A worker has imported what it needs, or finished a key, and waits for the next."""


@dataclass(frozen=True)
class _Fault:
    """A worker cannot go on, for a reason that it could still tell."""

    reason: str


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    key: str | None = None
    busy: bool = False
    started: bool = False
    finished: set[str] = field(default_factory=set)


def advance(
    work: Work, per: str, keys: Sequence[str | None], processes: int, stopped: threading.Event | None = None
) -> Generator[list[Step], None, None]:
    """Advances every key, some at a time; yields the steps as they come, many together when the reader is slow.

    Ends early once ``stopped`` is set. Raises WorkersFailed. Closing the iterator ends the workers.
    """
    with _doors_of(work) as make_door:
        steps: queue.SimpleQueue[Step | WorkersFailed | None] = queue.SimpleQueue()
        work = replace(work, make_door=make_door, shared_doors=None)
        dispatcher = _Dispatcher(work, per, keys, min(processes, len(keys)), steps)
        dispatcher.start()
        try:
            yield from _reported(steps, stopped)
        finally:
            dispatcher.stop()


def _doors_of(work: Work) -> AbstractContextManager[MakeDoor]:
    return nullcontext(work.make_door) if work.shared_doors is None else work.shared_doors(work.settings)


def _reported(
    steps: queue.SimpleQueue[Step | WorkersFailed | None], stopped: threading.Event | None
) -> Generator[list[Step], None, None]:
    while not (stopped and stopped.is_set()):
        try:
            chunk = [steps.get(timeout=_POLL_SECONDS)]
        except queue.Empty:
            continue
        while not steps.empty():
            chunk.append(steps.get())
        yield [step for step in chunk if isinstance(step, Step)]
        for end in chunk:
            if isinstance(end, WorkersFailed):
                raise end
            if end is None:
                return


class _Dispatcher(threading.Thread):
    """Gives each idle worker a key and passes on what it reports, while the reader is busy with events.

    Once nothing is answered any more, keys are given out only to see what of them is good.
    """

    def __init__(
        self,
        work: Work,
        per: str,
        keys: Sequence[str | None],
        processes: int,
        steps: queue.SimpleQueue[Step | WorkersFailed | None],
    ) -> None:
        super().__init__(name="skiller-workers", daemon=True)
        self._work, self._per, self._steps = work, per, steps
        self._todo = deque(keys)
        self._ended = ""
        self._processes = processes
        self._workers: list[_Worker] = []
        self._stopping = threading.Event()

    def run(self) -> None:
        """The thread: until every key is done, or told to stop."""
        end: WorkersFailed | None = None
        try:
            self._serve_keys()
        except WorkersFailed as error:
            end = error
        except OSError as error:
            end = WorkersFailed(f"worker processes cannot be started: {error}")
        finally:
            for worker in self._workers:
                _end(worker)
            self._steps.put(end)

    def stop(self) -> None:
        """Ends the workers and waits until they are gone."""
        self._stopping.set()
        self.join()

    def _serve_keys(self) -> None:
        while not self._stopping.is_set():
            busy = sum(worker.busy for worker in self._workers)
            while len(self._workers) < min(self._processes, len(self._todo) + busy):
                self._workers.append(self._start())
            if not self._workers:
                return
            for connection in wait([worker.connection for worker in self._workers], _POLL_SECONDS):
                self._listen(next(worker for worker in self._workers if worker.connection is connection))

    def _start(self) -> _Worker:
        ours, theirs = Pipe()
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(theirs.fileno()), json.dumps(sys.path)],
            env=self._environment(),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        theirs.close()
        worker = _Worker(process, ours)
        ours.send_bytes(pickle.dumps((self._work, self._per)))
        return worker

    def _environment(self) -> dict[str, str]:
        """Ours, without the key of an endpoint: a worker asks through us."""
        unneeded = self._work.settings.endpoint.key_variable
        return {**_ONE_THREAD, **{name: value for name, value in os.environ.items() if name != unneeded}}

    def _listen(self, worker: _Worker) -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):  # a worker may die in the middle of a message
            message = _Fault(_died(worker.process))
        if isinstance(message, _Ready):
            worker.started, worker.busy = True, False
            self._give(worker)
        elif isinstance(message, Step):
            worker.finished.add(message.artifact)
            self._ended = self._ended or message.ended
            self._steps.put(message)
        else:
            self._lose(worker, message.reason)

    def _give(self, worker: _Worker) -> None:
        if not self._todo:
            self._remove(worker)
            return
        worker.key, worker.busy, worker.finished = self._todo.popleft(), True, set()
        try:
            worker.connection.send((worker.key, self._ended))
        except OSError:
            self._lose(worker, _died(worker.process))

    def _lose(self, worker: _Worker, reason: str) -> None:
        self._remove(worker)
        if not worker.started:
            raise WorkersFailed(f"worker processes cannot be started: {reason}")
        if worker.busy:
            for step in abandoned(self._work, self._per, worker.key, frozenset(worker.finished), reason):
                self._steps.put(step)

    def _remove(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        _end(worker)


def serve(descriptor: int) -> None:
    """The whole life of a worker: reads its work, then keys, and reports each step, until the pipe is closed."""
    os.set_inheritable(descriptor, False)  # or what a builder starts would keep the pipe open after we are gone
    connection = Connection(descriptor)
    try:
        work, per = pickle.loads(connection.recv_bytes())
        builder = Builder(work)
        while True:
            connection.send(_Ready())
            key, ended = connection.recv()
            for step in builder.steps(per, key, ended):
                connection.send(step)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # whoever started us is gone
    except Exception as error:  # noqa: BLE001  the last word of a worker that cannot go on
        connection.send(_Fault(f"{type(error).__name__}: {error}"))


def _end(worker: _Worker) -> None:
    worker.connection.close()
    with suppress(ProcessLookupError):  # it ended by itself
        os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.wait()


def _died(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    if code == -signal.SIGKILL:
        return "its worker process was killed (SIGKILL), perhaps for want of memory: set run.workers lower"
    if code < 0:
        return f"its worker process was ended by {signal.Signals(-code).name}"
    return f"its worker process ended by itself with exit code {code}"
