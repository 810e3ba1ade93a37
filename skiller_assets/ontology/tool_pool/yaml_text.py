"""A draft as the text of a domain file, in the form in which people would write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

_WIDTH = 118


class _Writer(yaml.SafeDumper):
    """No anchors, and texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(writer: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _map(writer: yaml.SafeDumper, value: dict[Any, Any]) -> yaml.MappingNode:
    """A short map of plain values in one line, as in the files written by hand."""
    flat = all(not isinstance(v, dict | list) and "\n" not in str(v) for v in value.values())
    short = sum(len(str(k)) + len(str(v)) + 4 for k, v in value.items()) < _WIDTH - 12
    return writer.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=flat and short and bool(value))


_Writer.add_representer(str, _text)
_Writer.add_representer(dict, _map)


def domain_file(content: Mapping[str, Any], served: Mapping[str, str], source: str) -> str:
    """The YAML of a draft, with a heading that names the pool and the tools that are called otherwise there."""
    heading = [f"# Drafted by `skiller draft` from {source}: a beginning for you to edit."]
    heading += [f"# {name}: {public} in the pool" for name, public in sorted(served.items()) if name != public]
    body = yaml.dump(dict(content), Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return "\n".join([*heading, body])
