"""Gold tasks of a pair, played by the official MCP client: one server for both desks, one private session a client."""

from __future__ import annotations

import asyncio
from typing import Any

from mcp import Client, StdioServerParameters

from skiller_assets.tasks.bounds import OF_PAIR
from skiller_assets.tasks.records import Task
from skiller_assets.world.mcp_host import RULE_META, STATUS_META
from skiller_assets.world.program import ONE_PERSON
from skiller_assets_tests.fusion.built import PAIR, BuiltPair
from skiller_assets_tests.whole.conftest import Project
from skiller_assets_tests.whole.test_gold_over_mcp import command, gold, listening, play

SERVER = "skiller serve"


def test_gold_tasks_of_every_kind_over_http(pair: BuiltPair) -> None:
    project = Project(pair.root)
    tasks = gold(project, PAIR, OF_PAIR.kinds)
    assert {task.kind for task in tasks} == {"fulfil", "refuse", "partial", "clarify", "irrelevant"}
    with listening(project, SERVER, PAIR) as url:
        for task in tasks:
            asyncio.run(play(url, task))
        asyncio.run(refused_as_somebody_else(url, tasks[0], next(t for t in tasks if t.human != tasks[0].human)))


async def refused_as_somebody_else(target: Any, task: Task, other: Task) -> None:
    """Authorized at the one desk, another person's credentials do not help at the other."""
    first = next(c for c in task.calls if c.serves == "authorize")
    second = next(c for c in other.calls if c.serves == "authorize" and c.tool != first.tool)
    own = next(c for c in task.calls if c.serves == "authorize" and c.tool == second.tool)
    async with Client(target) as client:
        assert not (await client.call_tool(first.tool, dict(first.arguments))).is_error
        reply = await client.call_tool(second.tool, dict(second.arguments))
        assert reply.is_error
        assert (reply.meta or {}).get(RULE_META) == ONE_PERSON
        reply = await client.call_tool(own.tool, dict(own.arguments))
        assert (reply.meta or {}).get(STATUS_META) == "ok"


def test_a_task_of_which_one_side_is_refused_over_stdio(pair: BuiltPair) -> None:
    project = Project(pair.root)
    words = command(project, SERVER, None, PAIR)
    target = StdioServerParameters(command=words[0], args=words[1:], cwd=str(project.root), env=project.environment())
    (task,) = gold(project, PAIR, ("partial",))
    asyncio.run(play(target, task))
