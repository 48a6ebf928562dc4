"""JSON as model files and requests hold it: stricter than Python's parser, and bounded in time and memory.

Refused are a key that stands twice in one object, NaN and infinity, endless numbers, endless nesting, more values than
any model needs, and halves of characters. What is refused is said with `refuse`; who reads adds the file's name.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

MAX_DEPTH = 200
MAX_VALUES = 1_000_000
"""Commas and opening brackets: three bytes of `[],` become sixty in memory, so that their number is bounded."""

HALF_CHARACTER = re.compile("[\ud800-\udfff]")
LONG = re.compile("[0-9]{20}")


class RefusedError(Exception):
    """Why a file is refused, before its name is known."""


def refuse(why: str) -> NoReturn:
    """Stop reading."""
    raise RefusedError(why)


def shown(value: Any) -> str:
    """Something from a file, short and without control characters."""
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def write_json(document: Mapping[str, Any]) -> str:
    """A document as compact ASCII with sorted keys.

    A name of a file may hold bytes that are no text; Python keeps them as halves of characters, and they are written
    the way that they are shown: as `\\udcff`, six characters.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if "\\ud" not in text:
        return text
    readable = json.dumps(document, ensure_ascii=False)
    whole = HALF_CHARACTER.sub(lambda found: f"\\\\u{ord(found[0]):04x}", readable)
    return json.dumps(json.loads(whole), sort_keys=True, separators=(",", ":"))


def read_json(text: str, where: str, values: int = MAX_VALUES, depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The object that a text is.

    Args:
        text: JSON.
        where: what it is, for the words of a refusal.
        values, depth: at most so many commas and brackets, at most so many brackets within each other.

    Raises:
        RefusedError: no JSON of this strict form; `where` says in what.
    """
    brackets = text.count("[") + text.count("{")
    if brackets + text.count(",") > values:
        refuse(f"{where}: more than {values:,} values")
    if brackets > depth and _depth(text) > depth:
        refuse(f"{where}: nested more than {depth} deep")
    try:
        found = (CAREFUL if "-0" in text or LONG.search(text) else QUICK).decode(text)
    except json.JSONDecodeError as error:
        refuse(f"{where}: not JSON: {error.msg} at {error.pos}")
    if not isinstance(found, dict):
        refuse(f"{where}: expected an object")
    if "\\ud" in text.lower() and HALF_CHARACTER.search(json.dumps(found, ensure_ascii=False)):
        refuse(f"{where}: a text with half of a character (a lone surrogate)")
    return found


def _depth(text: str) -> int:
    """How deep brackets nest outside strings."""
    without_escapes = text.replace("\\\\", "").replace('\\"', "")
    outside = "".join(without_escapes.split('"')[::2])
    depth = deepest = 0
    for bracket in re.sub(r"[^][{}]+", "", outside):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        refuse(f"{shown(twice)} stands twice in one object")
    return found


def _no_constant(text: str) -> NoReturn:
    refuse(f"{text} is not a number that may stand there")


def _integer(text: str) -> int:
    if len(text) > 20 or text == "-0":
        refuse(f"{shown(text)} is not a number that may stand there")
    return int(text)


def _number(text: str) -> float:
    if len(text) > 40 or not math.isfinite(float(text)):
        refuse(f"{shown(text)} is not a number that may stand there")
    return float(text)


QUICK = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_float=_number)
"""For texts in which no whole number can be one that is refused: each is then read without a call."""
CAREFUL = json.JSONDecoder(
    object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_float=_number, parse_int=_integer
)
