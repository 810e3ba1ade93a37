"""Whether what lies on disk may be used: whole, good, and made from what is there now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from resources.store import NO_KEY, BrokenArtifact, Manifest, Store, label, reference
from skiller_assets.artifact import Artifact
from skiller_assets.work import Work

Sources = Mapping[tuple[str, str | None], str]
"""The inputs of one artifact of one key: (folder, key) to content hash."""

USER_FILE = "file:"
"""How the inputs of a manifest mark a user's file, whose path from the project's folder follows, and the plan."""


_MOST_CHANGED = 6
"""So many inputs are named when they changed; of what is gathered it may be hundreds."""


class Unusable(Exception):
    """An artifact that nothing may be made from now; the message names it and says why."""


class Behind(Unusable):
    """An artifact that agrees with all of its domain, and only not with what all domains share: that changed since.

    It is to be made anew, and nothing of its domain may be made from it before. A pair may: whether both of its domains
    agree on what they share is found out when they are joined.
    """

    def __init__(self, reason: str, manifest: Manifest) -> None:
        super().__init__(reason)
        self.manifest = manifest


@dataclass(frozen=True)
class Standing:
    """How one artifact of one key stands: ``stale`` ones are whole and good and would be made anew."""

    state: Literal["good", "stale", "rejected", "broken", "missing"]
    reason: str = ""
    manifest: Manifest | None = None


class Freshness:
    """Answers from one look at the disk: each artifact's files are hashed once, until it is told to forget one."""

    def __init__(self, work: Work, store: Store) -> None:
        self._work = work
        self._store = store
        self._seen: dict[tuple[str, str | None], Manifest | Unusable] = {}

    def usable(self, folder: str, key: str | None) -> Manifest:
        """The manifest of an artifact that others may read.

        Raises Unusable when it is missing, broken or rejected, or, all the way up, when what it was made from is no
        longer there: else a pair could mix the database of today with tasks that failed to follow.
        A change of code alone does not make it unusable: what it holds still agrees with its inputs.
        """
        if (folder, key) not in self._seen:
            try:
                self._seen[folder, key] = self._look(folder, key)
            except Unusable as error:
                self._seen[folder, key] = error
        found = self._seen[folder, key]
        if isinstance(found, Unusable):
            raise found
        return found

    def sources(self, artifact: Artifact, key: str | None) -> Sources:
        """The inputs that an artifact would be made from now. Raises Unusable naming the first that cannot be used.

        What is gathered for the corpus is taken of the keys of which all that is needed can be used.
        """
        without = self.left_out(artifact)
        sources = ((need.folder, k) for need, k in self._work.sources(artifact, key))
        usable = self._for_a_pair if artifact.per == "pair" else self.usable
        return {source: usable(*source).hash for source in sources if source not in without}

    def _for_a_pair(self, folder: str, key: str | None) -> Manifest:
        """The manifest of an artifact that a pair may read. Raises Unusable."""
        try:
            return self.usable(folder, key)
        except Behind as error:
            return error.manifest

    def left_out(self, artifact: Artifact) -> Mapping[tuple[str, str | None], str]:
        """The inputs (folder, key) without which an artifact of the corpus is made, each with the reason."""
        if not self._work.gathers(artifact):
            return {}
        gathered = [(need, k) for need, k in self._work.sources(artifact, None) if need.per != "corpus"]
        reasons: dict[tuple[str, str | None], str] = {}
        for need, k in gathered:
            try:
                self.usable(need.folder, k)
            except Unusable as error:
                reasons.setdefault((need.per, k), str(error))
        return {(need.folder, k): reasons[need.per, k] for need, k in gathered if (need.per, k) in reasons}

    def standing(self, artifact: Artifact, key: str | None) -> Standing:
        """How an artifact of a key stands, for who only wants to know."""
        try:
            found = self._store.verify(artifact.folder, key)
        except BrokenArtifact as error:
            return Standing("broken", str(error))
        if found is None:
            return Standing("missing")
        if found.verdict == "rejected":
            return Standing("rejected", found.reason, found)
        try:
            why = self.difference(artifact, found, self.sources(artifact, key))
        except Unusable as error:
            why = str(error)
        return Standing("stale" if why else "good", why, found)

    def difference(self, artifact: Artifact, found: Manifest, sources: Sources) -> str:
        """Why a good artifact would not be made the same way now; empty when it would."""
        now = {reference(*source): digest for source, digest in sources.items()}
        then = {name: digest for name, digest in found.inputs.items() if not name.startswith(USER_FILE)}
        changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
        if changed:
            more = len(changed) - _MOST_CHANGED
            return f"{', '.join(changed[:_MOST_CHANGED])}{f' and {more} more' if more > 0 else ''} changed"
        return (
            self._changed_file(found)
            or ("its settings changed" if self._settings(artifact) != found.settings else "")
            or ("its code changed" if self._work.codes[artifact.name] != found.code else "")
        )

    def forget(self, folder: str, key: str | None) -> None:
        """Looks at an artifact again when it is next asked for; it was just made."""
        self._seen.pop((folder, key), None)

    def _look(self, folder: str, key: str | None) -> Manifest:
        name = label(folder, key)
        try:
            found = self._store.verify(folder, key)
        except BrokenArtifact as error:
            raise Unusable(f"{error}") from error
        if found is None:
            raise Unusable(f"{name} is missing: build it first")
        if found.verdict == "rejected":
            raise Unusable(f"{name} was rejected: {found.reason}")
        behind = self._behind(name, found)
        artifact = self._work.find(folder, key)
        # What all domains share stays usable while it is behind one domain's file: an edit must not stop the others.
        if key is not None and (changed := self._changed_file(found)):
            raise Unusable(f"{name} is out of date: {changed}")
        if artifact and self._settings(artifact) != found.settings:
            raise Unusable(f"{name} is out of date: its settings changed")
        if behind:
            raise Behind(f"{name} is out of date: {behind}", found)
        return found

    def _behind(self, name: str, found: Manifest) -> str:
        """What all domains share and changed since something was made; empty if nothing. Raises Unusable."""
        behind = ""
        for source in sorted(found.inputs):
            if source.startswith(USER_FILE):
                continue
            folder, _, key = source.partition("/")
            try:
                above = self.usable(folder, None if key == NO_KEY else key)
            except Behind as error:
                above, behind = error.manifest, behind or str(error)
            except Unusable as error:
                raise Unusable(f"{name} is out of date: {error}") from error
            if above.hash != found.inputs[source]:
                changed = f"{label(above.artifact, above.key)} changed since"
                if key != NO_KEY:
                    raise Unusable(f"{name} is out of date: {changed}")
                behind = behind or changed
        return behind

    def _changed_file(self, found: Manifest) -> str:
        for source, digest in sorted(found.inputs.items()):
            name = source.removeprefix(USER_FILE)
            if name != source and self._work.version_of(name) != digest:
                return f"{name} changed"
        return ""

    def _settings(self, artifact: Artifact) -> str:
        return self._work.settings.hash(artifact.settings, artifact.asks)
