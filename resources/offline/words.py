"""The author's data files, read once, and the hash that names their edition."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from skiller_assets.contract import english
from skiller_assets.service.server_code import generator_files

_HERE = Path(__file__).parent


@lru_cache(maxsize=32)
def words(name: str) -> dict[str, Any]:
    """The content of ``data/<name>.yaml``; shared by all callers, never changed by them."""
    loaded: dict[str, Any] = yaml.safe_load((_HERE / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def edition() -> str:
    """A hash over the author's code and data: another edition may answer the same ask differently."""
    digest = hashlib.sha256()
    own = sorted([*_HERE.glob("*.py"), *_HERE.glob("data/*.yaml")])
    for path in [*own, Path(english.__file__), *generator_files()]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
