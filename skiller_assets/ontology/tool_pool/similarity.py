"""How alike names and descriptions are, without a model: weighted words, in thousandths so that order is exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from skiller_assets.ontology.tool_pool.words import lemma, tokens, word_list

THOUSAND = 1000


@dataclass(frozen=True)
class Rarity:
    """How often words stand in a collection of texts; a rare word tells more."""

    counts: Mapping[str, int]
    texts: int

    @classmethod
    def of(cls, texts: Iterable[Collection[str]]) -> Rarity:
        """Counts each word once a text."""
        counts: Counter[str] = Counter()
        number = 0
        for text in texts:
            number += 1
            counts.update(set(text))
        return cls(counts, number)

    def weight(self, word: str) -> int:
        """1 to 1000: a thousand divided by the share of texts that a word stands in, in steps of a twentieth."""
        share = 20 * self.counts.get(word, 1) // max(1, self.texts)
        return THOUSAND // (1 + share)


def alike(left: Collection[str], right: Collection[str], rarity: Rarity) -> int:
    """Dice's coefficient of two sets of words, each weighted by its rarity, in thousandths."""
    weigh = {word: rarity.weight(word) for word in {*left, *right}}
    whole = sum(weigh[w] for w in set(left)) + sum(weigh[w] for w in set(right))
    return 2 * THOUSAND * sum(weigh[w] for w in set(left) & set(right)) // whole if whole else 0


def telling_words(text: str) -> frozenset[str]:
    """The words of a description in the singular, without those that stand in every description."""
    dull = _dull()
    return frozenset(lemma(word) for word in tokens(text) if len(word) > 2 and word not in dull)


def _dull() -> frozenset[str]:
    return frozenset(word_list("similarity")["dull"])
