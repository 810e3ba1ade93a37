"""Great Expectations as a plain function: rules and a frame go in, outcomes come out.

The library takes seconds to import, so it is imported on first use. The context lives in memory: no file is written,
nothing is reported to anybody.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

_SHOWN = 3


@dataclass(frozen=True)
class Rule:
    """One expectation of a frame: the name of its Great Expectations class, its arguments, and what it is about."""

    expectation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    column: str = ""
    name: str = ""
    """What the outcome calls it; by default the expectation's class."""


@dataclass(frozen=True)
class ExpectationOutcome:
    """How one expectation turned out. ``detail`` says what was wrong, or that the check itself could not run."""

    table: str
    column: str
    expectation: str
    success: bool
    detail: str = ""


@dataclass(frozen=True)
class Fields:
    """What records of one kind look like: required members, those that do not repeat, allowed values, text lengths.

    ``lengths`` are (shortest, longest) in characters; ``patterns`` are regular expressions that texts match.
    """

    required: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lengths: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)


def validate(table: str, frame: pd.DataFrame, rules: Sequence[Rule]) -> list[ExpectationOutcome]:
    """Check a frame against rules, in their order. A rule that cannot be evaluated is a failure that says so."""
    if not rules:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the library's own use of pandas
        results = _engine().run(frame, rules)
    return [_outcome(table, rule, result) for rule, result in zip(rules, results, strict=True)]


def validate_records(name: str, frame: pd.DataFrame, fields: Fields) -> list[ExpectationOutcome]:
    """Check records (tasks, queries: one row each) against what their members must be."""
    return validate(name, frame, list(_record_rules(fields)))


def failures(outcomes: Sequence[ExpectationOutcome]) -> list[str]:
    """One line for each outcome that is not a success."""
    return [
        f"{o.table}{'.' if o.column else ''}{o.column}: {o.expectation}: {o.detail}" for o in outcomes if not o.success
    ]


def _record_rules(fields: Fields) -> Iterator[Rule]:
    for column in fields.required:
        yield Rule("ExpectColumnValuesToNotBeNull", {"column": column}, column, "present")
    for column in fields.unique:
        yield Rule("ExpectColumnValuesToBeUnique", {"column": column}, column, "unique")
    for column, values in fields.values.items():
        yield Rule("ExpectColumnValuesToBeInSet", {"column": column, "value_set": sorted(values)}, column, "one_of")
    for column, (shortest, longest) in fields.lengths.items():
        bounds = {"column": column, "min_value": shortest, "max_value": longest}
        yield Rule("ExpectColumnValueLengthsToBeBetween", bounds, column, "length")
    for column, pattern in fields.patterns.items():
        yield Rule("ExpectColumnValuesToMatchRegex", {"column": column, "regex": pattern}, column, "format")


class _Engine:
    """The library, imported once, with a context in memory."""

    def __init__(self) -> None:
        import great_expectations as gx
        import great_expectations.expectations as expectations
        from great_expectations.data_context.types.base import (
            DataContextConfig,
            InMemoryStoreBackendDefaults,
            ProgressBarsConfig,
        )
        from great_expectations.expectations.expectation import Expectation

        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        )
        context = gx.get_context(mode="ephemeral", project_config=config)
        asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
        self._batches = asset.add_batch_definition_whole_dataframe("whole")
        self._classes = expectations
        self._expectation = Expectation
        self._suite = gx.ExpectationSuite

    def run(self, frame: pd.DataFrame, rules: Sequence[Rule]) -> list[Any]:
        """The results of the rules in their order, as one suite: what they share is computed once."""
        wanted = [
            getattr(self._classes, rule.expectation)(**rule.arguments, meta={"place": place})
            for place, rule in enumerate(rules)
        ]
        batch = self._batches.get_batch(batch_parameters={"dataframe": frame})
        shape = {"result_format": "BASIC", "partial_unexpected_count": _SHOWN}
        with _derived_once(self._expectation):
            results = batch.validate(self._suite(name="rules", expectations=wanted), result_format=shape).results
        return sorted(results, key=lambda result: result.expectation_config.meta["place"])


@contextmanager
def _derived_once(expectation: Any) -> Iterator[None]:
    """While this lasts, each expectation derives its configuration once.

    The library derives it anew some seventy times for each one that it evaluates, which is a third of all the time
    that it takes; none of ours changes meanwhile.
    """
    derive = expectation.configuration
    known: dict[int, tuple[Any, Any]] = {}  # with the expectation itself, so that no other one gets its id

    def configuration(self: Any) -> Any:
        if id(self) not in known:
            known[id(self)] = self, derive.fget(self)
        return known[id(self)][1]

    expectation.configuration = property(configuration)
    try:
        yield
    finally:
        expectation.configuration = derive


@cache
def _engine() -> _Engine:
    return _Engine()


def _outcome(table: str, rule: Rule, result: Any) -> ExpectationOutcome:
    success = bool(result.success)
    return ExpectationOutcome(
        table, rule.column, rule.name or rule.expectation, success, "" if success else _detail(result)
    )


def _detail(result: Any) -> str:
    trouble = _trouble(result.exception_info or {})
    if trouble:
        return f"could not be checked: {trouble}"
    found = result.result or {}
    if "unexpected_count" in found:
        samples = [_plain(v) for v in found.get("partial_unexpected_list", [])[:_SHOWN]]
        return f"{int(found['unexpected_count'])} of {int(found['element_count'])} rows, such as {samples}"
    return f"observed {_plain(found.get('observed_value'))}"


def _trouble(info: Mapping[str, Any]) -> str:
    """The message of an exception, which the library hands over either plainly or by metric."""
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    for one in [info, *nested]:
        if one.get("raised_exception"):
            return str(one.get("exception_message", "")).strip().splitlines()[0]
    return ""


def _plain(value: Any) -> Any:
    """A numpy value as what JSON knows."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value.item() if hasattr(value, "item") else value
