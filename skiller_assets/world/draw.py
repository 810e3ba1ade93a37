"""Reproducible randomness: what is drawn depends on words and a position, never on what was drawn before.

Only integer arithmetic and exactly representable fractions are used, so every machine draws the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FEISTEL_ROUNDS = 4
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # built once: draws are many


def digest64(*words: object) -> int:
    """64 bits that depend on the words and their order; words are numbers, texts or None."""
    return int.from_bytes(hashlib.blake2b(_encode(words).encode(), digest_size=8).digest(), "big")


def sql_draw(seed: int) -> Callable[..., float]:
    """The function behind ``draw('word', a, b, …)`` in a contract's SQL: a number in [0, 1)."""

    def draw(*words: Any) -> float:
        return (digest64(seed, *words) >> 11) * 2.0**-53

    return draw


def mix(values: Positions) -> Positions:
    """The finalizer of splitmix64: neighbouring numbers become unrelated ones."""
    z = values.astype(np.uint64, copy=True)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


class Stream:
    """An endless sequence of random numbers, named by words; position ``k`` can be asked for directly."""

    def __init__(self, *words: object) -> None:
        self._key = np.array([digest64(*words)], dtype=np.uint64)

    def bits(self, at: Positions) -> Positions:
        """64 random bits at each position."""
        return mix(self._key + (at + np.uint64(1)) * _GOLDEN)

    def below(self, bound: int, at: Positions) -> Indices:
        """Whole numbers in [0, bound), bound up to 2**31; the bias is below bound / 2**32."""
        return (((self.bits(at) >> np.uint64(32)) * np.uint64(bound)) >> np.uint64(32)).astype(np.int64)

    def below_each(self, bounds: Indices, at: Positions) -> Indices:
        """Like :meth:`below`, with a bound for each position."""
        return (((self.bits(at) >> np.uint64(32)) * bounds.astype(np.uint64)) >> np.uint64(32)).astype(np.int64)

    def unit(self, at: Positions) -> npt.NDArray[np.float64]:
        """Numbers in [0, 1)."""
        return (self.bits(at) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def weighted(self, weights: Sequence[float], at: Positions) -> Indices:
        """Indices into ``weights``, each as often as its weight says. Raises ValueError for weights without a sum."""
        bounds = list(accumulate(weights))
        if not bounds or min(weights) < 0 or bounds[-1] <= 0:
            raise ValueError("weights are not negative and at least one is positive")
        drawn = np.searchsorted(np.array(bounds), self.unit(at) * bounds[-1], side="right")
        return np.minimum(drawn, len(bounds) - 1).astype(np.int64)


def positions(count: int) -> Positions:
    """0, 1, …, count - 1."""
    return np.arange(count, dtype=np.uint64)


def permute(size: int, at: Positions, *words: object) -> Indices:
    """Where each position below ``size`` goes in a permutation of range(size) that is named by the words.

    A Feistel network over the next power of four, walked until it lands inside: a bijection without a table.
    """
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    rounds = [Stream(*words, "round", i) for i in range(_FEISTEL_ROUNDS)]
    out = _feistel(at.astype(np.uint64), half, rounds)
    while (outside := out >= np.uint64(size)).any():
        out[outside] = _feistel(out[outside], half, rounds)
    return out.astype(np.int64)


def _feistel(values: Positions, half: int, rounds: Sequence[Stream]) -> Positions:
    mask = np.uint64((1 << half) - 1)
    left, right = values >> np.uint64(half), values & mask
    for stream in rounds:
        left, right = right, left ^ (stream.bits(right) & mask)
    return (left << np.uint64(half)) | right
