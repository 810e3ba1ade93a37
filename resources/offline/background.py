"""The opening chapter of a handbook, composed from what the service keeps and does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"markdown": …}``: who we are, words, how records hang together, how a request runs."""
    sections = words("background")["sections"]
    slots = _slots(variables)
    parts = []
    for section in sections:
        sentences = [draws.pick(choices).format(**slots) for choices in section["sentences"]]
        body = " ".join(sentence for sentence in sentences if sentence.strip())
        body += "".join(f" {line}" for line in _list_of(section.get("each"), variables, draws))
        parts.append(f"### {draws.pick(section['title'])}\n\n{body}")
    return {"markdown": "\n\n".join(parts)}


def _slots(variables: Mapping[str, Any]) -> dict[str, str]:
    tools = variables["tools"]
    return {
        "title": variables["title"],
        "describe": variables["describe"].rstrip(".")[:1].lower() + variables["describe"].rstrip(".")[1:],
        "customer": variables["customer"],
        "reads": _joined([_lower(t["title"]) for t in tools if t["access"] == "read"]),
        "writes": _joined([_lower(t["title"]) for t in tools if t["access"] == "write"]),
    }


def _list_of(kind: str | None, variables: Mapping[str, Any], draws: Draws) -> list[str]:
    if kind != "records":
        return []
    frames = words("background")["record"]
    lines = []
    for record in variables["records"]:
        line = draws.pick(frames["plain"]).format(name=_lower(record["title"]), describe=_lower(record["describe"]))
        if record["states"]:
            states = _joined([f"*{state['name']}*" for state in record["states"]], "or")
            line += " " + draws.pick(frames["states"]).format(name=_lower(record["title"]), states=states)
        lines.append(line)
    return lines


def _joined(items: list[str], joiner: str = "and") -> str:
    return f"{', '.join(items[:-1])} {joiner} {items[-1]}" if len(items) > 1 else "".join(items)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
