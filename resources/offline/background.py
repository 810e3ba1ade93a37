"""The opening chapter of a handbook, composed from what the service keeps and does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resources.offline.draws import Draws
from resources.offline.words import words


def write(variables: Mapping[str, Any], draws: Draws) -> dict[str, Any]:
    """``{"markdown": …}``: who we are, words, how records hang together, how a request runs."""
    lines = _record_lines(variables, draws)
    parts = [
        (
            f"### {draws.pick(section['title'])}\n\n"
            + " ".join(draws.pick(choices).format(**_slots(variables)) for choices in section["sentences"]),
            section.get("each") == "records",
        )
        for section in words("background")["sections"]
    ]
    room = int(variables["longest"]) - sum(len(text.split()) for text, _ in parts)
    told = _fitting(lines, room)
    return {
        "markdown": "\n\n".join(" ".join([text, *told]) if takes_records else text for text, takes_records in parts)
    }


def _fitting(lines: list[str], room: int) -> list[str]:
    """As many lines from the start as fit into so many words."""
    kept: list[str] = []
    for line in lines:
        room -= len(line.split())
        if room < 0:
            break
        kept.append(line)
    return kept


def _slots(variables: Mapping[str, Any]) -> dict[str, str]:
    tools = variables["tools"]
    return {
        "title": variables["title"],
        "describe": variables["describe"].rstrip(".")[:1].lower() + variables["describe"].rstrip(".")[1:],
        "customer": variables["customer"],
        "reads": _joined([_lower(t["title"]) for t in tools if t["access"] == "read"]),
        "writes": _joined([_lower(t["title"]) for t in tools if t["access"] == "write"]),
    }


def _record_lines(variables: Mapping[str, Any], draws: Draws) -> list[str]:
    """A line or two on each record; those with states come first, since they need explaining most."""
    frames = words("background")["record"]
    lines = []
    for record in sorted(variables["records"], key=lambda record: not record["states"]):
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
