"""A task told for a reader: why each call is there, where its values come from, what a wrong agent would do."""

from __future__ import annotations

import json
from collections.abc import Iterator

from skiller_assets.tasks.records import Task

_LONGEST_RESULT = 240


def tell(task: Task) -> str:
    """The task as markdown."""
    return "\n".join(_lines(task))


def _lines(task: Task) -> Iterator[str]:
    yield f"### {task.id} · {task.kind} · {task.goal}"
    yield ""
    if task.scenario.reason:
        yield f"*{task.scenario.reason}*\n"
    yield f"**Wants** to {task.scenario.criteria or ', '.join(g.wants for g in task.scenario.goals)}."
    knows = ", ".join(f"{name}: {value}" for name, value in task.scenario.knows.items())
    withholds = f" **Withholds** {', '.join(task.scenario.withholds)}." if task.scenario.withholds else ""
    yield f"\n**Knows** {knows}.{withholds}"
    yield ""
    for i, call in enumerate(task.calls, 1):
        sources = ", ".join(f"{place} ← {source}" for place, source in call.sources.items())
        yield f"{i}. `{call.tool}({json.dumps(dict(call.arguments), ensure_ascii=False)})` — {call.serves}" + (
            "" if call.required else " (not required)"
        )
        if sources:
            yield f"   - {sources}"
        yield f"   - → `{_short(json.dumps(call.result, ensure_ascii=False))}`"
    if task.forbidden:
        arguments = json.dumps(dict(task.forbidden.arguments), ensure_ascii=False)
        who = "the tool refuses it" if task.forbidden.by == "tool" else "the tool would let it through"
        yield f"\n**Forbidden** by `{task.rule}` ({who}): `{task.forbidden.tool}({arguments})`"
    if task.answer:
        yield f"\n**Must be told** {'; '.join(task.answer)}"
    if task.diff:
        yield "\n**Changes**\n"
    for change in task.diff:
        before, after = (json.dumps(change[side], ensure_ascii=False) for side in ("before", "after"))
        yield f"- {change['op']} {change['table']} {change['key']}: {_short(before)} → {_short(after)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_RESULT else text[: _LONGEST_RESULT - 1] + "…"
