"""How many asks go through the door to an endpoint, validated and kept, against the bare client on the same transport.

``python -m skiller_assets_tests.bench.bench_asks URL FOLDER`` measures in a process of its own, whose memory counts.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx2
import openai
from pydantic import BaseModel

from resources.endpoint.body import completion_of
from resources.endpoint.structured import response_format
from resources.providers import make_door, shared_doors
from skiller_assets.ask import Ask, Door
from skiller_assets.settings import Settings, load_settings
from skiller_assets_tests.bench.quick_server import quick_server
from skiller_assets_tests.bench.table import Line

ASKS = 1_000
IN_FLIGHT = 64
MILLISECONDS = 20
ROUNDS = 5
KEY_VARIABLE = "SKILLER_BENCH_KEY"
TEMPLATE = Path(__file__).parent / "towns.md"


class Town(BaseModel):
    """One of those that are asked for."""

    name: str
    people: int
    bank: Literal["left", "right", "both"]


class Towns(BaseModel):
    """What is asked for."""

    towns: list[Town]


@dataclass(frozen=True)
class Rate:
    """Asks a second, and milliseconds of a core that each took of this process."""

    a_second: float = 0.0
    core_ms: float = 0.0

    def __str__(self) -> str:
        return f"{self.a_second:,.0f} /s, {self.core_ms:.2f} ms of a core each"


@dataclass(frozen=True)
class Rates:
    """Through the door; by the client as anyone uses it; by the client's own ``post``, which knows no types; through a
    door in another process; through the door when all replies are kept. ``megabytes``: the peak of the process.
    """

    door: Rate
    client: Rate
    post: Rate
    other_process: Rate
    kept: Rate
    megabytes: float


def three_towns(reply: Towns) -> list[str]:
    """A validator, as asks have them."""
    return [] if len({town.name for town in reply.towns}) == 3 else ["three different towns are wanted"]


def asks() -> list[Ask[Towns]]:
    """Different asks with one prompt file."""
    return [
        Ask("query", "semantic", TEMPLATE, {"count": 3, "river": f"R{n}"}, Towns, (three_towns,)) for n in range(ASKS)
    ]


def project(url: str, folder: Path) -> Settings:
    """The settings of a user whose model is behind an address, with nothing kept yet."""
    folder.mkdir(parents=True)
    (folder / "skiller.yaml").write_text(
        f"ask: {{provider: openai, semantic_model: quick}}\n"
        f"endpoint: {{base_url: '{url}', key_variable: {KEY_VARIABLE}, in_flight: {IN_FLIGHT}}}\n",
        encoding="utf-8",
    )
    return load_settings(folder)


def rate(work: Callable[[], int]) -> Rate:
    """How quickly a work was done that says how many asks it was."""
    began, core = time.perf_counter(), time.process_time()
    count = work()
    return Rate(count / (time.perf_counter() - began), 1000 * (time.process_time() - core) / count)


def bare(url: str) -> tuple[Callable[[], int], Callable[[], int]]:
    """The same requests sent by the bare client, as anyone uses it and by its own ``post``; of the replies the text."""
    client = openai.OpenAI(api_key="any", base_url=url, max_retries=0, timeout=60)
    pool = ThreadPoolExecutor(IN_FLIGHT)
    form = response_format("schema", "query", Towns.model_json_schema())
    requests: list[dict[str, Any]] = [
        {"model": "quick", "messages": [{"role": "user", "content": ask.prompt_text()}], **form} for ask in asks()
    ]
    bodies = [json.dumps(request).encode() for request in requests]

    def typed(request: dict[str, Any]) -> str:
        return str(client.chat.completions.create(**request).choices[0].message.content)

    def posted(body: bytes) -> str:
        answer = client.post("/chat/completions", cast_to=httpx2.Response, content=body)
        return completion_of(answer.content).text

    def all_of(work: Callable[[Any], str], items: Sequence[Any]) -> int:
        return sum(len(text) > 0 for text in pool.map(work, items))

    return lambda: all_of(typed, requests), lambda: all_of(posted, bodies)


_OTHER = """
import pickle, sys
from pathlib import Path
from skiller_assets.settings import load_settings
from skiller_assets_tests.bench.bench_asks import asks
door = pickle.loads(bytes.fromhex(sys.argv[2]))(load_settings(Path(sys.argv[1])))
wanted = asks()
print("ready", flush=True)
sys.stdin.readline()
print(sum(1 for _ in door.ask_each(wanted)), flush=True)
"""


def from_another_process(settings: Settings) -> Rate:
    """Asks of a worker process, answered through this one; its own start is not counted."""
    with shared_doors(settings) as make:
        command = [sys.executable, "-c", _OTHER, str(settings.root), pickle.dumps(make).hex()]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            told, said = worker.stdin, worker.stdout
            said.readline()

            def work() -> int:
                told.write("go\n")
                told.flush()
                return int(said.readline())

            return rate(work)


def answered(door: Door, wanted: Sequence[Ask[Towns]]) -> int:
    """Asks for everything at a time; how many good replies came."""
    return sum(isinstance(reply, Towns) for _, reply in door.ask_each(wanted))


def measure(url: str, folder: Path) -> Rates:
    """The best of some rounds of each, taken in turn: others may be at work on the machine."""
    typed, posted = bare(url)
    found: dict[str, list[Rate]] = {name: [] for name in ("client", "door", "post", "kept", "other_process")}
    for number in range(ROUNDS):
        ask_all = partial(answered, make_door(project(url, folder / f"round{number}")), asks())
        found["client"].append(rate(typed))
        found["door"].append(rate(ask_all))
        found["post"].append(rate(posted))
        found["kept"].append(rate(ask_all))
        found["other_process"].append(from_another_process(project(url, folder / f"other{number}")))
    best = {name: max(rates, key=lambda one: one.a_second) for name, rates in found.items()}
    return Rates(**best, megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(folder: Path) -> Rates:
    """What a process of its own measures against a server in another."""
    environment = {**os.environ, KEY_VARIABLE: "any"}
    with quick_server(MILLISECONDS) as url:
        command = [sys.executable, "-m", "skiller_assets_tests.bench.bench_asks", url, str(folder)]
        said = json.loads(
            subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
        )
    megabytes = said.pop("megabytes")
    return Rates(**{name: Rate(**fields) for name, fields in said.items()}, megabytes=megabytes)


def ask_lines(rates: Rates) -> list[Line]:
    """The lines of the table."""
    door, work = rates.door, f"asks to an endpoint, {IN_FLIGHT} in flight, {MILLISECONDS} ms each, validated and kept"
    return [
        Line(work, "≥ 0.8 × bare, ≤ 250 MiB", f"{door}; {rates.megabytes:.0f} MiB", f"bare client {rates.client}",
             door.a_second / rates.client.a_second),
        Line("… the same beside the client without its types", "–", f"{door.a_second:,.0f} /s", f"{rates.post}",
             door.a_second / rates.post.a_second),
        Line("… the same from a worker process", "–", str(rates.other_process), f"in one {door.a_second:,.0f} /s",
             rates.other_process.a_second / door.a_second),
        Line("kept replies, validated", "–", str(rates.kept), f"asked {door.a_second:,.0f} /s",
             rates.kept.a_second / door.a_second),
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], Path(sys.argv[2])))))
