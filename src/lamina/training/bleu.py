"""BLEU: how much of an answer's words, and of their neighborhoods, stand in a person's translations."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from lamina.errors import DataError

LONGEST = 4
"""Neighborhoods of one to so many words are counted."""
WORDS = re.compile(r"\w+|[^\w\s]")


def words_and_signs(text: str) -> list[str]:
    """The words and signs of a text, in the case they have.

    Example:
        >>> words_and_signs("J'ai froid\\u202f!")
        ['J', "'", 'ai', 'froid', '!']
    """
    return WORDS.findall(text)


def corpus_bleu(answers: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """BLEU-4 of many answers together, from 0 to 100.

    100 B exp(sum_n log p_n / 4), n = 1 to 4: p_n is the share of the answers' groups of n neighboring words that stand
    in a reference too, each at most as often as in the reference that has it most; of 2 words and more one group is
    added above and below. B = min(1, exp(1 - r / c)): c words in all answers, r in the references nearest in length.

    Args:
        answers: texts.
        references: for each answer all texts that would be right.

    Raises:
        DataError: no answers, not as many lists of references, an answer without a reference.

    Source:
        Papineni et al., BLEU: a Method for Automatic Evaluation of Machine Translation (2002), section 2; the added
        one is smoothing 2 of Lin and Och, ORANGE (2004). Words and signs are told apart and keep their case; other
        programs cut otherwise, so that figures compare only where the cutting is the same.

    Example:
        >>> corpus_bleu(["the cat sat on the mat"], [["the cat sat on the mat", "a cat sat there"]])
        100.0
    """
    if len(answers) != len(references) or not answers or not all(references):
        raise DataError(
            f"BLEU needs answers with one or more references each; got {len(answers):,} answers and "
            f"{len(references):,} lists of references"
        )
    found, there, length, wanted = [0] * LONGEST, [0] * LONGEST, 0, 0
    for answer, right in zip(answers, references, strict=True):
        words, others = words_and_signs(answer), [words_and_signs(text) for text in right]
        length += len(words)
        wanted += min((abs(len(other) - len(words)), len(other)) for other in others)[1]
        for size in range(LONGEST):
            own = _groups(words, size + 1)
            allowed: Counter[tuple[str, ...]] = Counter()
            for other in others:
                allowed |= _groups(other, size + 1)
            found[size] += (own & allowed).total()
            there[size] += own.total()
    if not found[0]:
        return 0.0
    shares = [found[0] / there[0], *((one + 1) / (all_ + 1) for one, all_ in zip(found[1:], there[1:], strict=True))]
    brevity = min(1.0, math.exp(1 - wanted / length))
    return 100 * brevity * math.exp(math.fsum(map(math.log, shares)) / LONGEST)


def _groups(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    """How often each group of neighboring words comes."""
    return Counter(zip(*(words[place:] for place in range(size)), strict=False))
