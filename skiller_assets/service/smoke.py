"""A server over the wire: the official MCP client drives it through cases of its suite, by stdio and by HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters

from skiller_assets.service.suite import Case, Step, Suite
from skiller_assets.world.mcp_host import RULE_META, STATUS_META
from skiller_assets.world.outcome import Outcome

_KINDS = ("permitted", "denied", "let_through", "confirmation", "isolation")
_START_SECONDS = 30.0


def smoke_over_mcp(server: Path, world: Path, suite: Suite) -> list[str]:
    """What comes out otherwise than in the suite, over either transport; an empty list is a pass."""
    return asyncio.run(_smoke(server.resolve(), world.resolve(), suite))


def smoke_cases(suite: Suite) -> list[Case]:
    """One case of each kind, of a tool that writes where there is one."""
    chosen = []
    for kind in _KINDS:
        cases = [case for case in suite.cases if case.about == kind]
        chosen += [max(cases, key=lambda case: any(case.diffs))] if cases else []
    return chosen


async def _smoke(server: Path, world: Path, suite: Suite) -> list[str]:
    arguments = ["-I", str(server), "--world", str(world)]
    found = await _drive("stdio", StdioServerParameters(command=sys.executable, args=arguments), suite)
    async with _served(arguments) as url:
        return found + await _drive("http", url, suite)


async def _drive(transport: str, target: Any, suite: Suite) -> list[str]:
    found: list[str] = []
    async with Client(target) as client:
        listed = {t.name: (t.description, t.input_schema) for t in (await client.list_tools()).tools}
        if listed != {tool["name"]: (tool["description"], tool["input_schema"]) for tool in suite.tools}:
            found.append(f"{transport}: the tools are not listed as in the suite")
    for case in smoke_cases(suite):
        for number in sorted({step.session for step in case.steps}):
            async with Client(target) as client:
                found += await _compare(f"{transport}: {case.id}", client, case.steps, number)
    return found


async def _compare(where: str, client: Client, steps: Iterable[Step], session: int) -> list[str]:
    found = []
    for step in (step for step in steps if step.session == session):
        result = await client.call_tool(step.tool, step.arguments)
        meta = result.meta or {}
        expected = expected_reply(step)
        got = (meta.get(STATUS_META), meta.get(RULE_META), result.structured_content)
        if json.dumps(expected) != json.dumps(got):
            found.append(f"{where}: {step.tool}: expected {expected}, got {got}")
    return found


def expected_reply(step: Step) -> tuple[str, str | None, Any]:
    """Status, rule and structured content of a step's answer on the wire."""
    visible = Outcome(step.status, step.result, step.rule, step.message).visible  # type: ignore[arg-type]
    return step.status, step.rule, visible if isinstance(visible, dict) else {"result": visible}


@asynccontextmanager
async def _served(arguments: Sequence[str]) -> AsyncIterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, *arguments, "--http", str(port)], stdout=subprocess.DEVNULL)
    try:
        await _listening(port, process)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait()


async def _listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the port answers. Raises RuntimeError where the process ends or takes too long."""
    for _ in range(int(_START_SECONDS / 0.05)):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it listened")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise RuntimeError(f"the server did not listen on port {port} within {_START_SECONDS:.0f} seconds")
