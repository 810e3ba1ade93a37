"""What every peer is given to do. Run by the interpreters of the peers: it needs pydantic and nothing of Skiller."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

ROWS = 1_000
WARM_UP = 64
IN_FLIGHT = 64
_TEMPLATE = Path(__file__).parents[1] / "towns.md"


class Town(BaseModel):
    """One of those that are asked for."""

    name: str
    people: int
    bank: Literal["left", "right", "both"]


class Towns(BaseModel):
    """One structured reply, as ours."""

    towns: list[Town]


class Whitespace:
    """Counts tokens without the vocabulary that tiktoken would fetch from the network."""

    def encode(self, text: str, **_: object) -> list[str]:
        """Words, in place of tokens."""
        return text.split()


def prompt(river: str) -> str:
    """The same words as ours."""
    return _TEMPLATE.read_text(encoding="utf-8").replace("{{ count }}", "3").replace("{{ river }}", river)


def arguments() -> tuple[str, Path]:
    """The server's address and a folder for whatever a peer keeps."""
    return sys.argv[1], Path(sys.argv[2])


def report(run: Callable[[int, str], int]) -> None:
    """Times a run of few rows and one of all, each under a name of its own; prints the seconds of both as JSON.

    ``run`` says how many good rows came out. Raises ``SystemExit`` when some did not.
    """
    seconds = []
    for count, name in ((WARM_UP, "few"), (ROWS, "all")):
        began = time.perf_counter()
        good = run(count, name)
        seconds.append(time.perf_counter() - began)
        if good != count:
            raise SystemExit(f"{good} of {count} rows are good")
    print(json.dumps(seconds))
