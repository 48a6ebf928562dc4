"""Text from data and files as it may be shown: nothing in it that a terminal or a page obeys."""

from __future__ import annotations

import unicodedata

HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Kinds of characters that are not seen but obeyed: controls, directions, line separators."""


def printable(text: str) -> str:
    """Text with its control and direction characters made visible.

    Example:
        >>> printable("a\\x1b[31m")
        'a\\\\x1b[31m'
    """
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\t" or unicodedata.category(character) not in HIDDEN:
        return character
    return ascii(character)[1:-1]
