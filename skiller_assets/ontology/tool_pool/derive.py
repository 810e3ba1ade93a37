"""From the tools of a community to the schema that they read and write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from skiller_assets.ontology.tool_pool.dependencies import is_id
from skiller_assets.ontology.tool_pool.model import Field, PoolTool
from skiller_assets.ontology.tool_pool.reading import Reading
from skiller_assets.ontology.tool_pool.schema import IDENTIFYING, POINTING, Act, Schema, Table, add_table, is_staff
from skiller_assets.ontology.tool_pool.shape import finish, shape
from skiller_assets.ontology.tool_pool.words import lemmas, word_list

MOST_RECORDS, MOST_THINGS = 5, 5


def derive_schema(tools: Sequence[PoolTool], readings: Mapping[str, Reading]) -> Schema:
    """The schema of some tools. Tools for which it has no place are named with the reason."""
    schema = Schema(_person(tools, readings), {}, [], {})
    usable = [tool for tool in tools if _is_usable(tool, readings[tool.name], schema)]
    made = {tool.name: _made(tool, readings[tool.name], usable, readings) for tool in usable}
    number = Counter(record for record, _ in made.values())
    owned = {made[t.name][0] for t in usable if readings[t.name].writes or readings[t.name].facet == "history"}
    for name in sorted(owned, key=lambda n: (-number[n], n))[:MOST_RECORDS]:
        add_table(schema, name, "record")
    things = _things(usable, made, readings, owned)
    for name in sorted(things, key=lambda n: (-things[n], n))[:MOST_THINGS]:
        if schema.resolve(name.split("_")) is None:
            add_table(schema, name, "thing")
    for tool in usable:
        _place(schema, tool, readings[tool.name], made[tool.name])
    _add_referred(schema)
    for act in sorted(schema.acts, key=lambda act: not act.reading.writes):  # what tools take says more than what shows
        shape(schema, act)
    for table in schema.tables.values():
        finish(table)
    return schema


def _things(
    tools: Sequence[PoolTool],
    made: Mapping[str, tuple[str, str | None]],
    readings: Mapping[str, Reading],
    owned: Collection[str],
) -> Counter[str]:
    """What is only read and still is a thing: several tools are about it, or it is listed, or other tools name it."""
    named = {tuple(w for w in lemmas(f.name) if w not in ("id", "name")) for t in tools for f in t.parameters}
    found = Counter({about: 2 for _, about in made.values() if about})
    for object_, count in Counter(record for record, _ in made.values()).items():
        words = tuple(object_.split("_"))
        own = [readings[t.name] for t in tools if made[t.name][0] == object_]
        listed = any(reading.kind == "many" for reading in own)
        keyed = any(lemmas(f.name) in (("id",), ("name",)) for t in tools if made[t.name][0] == object_
                    for f in t.parameters)  # fmt: skip
        if object_ in owned or words[-1] in POINTING:
            continue
        if count > 1 or listed or keyed or words in named:
            found[object_] += count
    return found


def _person(tools: Sequence[PoolTool], readings: Mapping[str, Reading]) -> str:
    """The most frequent of the words for people in names and parameters, ``customer`` where there is none."""
    lists = word_list("verbs")
    vague = {"me", "myself", "person", "profile", "user", "caller"}
    seen: Counter[str] = Counter()
    for tool in (t for t in tools if readings[t.name].kind != "session"):
        named = [lemmas(f.name)[:-1] for f in tool.parameters if lemmas(f.name)[-1] in IDENTIFYING]
        for words in (tuple(readings[tool.name].object.split("_")), *named):
            seen.update(word for word in words if word in lists["people"] and word not in vague)
    found = sorted(seen, key=lambda word: (-seen[word], word))
    return found[0] if found else "customer"


def _is_usable(tool: PoolTool, reading: Reading, schema: Schema) -> bool:
    reasons = {
        "session": "is replaced by the authorization that every service has",
        "compute": "computes and neither reads nor writes what the service keeps",
        "unknown": "its name and description begin with no verb that is known here",
    }
    nothing = not reading.object or reading.object.split("_")[-1] in word_list("verbs")["nothings"]
    reason = reasons.get(reading.kind) or ("its name tells no thing that it is about" if nothing else "")
    if not reason and schema.is_person(reading.object.split("_")):
        reason = "is about people, whom this service knows only as those on whose behalf it acts"
    if reason:
        schema.left_out[tool.name] = reason
    return not reason


def _made(
    tool: PoolTool, reading: Reading, tools: Sequence[PoolTool], readings: Mapping[str, Reading]
) -> tuple[str, str | None]:
    """What a tool is about: the record, and for ``book_flight`` also the thing of which it makes a record."""
    others = {readings[t.name].object for t in tools if t is not tool}
    if reading.writes and reading.kind != "create" and (owner := _owner_of_facet(tool, reading.object, others)):
        return owner, None
    noun = word_list("verbs")["makes"].get(reading.verb)
    if reading.kind != "create" or noun is None or noun == reading.object:
        return reading.object, None
    results = {lemmas(f.name)[:-1] for f in tool.results if lemmas(f.name)[-1:] == ("id",)}
    if (noun,) in results or noun in others:
        return str(noun), reading.object
    if tuple(reading.object.split("_")) in results or reading.object not in others:
        return reading.object, None
    return str(noun), reading.object


def _owner_of_facet(tool: PoolTool, object_: str, others: Collection[str]) -> str | None:
    """The thing of which a tool changes a part: ``change_parcel_destination(parcel_id, …)`` changes a parcel."""
    for f in tool.parameters:
        owner = "_".join(lemmas(f.name)[:-1])
        if is_id(f) and owner in others and object_.startswith(f"{owner}_"):
            return owner
    return None


def _place(schema: Schema, tool: PoolTool, reading: Reading, made: tuple[str, str | None]) -> None:
    """Puts a tool to its table; a read about a mere property or document of a table goes to that table."""
    name, about = made
    table = schema.resolve(_entry_of(name))
    if table is None and not reading.writes:
        table = next((t for f in tool.parameters if (t := _named_by_id(schema, f))), None)
        table = table or next((t.name for t in schema.things() if _is_property(schema, t, name)), None)
    if table is None:
        schema.left_out[tool.name] = f"is about {name.replace('_', ' ')}, of which too little is said for a table"
        return
    schema.acts.append(Act(tool, reading, table, schema.resolve(about.split("_")) if about else None))


def _named_by_id(schema: Schema, f: Field) -> str | None:
    words = lemmas(f.name)
    return schema.resolve(words[:-1]) if words[-1:] == ("id",) else None


def _is_property(schema: Schema, table: Table, name: str) -> bool:
    """Whether tools on a table take or show something of this name (``symbol``)."""
    acts = [act for act in schema.acts if act.table == table.name]
    return any(f.name == name for act in acts for f in (*act.tool.parameters, *act.tool.results))


def _entry_of(name: str) -> list[str]:
    words = name.split("_")
    return [*words, "entry"] if words[-1] in word_list("verbs")["containers"] else words


def _add_referred(schema: Schema) -> None:
    """Things that writes name by an id (``restaurant_id``) but that no tool is about."""
    technical = {*word_list("similarity")["technical"], *word_list("verbs")["people"], schema.person}
    for act in list(schema.acts):
        for f in act.tool.parameters:
            words = lemmas(f.name)
            if words[-1:] != ("id",) or len(words) < 2 or set(words) & technical or not act.reading.writes:
                continue
            noun = words[:-1]
            if schema.resolve(noun) is None and not schema.is_person(noun) and len(schema.things()) < MOST_THINGS:
                add_table(schema, "_".join(noun), "thing")


def add_keeper(schema: Schema) -> None:
    """Where everything belongs to the person, a team that looks after it: a service has something of its own, too."""
    if not all(is_staff(table) for table in schema.things()):
        return
    team = add_table(schema, "team", "thing")
    finish(team)
    for record in schema.records():
        record.refers.append(team.name)
