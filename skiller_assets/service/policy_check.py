"""What a policy must be: complete, every rule once, and closed over its contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from skiller_assets.contract.model import Contract, Use
from skiller_assets.contract.wording import render, say_constant, say_name

SHORTEST, LONGEST = 800, 2000
"""Words of the policy of one domain, markers not counted."""

JOINING = 400
"""Words that a joint policy may have beyond those of its domains."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKER = re.compile(r"<!-- ?(TOOL|TOOL_END|rule|conduct|out_of_scope): ?([a-z0-9_]+) ?-->")
_LIST_MARK = re.compile(r"(?m)^(\s*(?:#+ *)?)\d+[.)](?=\s)")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_TICKED = re.compile(r"`([^`]+)`")
_QUOTED = re.compile(r"[\"“*]([a-z][a-z_ ]{2,30})[\"”*]")
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_BUILT_IN = ("transfer_to_human", "calculate")


def policy_complaints(contract: Contract, text: str) -> list[str]:
    """Everything wrong with a policy: length, markers, rules, closed world. Empty when it is fine."""
    words, (shortest, longest) = count_words(text), words_allowed(contract)
    found = [] if shortest <= words <= longest else [f"{words} words; a policy has {shortest} to {longest}"]
    return found + list(_marker_complaints(contract, text)) + closed_world_complaints(contract, text)


def words_allowed(contract: Contract) -> tuple[int, int]:
    """The fewest and most words that the policy of a contract may have: those of its domains, and what joins them."""
    domains = len(contract.fusion.members) if contract.fusion else 1
    return domains * SHORTEST, domains * LONGEST + (domains - 1) * JOINING


def closed_world_complaints(contract: Contract, prose: str) -> list[str]:
    """Numbers, statuses and names in prose that the contract does not have."""
    plain = _LIST_MARK.sub(r"\1", _COMMENT.sub(" ", prose))
    texts = _texts(contract)
    return [
        *_foreign_numbers(texts, plain),
        *_foreign_names(contract, texts, plain),
        *_foreign_statuses(contract, texts, plain),
    ]


def known_numbers(contract: Contract) -> list[str]:
    """The numbers that prose about a contract may have, in digits, the smallest first."""
    return [f"{number.normalize():f}" for number in sorted(_numbers(_texts(contract)))]


def unused_statuses(contract: Contract) -> list[str]:
    """Words that usually name a status and that a contract does not have, sorted: prose about it has none of them."""
    texts, known = _texts(contract), _status_words(contract)
    return sorted(word for word in _lexicon()["statuses"] if not _is_word_of(word, known, texts))


def count_words(markdown: str) -> int:
    """Words of a markdown text without its comments."""
    return len(re.findall(r"[A-Za-z0-9][\w'’.,@-]*", _COMMENT.sub(" ", markdown)))


def procedure_of(text: str, tool: str) -> str:
    """The part of a policy between the markers of a tool, or "" when it has none."""
    match = re.search(rf"<!-- TOOL: {tool} -->(.*?)<!-- TOOL_END: {tool} -->", text, re.DOTALL)
    return match[1] if match else ""


def _marker_complaints(contract: Contract, text: str) -> Iterator[str]:
    yield from _unbalanced(text)
    expected = _expected_markers(contract)
    found = Counter((kind, name) for kind, name in _MARKER.findall(text) if kind != "TOOL_END")
    for kind, name in sorted(expected.keys() | found.keys()):
        wanted, seen = expected[kind, name], found[kind, name]
        if not wanted:
            yield f"the policy names {_spoken(kind)} {name}, which the contract does not have"
        elif wanted != seen:
            yield f"{_spoken(kind)} {name} is stated {seen} times instead of {wanted}"
    for tool in contract.tools:
        yield from _misplaced_rules(contract, tool, text)


def _spoken(kind: str) -> str:
    return say_name(kind.lower())


def _unbalanced(text: str) -> Iterator[str]:
    within: str | None = None
    for kind, name in _MARKER.findall(text):
        if kind == "TOOL":
            if within:
                yield f"the procedure of {name} begins inside that of {within}"
            within = name
        elif kind == "TOOL_END":
            if within != name:
                yield f"the end marker of {name} has no beginning"
            within = None
    if within:
        yield f"the procedure of {within} has no end marker"


def _expected_markers(contract: Contract) -> Counter[tuple[str, str]]:
    """How often each marker stands in a policy: a shared group once, other rules once in each tool that has them."""
    expected: Counter[tuple[str, str]] = Counter(("TOOL", tool) for tool in contract.tools)
    expected.update(("conduct", item.id) for item in contract.conduct)
    expected.update(("out_of_scope", item.id) for item in contract.out_of_scope)
    for tool in contract.tools:
        expected.update(("rule", rule) for rule in _own_rule_ids(contract, tool))
    for group in {i.use for tool in contract.tools.values() for i in tool.rules if isinstance(i, Use)}:
        expected.update(("rule", rule.id) for rule in contract.rule_groups[group])
    return expected


def _own_rule_ids(contract: Contract, tool: str) -> list[str]:
    declared = contract.tools[tool]
    granted = [declared.grants.id] if declared.grants else []
    return granted + [rule.id for rule in declared.rules if not isinstance(rule, Use)]


def _misplaced_rules(contract: Contract, tool: str, text: str) -> Iterator[str]:
    inside = {name for kind, name in _MARKER.findall(procedure_of(text, tool)) if kind == "rule"}
    for rule in _own_rule_ids(contract, tool):
        if rule not in inside:
            yield f"rule {rule} is not stated in the procedure of {tool}"


def _foreign_numbers(texts: str, prose: str) -> Iterator[str]:
    known = _numbers(texts)
    for number in sorted(_numbers(prose) - known):
        said = sorted(word for word, value in _worded_numbers(prose).items() if value == number)
        worded = f" ({', '.join(f'“{word}”' for word in said)})" if said else ""
        yield f"the number {number}{worded} is not in the contract"


def _numbers(text: str) -> set[Decimal]:
    digits = {Decimal(found.replace(",", "")) for found in _NUMBER.findall(text)}
    return digits | set(_worded_numbers(text).values())


def _worded_numbers(text: str) -> dict[str, Decimal]:
    """The numbers that stand in words, by their words: ``twenty-four`` is one number."""
    words, units = _lexicon()["numbers"], _lexicon()["units"]
    found: dict[str, Decimal] = {}
    for tens, unit, single in _worded_pattern().findall(text.lower()):
        worded = f"{tens}-{unit}" if tens else single
        found[worded] = Decimal(words[tens] + units[unit] if tens else words[single])
    return found


def _foreign_names(contract: Contract, texts: str, prose: str) -> Iterator[str]:
    declared = {*_BUILT_IN, *contract.tools, *contract.tables, *contract.constants, *_values(contract)}
    declared |= {name for table in contract.tables.values() for name in table.attributes}
    declared |= {name for tool in contract.tools.values() for name in tool.parameters}
    declared |= {rule.id for tool in contract.tools for rule in contract.rules_of(tool)}
    named = set(_TICKED.findall(prose)) | set(_SNAKE.findall(prose))
    for name in sorted(named - declared):
        if name.lower() not in texts:
            yield f"`{name}` is no name or value of the contract"


def _foreign_statuses(contract: Contract, texts: str, prose: str) -> Iterator[str]:
    """Quoted or emphasised words, and words that usually name a status, must be the contract's own."""
    lower = prose.lower()
    usual = {word for word in _lexicon()["statuses"] if re.search(rf"\b{word}\b", lower)}
    known = _status_words(contract)
    for word in sorted({q.strip() for q in _QUOTED.findall(prose)} | usual):
        if not _is_word_of(word, known, texts):
            yield f"“{word}” is no status or word of the contract"


def _status_words(contract: Contract) -> set[str]:
    """What may be quoted though no sentence says it: values, and what records and their attributes are called."""
    known = {say_name(value).lower() for value in _values(contract)} | {say_name(t) for t in contract.tables}
    for table in contract.tables.values():
        known |= {
            say_name(label).lower() for label in (table.label, *(a.label for a in table.attributes.values())) if label
        }
    return known


def _is_word_of(word: str, known: set[str], texts: str) -> bool:
    return word in known or re.search(rf"\b{re.escape(word)}\b", texts) is not None


def _values(contract: Contract) -> set[str]:
    """States, enumerated values and choices."""
    found: set[str] = set()
    for table in contract.tables.values():
        found |= set(table.lifecycle.states) if table.lifecycle else set()
        for attribute in table.attributes.values():
            found |= set(attribute.enum or ())
            if attribute.generate and attribute.generate.choice:
                found |= {str(value) for value in attribute.generate.choice}
    for tool in contract.tools.values():
        found |= {value for parameter in tool.parameters.values() for value in parameter.enum or ()}
    return found


def _texts(contract: Contract) -> str:
    """Everything that the contract itself says, lower-case; its background is not a source but a claim."""
    return "\n".join(render(contract, text) for text in _sentences(contract)).lower()


def _sentences(contract: Contract) -> Iterator[str]:
    yield from (contract.title, contract.describe, contract.context, *_values(contract))
    yield from (say_constant(constant, contract.currency) for constant in contract.constants.values())
    for name, table in contract.tables.items():
        yield from (say_name(name), table.describe, *(a.describe for a in table.attributes.values()))
        yield from (say_name(a) for a in table.attributes)
        yield from (state.describe for state in (table.lifecycle.states.values() if table.lifecycle else ()))
        yield from _row_values(table.population.rows if table.population and table.population.rows else ())
    for name, tool in contract.tools.items():
        yield from (say_name(name), tool.describe, *(p.describe for p in tool.parameters.values()))
        yield from (rule.says for rule in contract.rules_of(name))
        yield from (effect.says for effect in tool.effects)
        yield from (let.says for let in tool.let.values())
        yield from [tool.grants.says] if tool.grants else []
    yield from [contract.fusion.says] if contract.fusion else []
    yield from (conduct.says for conduct in contract.conduct)
    yield from (item.says for item in contract.out_of_scope)
    yield from (invariant.says for invariant in contract.invariants)


def _row_values(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    # Values may hold braces of their own (JSON texts), which are no quoted constants.
    for row in rows:
        yield from (str(value).replace("{", " ").replace("}", " ") for value in row.values())


@lru_cache(maxsize=1)
def _worded_pattern() -> re.Pattern[str]:
    tens, units, single = ("|".join(_lexicon()[name]) for name in ("tens", "units", "numbers"))
    return re.compile(rf"\b(?:({tens})[- ]({units})|({single}))\b")


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    path = Path(__file__).parent / "templates" / "policy_lexicon.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded
