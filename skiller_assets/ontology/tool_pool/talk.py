"""How people and policy talk about a draft: voices, storylines, conduct, what is out of scope, the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from skiller_assets.contract.english import with_article
from skiller_assets.ontology.tool_pool.bind import Operation
from skiller_assets.ontology.tool_pool.schema import Schema, Table, called
from skiller_assets.ontology.tool_pool.words import plural, word_list

_MOST_STORYLINES = 4


def done(op: Operation) -> str:
    """The deed of a tool as a participle: ``cancelled``, ``sent``."""
    lists, verb = word_list("verbs"), op.act.reading.verb
    for kind in ("become", "switch"):
        if verb in lists[kind]:
            return str(lists[kind][verb]["done"])
    return participle(verb)


def participle(verb: str) -> str:
    """``book`` → ``booked``, ``send`` → ``sent``, ``modify`` → ``modified``."""
    known = word_list("talk")["done"]
    if verb in known:
        return str(known[verb])
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}ed"


def voice(schema: Schema, op: Operation) -> dict[str, Any]:
    """What people want from a tool and why."""
    table = schema.tables[op.act.table]
    deed = f"single_{op.deed}" if table.single and op.deed in ("update", "switch") else op.deed
    if op.deed == "become" and table.single:
        deed = "single_switch"
    spoken = {**_nouns(table), "verb": op.act.reading.verb.replace("_", " "), "done": done(op), **_thing(schema, op)}
    wants = [Template(text).substitute(spoken) for text in word_list("talk")["wants"][deed]]
    because = word_list("talk")["because"].get(op.deed, [])
    return {"wants": wants, **({"because": list(because)} if because else {})}


def plain_voice(schema: Schema, deed: str, table: Table | None = None) -> dict[str, Any]:
    """The voice of a read that was added."""
    words = _nouns(table) if table else {"noun": schema.person}
    return {"wants": [Template(text).substitute(words) for text in word_list("talk")["wants"][deed]]}


def _nouns(table: Table) -> dict[str, str]:
    return {"noun": table.noun, "nouns": plural(table.noun), "a_noun": with_article(table.noun)}


def _thing(schema: Schema, op: Operation) -> dict[str, str]:
    """What is made in the words of the tool's name: a flight is booked, and what results is a booking."""
    noun = called(op.act.reading.object) or schema.tables[op.act.table].noun
    if noun.split()[-1] in word_list("verbs")["containers"]:
        noun = schema.tables[op.act.table].noun
    return {"a_thing": with_article(noun), "another_thing": f"another {noun}"}


def title(domain: str, pick: int) -> str:
    """The name of the service."""
    patterns = word_list("talk")["title"]
    return str(patterns[pick % len(patterns)].replace("$words", " ".join(domain.split("_")).title()))


def describe(schema: Schema) -> str:
    """One sentence about what the service does."""
    words = {"list": _enumerated([plural(t.noun) for t in schema.records()]), "persons": plural(schema.person)}
    return Template(word_list("talk")["describe"]).substitute(words)


def _enumerated(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def talk(schema: Schema, operations: Sequence[Operation], title_: str, pick: int) -> dict[str, Any]:
    """Conduct, out of scope, storylines and background of a draft."""
    lists = word_list("talk")
    person = {"person": schema.person}
    return {
        "conduct": [{k: Template(v).substitute(person) for k, v in rule.items()} for rule in lists["conduct"]],
        "out_of_scope": [dict(item) for item in lists["out_of_scope"]],
        "storylines": _storylines(operations),
        "background": _background(schema, title_),
    }


def _storylines(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    lists = word_list("talk")["storylines"]
    found: list[dict[str, Any]] = []
    used: set[tuple[str, str]] = set()
    for pair in lists["pairs"]:
        options = [[op for op in operations if op.deed == kind] for kind in pair["kinds"]]
        goals = next(((a.name, b.name) for a in options[0] for b in options[1]
                      if a is not b and (a.name, b.name) not in used), None)  # fmt: skip
        if goals and len(found) < _MOST_STORYLINES:
            used.add(goals)
            found.append({"goals": list(goals), "says": pair["says"], "because": list(lists["because"])})
    return found


def _background(schema: Schema, title_: str) -> str:
    lists = word_list("talk")
    lines = [Template(_line(lists, table)).substitute(_about(schema, table)) for table in schema.tables.values()]
    words = {
        "title": title_,
        "list": _enumerated([plural(t.noun) for t in schema.records()]),
        "persons": plural(schema.person),
        "person": schema.person,
        "kept": "\n".join(lines),
    }
    return Template(lists["background"]).substitute(words)


def _line(lists: Mapping[str, Any], table: Table) -> str:
    if table.kind == "thing":
        return str(lists["kept_thing"])
    return str(lists["kept_single"] if table.single else lists["kept_record"])


def _about(schema: Schema, table: Table) -> dict[str, str]:
    named = [with_article(schema.tables[name].noun) for name in table.refers]
    ends = sorted(table.states)
    return {
        **_nouns(table),
        "Nouns": plural(table.noun).capitalize(),
        "person": schema.person,
        "about": f" and may name {_enumerated(named)}" if named else "",
        "initial": table.initial,
        "ends": f" and may come to be {' or '.join(ends)}" if ends else "",
    }
