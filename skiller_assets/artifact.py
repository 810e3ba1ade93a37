"""Artifacts as plain declarations: what one is, what it needs, how it is built, checked and shown.

A phase declares its artifacts as a tuple ``ARTIFACTS``; the chain does the rest (order, storage, reuse, events).
Builders, checks and summaries are plain functions of :class:`Inputs` and know nothing of Dagster. They run in worker
processes and must be picklable: module-level functions, or ``functools.partial`` of one.

    def build_tool_list(inputs: Inputs) -> Built:
        contract = Contract.model_validate(inputs.json("blueprint", "contract.json"))
        tools = openai_tools(contract)
        return Built({"tools.json": as_json(tools)}, counts={"tools": len(tools)})

    TOOL_LIST = Artifact(
        "tool_list", "OpenAI-format tools, exactly what the server accepts.", ("blueprint",), build_tool_list,
        checks=(Check("same_schemas", "Every schema is the one the engine validates.", same_schemas),),
        group="service", kinds=("json",),
    )
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from skiller_assets.enclosure import no_enclosure
from skiller_assets.user_files import (
    ABSENT,
    CATALOGUE_FOLDER,
    DOMAINS_FOLDER,
    domain_file_name,
    domain_files_listing,
    hash_of_user_file,
)

if TYPE_CHECKING:
    from skiller_assets.ask.door import Door
    from skiller_assets.ask.names import AskName
    from skiller_assets.enclosure import Enclosure
    from skiller_assets.settings import Settings

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""Anything that JSON can say."""

Scope = Literal["corpus", "domain", "pair"]
"""What the key of an artifact is: nothing (one artifact for the whole corpus), a domain, or a pair of domains."""

PLAN = "plan"
"""How the inputs of an artifact name what planning decided."""

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
QUARANTINE = "quarantine.jsonl"
"""The file of an artifact in which dropped items are kept with their reasons."""

_RESERVED = ("manifest.json", QUARANTINE)


class BuildFailed(Exception):
    """A builder's own true reason why this artifact of this key cannot be made. The message is shown to the user."""


class MissingInput(BuildFailed):
    """A file that was asked for and is not there, or belongs to an artifact that is not among the declared needs."""


@dataclass(frozen=True)
class Built:
    """What a builder hands back.

    ``files``: relative POSIX path to content; text is written as UTF-8. ``counts``: figures for tables and the funnel.
    ``quarantine``: dropped items, each with a ``reason``; kept beside the artifact as ``quarantine.jsonl`` and counted.
    """

    files: Mapping[str, bytes | str]
    counts: Mapping[str, int] = field(default_factory=dict)
    quarantine: Sequence[Mapping[str, JsonValue]] = ()

    def __post_init__(self) -> None:
        for name in self.files:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or str(path) != name or name in _RESERVED:
                raise ValueError(f"{name!r} cannot be the name of an artifact's file")
        for item in self.quarantine:
            if not item.get("reason"):
                raise ValueError(f"a quarantined item has no reason: {dict(item)}")


@dataclass(frozen=True)
class Finding:
    """What a check found. ``reason`` is empty when it passed, and says what is wrong and where when it did not."""

    passed: bool
    reason: str = ""
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    severity: Literal["error", "warn"] = "error"

    def __post_init__(self) -> None:
        if self.passed == bool(self.reason):
            raise ValueError("a finding has a reason exactly when it did not pass")


@dataclass(frozen=True)
class Check:
    """A claim about an artifact, recomputed from its files after it is built (and never from what its builder says).

    A failing blocking check rejects the artifact: nothing that needs it uses it, for that key and no other.
    """

    name: str
    describe: str
    run: Callable[[Inputs], Finding]
    blocking: bool = True

    def __post_init__(self) -> None:
        _well_named("check", self.name)


@dataclass(frozen=True)
class Markdown:
    """Text for the UI."""

    text: str


@dataclass(frozen=True)
class TableOf:
    """A small table for the UI: a sample of rows, a funnel. Cells are shown as they are."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float | bool | None]]


@dataclass(frozen=True)
class Picture:
    """A PNG for the UI, with the words for who cannot see it."""

    png: bytes
    alt: str


@dataclass(frozen=True)
class ColumnSchema:
    """The columns of an artifact's main table: name, type and meaning of each."""

    columns: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class ColumnLineage:
    """From which columns of other artifacts each column (``table.column``) comes: (artifact, column) pairs."""

    columns: Mapping[str, Sequence[tuple[str, str]]]


Shown: TypeAlias = "Markdown | TableOf | Picture | ColumnSchema | ColumnLineage | Path | JsonValue"
"""What the UI can show under a name; the chain translates it. ``row_count`` and ``columns`` get Dagster's own views."""


@dataclass(frozen=True)
class Artifact:
    """One kind of artifact: a row of the table in which the whole product is listed.

    ``needs``: artifacts whose files it reads; what is made once for the corpus may gather those of every domain or
    pair that can be used now. ``settings``: dotted keys of :class:`Settings` that its content depends
    on (``"world.rows"``; ``"tasks"`` stands for all below it). ``asks``: what its builder asks an author for, by name.
    ``reads_domain_file``: whether its builder may ask for the user's own ``domains/<key>.yaml``; ``reads_catalogue``:
    for their ``catalogue/``; ``reads_plan``: for what planning decided. ``per``: what its key is. ``summarize``: what
    the UI shows of one key, read from its files; keep it cheap, it runs again when the artifact is reused.
    """

    name: str
    describe: str
    needs: tuple[str, ...]
    build: Callable[[Inputs], Built]
    checks: tuple[Check, ...] = ()
    group: str = "skiller"
    kinds: tuple[str, ...] = ()
    owners: tuple[str, ...] = ("team:skiller",)
    settings: tuple[str, ...] = ()
    asks: tuple[AskName, ...] = ()
    summarize: Callable[[Inputs], Mapping[str, Shown]] | None = None
    reads_domain_file: bool = False
    reads_catalogue: bool = False
    reads_plan: bool = False
    per: Scope = "domain"

    def __post_init__(self) -> None:
        _well_named("artifact", self.name)
        for what, names in (("need", self.needs), ("check", tuple(c.name for c in self.checks))):
            if len(set(names)) != len(names):
                raise ValueError(f"artifact {self.name} lists a {what} twice: {', '.join(sorted(names))}")
        if self.name in self.needs:
            raise ValueError(f"artifact {self.name} needs itself")

    @property
    def folder(self) -> str:
        """Its name on disk and for readers of its files: artifacts of pairs lie beside those of domains."""
        return self.name.removeprefix("fused_") if self.per == "pair" else self.name


class Inputs:
    """What the builder, a check or the summary of one artifact and key may see.

    ``folders`` maps (artifact, key) to the folder of each input; a check or summary also finds its own artifact there.
    Artifacts go by their names on disk, so that a builder serves domains and pairs alike: where one can be read under
    several keys and nobody says which, its own key is meant. ``left_out`` maps (artifact, key) to why it is not there.
    Files of the user that are asked for are remembered with their hash in ``user_files``: they are inputs too, and so
    is ``plan``, what planning decided (a JSON value).
    """

    def __init__(
        self,
        artifact: Artifact,
        key: str | None,
        settings: Settings,
        folders: Mapping[tuple[str, str | None], Path],
        make_door: Callable[[Settings], Door],
        plan: Mapping[str, JsonValue] | None = None,
        left_out: Mapping[tuple[str, str | None], str] | None = None,
        make_enclosure: Callable[[Settings], Enclosure] = no_enclosure,
    ) -> None:
        self.key = key
        self.settings = settings
        self.user_files: dict[str, str] = {}
        self._where = f"{artifact.name}[{key or '-'}]"
        self._artifact = artifact
        self._plan = plan or {}
        self._folders = dict(folders)
        self._left_out = dict(left_out or {})
        self._make_door = make_door
        self._make_enclosure = make_enclosure
        self._door: Door | None = None

    @property
    def per(self) -> Scope:
        """What the key is: of a domain, of a pair, or none."""
        return self._artifact.per

    @property
    def door(self) -> Door:
        """The door to a model, opened when first used."""
        if self._door is None:
            self._door = self._make_door(self.settings)
        return self._door

    @property
    def enclosure(self) -> Enclosure:
        """Where code runs that nobody has vouched for. Raises EnclosureUnavailable."""
        return self._make_enclosure(self.settings)

    def keys(self, artifact: str) -> tuple[str | None, ...]:
        """The keys under which a needed artifact can be read: its own, those of a pair, all usable, or (None,)."""
        return tuple(key for name, key in self._folders if name == artifact)

    def left_out(self, artifact: str) -> Mapping[str, str]:
        """Of an artifact that is gathered for the corpus: the keys under which it cannot be read, each with the reason.

        A key is left out as a whole, when anything that is needed of it is missing, rejected or out of date.
        """
        return {key: reason for (name, key), reason in self._left_out.items() if name == artifact and key}

    def file(self, artifact: str, name: str, key: str | None = None) -> Path:
        """A file of a needed artifact; ``key`` where there are several and not the own one is meant.

        Raises MissingInput.
        """
        found = self._key_of(artifact, key)
        path = self._folders[artifact, found] / name
        if not path.is_file():
            raise MissingInput(f"{self._where} reads {artifact}[{found or '-'}]/{name}, which does not exist")
        return path

    def _key_of(self, artifact: str, key: str | None) -> str | None:
        """The key under which an artifact is meant. Raises MissingInput."""
        every = self.keys(artifact)
        wanted = key if key is not None else self.key
        if wanted in every:
            return wanted
        if key is not None and (reason := self._left_out.get((artifact, key))):
            raise MissingInput(f"{self._where} reads {artifact}[{key}], which was left out: {reason}")
        if key is not None or not every:
            named = artifact if key is None else f"{artifact}[{key}]"
            raise MissingInput(f"{self._where} reads {named}, which is not among its needs: declare it")
        if len(every) > 1:
            choice = ", ".join(map(str, every))
            raise MissingInput(f"{self._where} reads {artifact} of several keys: name one of {choice}")
        return every[0]

    def blob(self, artifact: str, name: str, key: str | None = None) -> bytes:
        """The content of a file. Raises MissingInput."""
        return self.file(artifact, name, key).read_bytes()

    def read(self, artifact: str, name: str, key: str | None = None) -> str:
        """The text of a file. Raises MissingInput."""
        return self.file(artifact, name, key).read_text(encoding="utf-8")

    def json(self, artifact: str, name: str, key: str | None = None) -> Any:
        """The value in a JSON file. Raises MissingInput."""
        return json.loads(self.read(artifact, name, key))

    def jsonl(self, artifact: str, name: str, key: str | None = None) -> list[dict[str, Any]]:
        """The records of a JSON-lines file. Raises MissingInput."""
        lines = self.read(artifact, name, key).split("\n")  # splitlines would also split at U+2028, which JSON allows
        return [json.loads(line) for line in lines if line]

    def quarantine(self, artifact: str, key: str | None = None) -> list[dict[str, Any]]:
        """What the builder of a needed artifact dropped, each item with its reason."""
        found = self._key_of(artifact, key)
        folder = self._folders[artifact, found]
        return self.jsonl(artifact, QUARANTINE, found) if (folder / QUARANTINE).is_file() else []

    def domain_file(self) -> Path | None:
        """The user's own ``domains/<key>.yaml``; None when there is none.

        That it was looked for is remembered either way, so that writing, changing or removing it rebuilds the artifact.
        Raises MissingInput when the artifact does not declare ``reads_domain_file``.
        """
        self._expect_declared("reads_domain_file", "the user's domain file")
        name = domain_file_name(self.key)
        return None if self._remember(name) == ABSENT else self.settings.root / name

    def domain_files(self) -> dict[str, Path]:
        """All of the user's domain files by the name of the domain; that one comes or goes is remembered, too.

        Raises MissingInput when the artifact does not declare ``reads_domain_file``.
        """
        self._expect_declared("reads_domain_file", "the user's domain files")
        self._remember(DOMAINS_FOLDER)
        names = domain_files_listing(self.settings.root)
        for name in names:
            self._remember(name)
        return {(self.settings.root / name).stem: self.settings.root / name for name in names}

    def remember_catalogue(self) -> None:
        """For who asks the author something that it answers from its catalogue: users write a part of that.

        Raises MissingInput when the artifact does not declare ``reads_catalogue``.
        """
        self._expect_declared("reads_catalogue", "the user's catalogue")
        self._remember(CATALOGUE_FOLDER)

    def plan(self) -> Mapping[str, Any]:
        """What planning decided (see ``Registry.decided``). Raises MissingInput when ``reads_plan`` is not declared."""
        self._expect_declared("reads_plan", "the plan")
        self.user_files[PLAN] = hash_of_plan(self._plan)
        return self._plan

    def _expect_declared(self, field_name: str, what: str) -> None:
        if not getattr(self._artifact, field_name):
            raise MissingInput(f"{self._where} reads {what}: declare {field_name}=True")

    def _remember(self, name: str) -> str:
        """The hash of something of the user's, remembered as an input."""
        self.user_files[name] = hash_of_user_file(self.settings.root, name)
        return self.user_files[name]


def hash_of_plan(plan: Mapping[str, JsonValue]) -> str:
    """SHA-256 of what planning decided, in hexadecimal."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def as_json(value: Any) -> str:
    """JSON as artifacts store it: indented, in the given order, ending in a newline. NaN is refused with ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def as_jsonl(records: Iterable[Any]) -> str:
    """JSON lines as artifacts store them: one record a line, in the given order."""
    return "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)


def _well_named(what: str, name: str) -> None:
    if not _NAME.match(name):
        raise ValueError(f"{name!r} cannot be the name of an {what}: lower-case letters, digits and underscores")
