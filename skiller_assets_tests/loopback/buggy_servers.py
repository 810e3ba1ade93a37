"""Wrong servers made of right ones, and the patches that mend them: what a model's code looks like on the way.

Each kind of bug works on any server that the embedded author writes, by its text or its syntax tree.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from resources.offline import OfflineAuthor
from skiller_assets.ask import Prompt

Spoil = Callable[[str], str | None]
"""The right code made wrong; None where it has nothing that this could go wrong with."""

_POLICY = re.compile(r"^    # policy, not enforced here \((\w+)\): (.*)$", re.MULTILINE)
_COMPARISON = re.compile(r"(?<=\s)(<=|>=|<|>)(?=\s)")
_SWITCHED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


class NoSuchBug(Exception):
    """A server that has no place for a bug."""


def spoiled_by(bug: str, code: str) -> str:
    """The code with a bug of this name. Raises KeyError, NoSuchBug."""
    wrong = BUGS[bug](code)
    if wrong is None or wrong == code:
        raise NoSuchBug(f"this server has no place for the bug {bug!r}")
    return wrong


def mending(code: str, right: str) -> list[dict[str, str]]:
    """The edits that turn one text into another; each finds a text that stands exactly once when its turn has come."""
    now, target = code.splitlines(keepends=True), right.splitlines(keepends=True)
    edits = []
    for tag, i1, i2, j1, j2 in reversed(difflib.SequenceMatcher(None, now, target, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        above, below = _context(now, i1, i2)
        put = [*now[above:i1], *target[j1:j2], *now[i2:below]]
        edits.append({"find": "".join(now[above:below]), "replace": "".join(put)})
        now[i1:i2] = target[j1:j2]
    return edits


def _context(lines: list[str], start: int, stop: int) -> tuple[int, int]:
    """The lines from and to which a text reaches that stands there once."""
    whole = "".join(lines)
    above, below = start, stop
    while not (text := "".join(lines[above:below])) or whole.find(text) != whole.rfind(text):
        above, below = max(0, above - 1), min(len(lines), below + 1)
    return above, below


@dataclass
class CarelessCoder:
    """A coding model that writes servers with bugs and mends one of them with each patch, the last one first.

    It learns the right code of a domain when it is asked for its server, from the embedded author.
    """

    bugs: tuple[str, ...]
    right: dict[str, str] = field(default_factory=dict)
    stages: dict[str, list[str]] = field(default_factory=dict)

    def reply(self, prompt: Prompt) -> str | None:
        """The reply to ``server_code`` or ``server_patch`` as text; None to any other ask."""
        if prompt.name == "server_code":
            return self._written(prompt)
        return self._patched(prompt.variables) if prompt.name == "server_patch" else None

    def _written(self, prompt: Prompt) -> str:
        domain = prompt.variables["domain"]
        stages = [str(json.loads(OfflineAuthor(1).complete(prompt).text)["code"])]
        for bug in self.bugs:
            stages.append(spoiled_by(bug, stages[-1]))
        self.right[domain], self.stages[domain] = stages[0], stages
        return json.dumps({"code": stages[-1]})

    def _patched(self, variables: Mapping[str, Any]) -> str:
        stages, code = self.stages[variables["domain"]], variables["code"]
        return json.dumps({"edits": mending(code, stages[max(0, stages.index(code) - 1)])})


def _text(old: str, new: str, times: int = -1) -> Spoil:
    """Replaces a text, everywhere or so many times."""
    return lambda code: code.replace(old, new, times) if old in code else None


def _refusals(code: str) -> Iterator[ast.If]:
    """Every rule that stands in the code as ``if not session.holds(…): return denied(…)``."""
    for function in ast.parse(code).body:
        if isinstance(function, ast.FunctionDef):
            for node in function.body:
                if isinstance(node, ast.If) and ast.unparse(node.test).startswith("not session.holds("):
                    yield node


def _lines_of(code: str, node: ast.stmt) -> tuple[int, int]:
    return node.lineno - 1, node.end_lineno or node.lineno


def _without(code: str, node: ast.stmt) -> str:
    lines = code.splitlines(keepends=True)
    start, stop = _lines_of(code, node)
    return "".join([*lines[:start], *lines[stop:]])


def _limits_are_off_by_one(code: str) -> str | None:
    """Every comparison in a rule takes in the limit that it left out, or the other way round."""
    lines = code.splitlines(keepends=True)
    for node in _refusals(code):
        for number in range(node.test.lineno - 1, node.test.end_lineno or node.test.lineno):
            lines[number] = _COMPARISON.sub(lambda found: _SWITCHED[found[1]], lines[number])
    return "".join(lines)


def _a_rule_is_left_out(code: str) -> str | None:
    """The last one that is enforced."""
    found = list(_refusals(code))
    return _without(code, found[-1]) if found else None


def _rules_are_turned_round(code: str) -> str | None:
    """In every tool those that stand next to one another, the last one first: what must exist is asked for too late."""
    lines = code.splitlines(keepends=True)
    for run in sorted(_runs_of_rules(code), key=lambda run: -run[0].lineno):
        places = [_lines_of(code, node) for node in run]
        texts = [lines[start:stop] for start, stop in places]
        for (start, stop), text in zip(reversed(places), texts, strict=True):
            lines[start:stop] = text
    return "".join(lines)


def _runs_of_rules(code: str) -> Iterator[list[ast.stmt]]:
    for function in ast.parse(code).body:
        if isinstance(function, ast.FunctionDef):
            for is_rule, nodes in groupby(function.body, _is_rule):
                if is_rule:
                    yield list(nodes)


def _is_rule(node: ast.stmt) -> bool:
    """Whether a statement refuses, by a rule of its own or by those that several tools share."""
    return isinstance(node, ast.If) and ast.unparse(node.test).startswith(("not session.holds(", "(refusal := "))


def _a_message_is_reworded(code: str) -> str | None:
    """The sentence of the first rule."""
    return re.sub(r'(return denied\(\s*"\w+",\s*")[^"]+(")', r"\1This is not possible.\2", code, count=1)


def _a_policy_is_enforced(code: str) -> str | None:
    """What is left to the agent is refused by the tool."""
    return _POLICY.sub(r'    return denied("\1", "It is against the policy.")', code, count=1)


def _a_built_in_tool_is_missing(code: str) -> str | None:
    return _without_function(code, "transfer_to_human")


def _without_function(code: str, name: str) -> str | None:
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = code.splitlines(keepends=True)
            return "".join([*lines[: node.decorator_list[0].lineno - 1], *lines[node.end_lineno or 0 :]])
    return None


def _sessions_share_a_connection(code: str) -> str | None:
    """One database for everybody, kept at the module."""
    code = code.replace('sqlite3.connect(":memory:", isolation_level=None)', "SHARED")
    code = code.replace("        self.connection.close()\n", "        return\n", 1)
    return code.replace(
        "class Session:\n",
        'SHARED = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)\n\n\nclass Session:\n',
        1,
    ).replace(
        "            original.backup(self.connection)\n",
        '            if not SHARED.execute("SELECT 1 FROM sqlite_schema").fetchone():\n'
        "                original.backup(self.connection)\n",
        1,
    )


def _an_effect_is_left_out(code: str) -> str | None:
    """The first update of the first tool that has one."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Expr) and re.match(r"session\.change\('\w+', [\"'\s\\n]*UPDATE", ast.unparse(node)):
            lines = code.splitlines(keepends=True)
            start, stop = _lines_of(code, node)
            return "".join([*lines[:start], " " * node.col_offset + "pass\n", *lines[stop:]])
    return None


BUGS: Mapping[str, Spoil] = {
    "limits off by one": _limits_are_off_by_one,
    "a rule left out": _a_rule_is_left_out,
    "rules in the wrong order": _rules_are_turned_round,
    "a wrong message": _a_message_is_reworded,
    "a rule for the agent enforced": _a_policy_is_enforced,
    "money not decoded": _text("return None if minor is None else minor / 100", "return minor"),
    "booleans not decoded": _text("return None if flag is None else bool(flag)", "return flag"),
    "a preview not undone": _text('self.connection.execute("ROLLBACK TO call")', "pass"),
    "the confirm step carries out": _text("session.transaction(keep=confirm)", "session.transaction()"),
    "no confirmation asked for": _text("    if not confirm:\n        return needs_confirmation(done, result)\n", ""),
    "new ids that are taken": _text(
        '            if self.value(f\'SELECT 1 FROM "{table}" WHERE "{column}" = :id\', id=found) is None:\n',
        '            if self.value(f\'SELECT 1 FROM "{table}" WHERE "{column}" = :id\', id=found) or True:\n'
        '                found = self.value(f\'SELECT MAX("{column}") FROM "{table}"\')\n',
    ),
    "sessions share a connection": _sessions_share_a_connection,
    "another name of a status": _text('reply("denied"', 'reply("refused"'),
    "a built-in tool missing": _a_built_in_tool_is_missing,
    "a schema not as listed": _text('            "additionalProperties": False,\n', ""),
    "arguments not checked": _text("            check(arguments, called.schema)\n", ""),
    "whole numbers may be true": _text(' or (isinstance(value, bool) and wanted != "boolean")', ""),
    "a second person gets in": _text("if self.me.setdefault(person, key) != key:", "if self.me.update({person: key}):"),
    "an effect left out": _an_effect_is_left_out,
    "an unknown tool raises": _text("called = TOOLS.get(name)", "called = TOOLS[name]"),
    "a syntax error": _text("def list_tools() -> list[dict[str, Any]]:", "def list_tools() -> list[dict[str, Any]]"),
    "a foreign package": _text("import sqlite3\n", "import sqlite3\nimport pydash\n", 1),
}
"""Kinds of bugs by name. The last two are found before anything is run."""
