"""What file names tell: `7_jackson_32.wav` is the class 7, spoken by jackson, take 32.

A pattern such as `{class}_{speaker}_{take}` reads fields from names. The field `class` is the label, one field may
name groups that a split keeps whole, and a condition on a field may say which files are the test part.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError, SettingError

Fields = Mapping[str, Numpy]
"""Each field's text for every file."""

FIELD = re.compile(r"\{([^{}]*)\}")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|=|<|>)\s*(.+?)\s*")
EXAMPLE = "{class}_{speaker}_{take}"
FEWEST, MOST = 2, 50
"""So many values a part of the names may have to be taken for a class unasked."""


@dataclass(frozen=True)
class Naming:
    """How file names are read.

    Args:
        pattern: such as "{class}_{speaker}_{take}", for names without their suffix; with / it takes folders in too.
        group: a field whose values are kept on one side of every split.
        test_where: which files are the test part: "take<5" or "speaker=theo,lucas".

    Raises:
        SettingError: a pattern without fields, a field that the pattern has not, no condition.
    """

    pattern: str | None = None
    group: str | None = None
    test_where: str | None = None

    def __post_init__(self) -> None:
        fields = fields_of(self.pattern) if self.pattern is not None else ()
        for option, field in (
            ("group", self.group),
            ("test_where", None if self.test_where is None else _condition(self.test_where)[0]),
        ):
            if field is not None and field not in fields:
                raise SettingError(
                    f'{option} needs a field of the file names; "{field}" is not among {list(fields)}. Give '
                    f'names, such as "{EXAMPLE}"'
                )

    @property
    def asked(self) -> bool:
        """Whether anything is to be read from names."""
        return self.pattern is not None

    def read(self, paths: Sequence[str], source: str) -> Fields:
        """The fields of every file; none where there is no pattern.

        Raises:
            DataError: names that the pattern does not fit.
        """
        if self.pattern is None:
            return {}
        form, depth = _expression(self.pattern), self.pattern.count("/") + 1
        found = [form.fullmatch("/".join(_stem(path).split("/")[-depth:])) for path in paths]
        others = [path for path, match in zip(paths, found, strict=True) if match is None]
        if others:
            raise DataError(
                f'{source}: the names "{self.pattern}" do not fit {len(others):,} of {len(paths):,} files '
                f"({', '.join(others[:3])}{', ...' if others[3:] else ''}). A field "
                f"holds none of the signs between fields"
            )
        return {name: np.array([match[name] for match in found if match]) for name in fields_of(self.pattern)}

    def settle_parts(self, parts: Numpy | None, told: list[str], fields: Fields) -> tuple[Numpy | None, list[str]]:
        """The parts by the condition, or the source's own where no group is in two of them; and what is said of them.

        Raises:
            DataError: a condition that is true of no file, or of all.
            SettingError: a condition that divides a group.
        """
        if self.test_where is not None:
            parts, told = _parts_where(self.test_where, fields)
        if self.group is None or parts is None:
            return parts, told
        shared = sorted(set(fields[self.group][parts == "train"]) & set(fields[self.group][parts != "train"]))
        if not shared:
            return parts, told
        some = f"{self.group} {', '.join(shared[:3])}{', ...' if shared[3:] else ''}"
        if self.test_where is not None:
            raise SettingError(
                f"group and test_where contradict each other: {some} is in the test part and outside of it where "
                f"{self.test_where}. Leave one of the two out"
            )
        return None, [f"the source's own parts are not kept: {some} is in training and in another of them"]


def _parts_where(condition: str, fields: Fields) -> tuple[Numpy, list[str]]:
    """Either "test" or "train" for each file by a condition, and what is said of it."""
    chosen = meets(condition, fields)
    some, everything = int(chosen.sum()), len(chosen)
    if not 0 < some < everything:
        raise DataError(f'"{condition}" is true of {some:,} of {everything:,} files; a test part needs some, not all')
    return np.where(chosen, "test", "train"), [f"the test part is where {condition}: {some:,} of {everything:,} files"]


def fields_of(pattern: str) -> tuple[str, ...]:
    """The names in braces, in their order.

    Example:
        >>> fields_of("{class}_{take}")
        ('class', 'take')
    """
    names = tuple(FIELD.findall(pattern))
    if not names or len(set(names)) < len(names) or not all(name.isascii() and name.isidentifier() for name in names):
        raise SettingError(
            f'names needs a pattern with fields of different names in braces, "{EXAMPLE}"; got "{pattern}"'
        )
    if re.search(r"[{}]", FIELD.sub("", pattern)) or "}{" in pattern:
        raise SettingError(f'names needs something between two fields, and braces around fields only; got "{pattern}"')
    return names


def _condition(condition: str) -> tuple[str, str, str]:
    """Field, sign and value."""
    match = CONDITION.fullmatch(condition)
    if match is None:
        raise SettingError(f'test_where needs a condition such as "take<5" or "speaker=theo,lucas"; got "{condition}"')
    return match[1], match[2], match[3]


def meets(condition: str, fields: Fields) -> Numpy:
    """For each file whether a condition is true: = with one of several values as texts, the others as numbers.

    Example:
        >>> meets("take<5", {"take": np.array(["4", "10"])}).tolist()
        [True, False]
    """
    field, sign, value = _condition(condition)
    if sign == "=":
        return np.isin(fields[field], [one.strip() for one in value.split(",")])
    numbers, limit = _numbers(fields[field], field, condition), _numbers(np.array([value]), field, condition)
    compare = {"<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal}[sign]
    return np.asarray(compare(numbers, limit))


def guess_classes(paths: Sequence[str]) -> tuple[Numpy, str] | None:
    """The first parts of names that all have the same number of parts, with a note; None where they are no classes.

    They are taken for classes where there are few of them and each comes more than once.
    """
    stems = [_stem(path).rsplit("/", 1)[-1] for path in paths]
    for sign in "_-":
        parts = [stem.split(sign) for stem in stems]
        counts = Counter(one[0] for one in parts)
        if len({len(one) for one in parts}) == 1 < len(parts[0]) and _are_classes(counts):
            others = sign.join(f"{{part{place}}}" for place in range(2, len(parts[0]) + 1))
            note = (
                f'no class folders: the class is the first part of the file names, "{parts[0][0]}" in {stems[0]}; '
                f'--names "{{class}}{sign}{others}" says so, and another pattern says otherwise'
            )
            return np.array([one[0] for one in parts]), note
    return None


def _are_classes(counts: Counter[str]) -> bool:
    return FEWEST <= len(counts) <= MOST and min(counts.values()) > 1 and "" not in counts


def _stem(path: str) -> str:
    return os.path.splitext(path)[0]


def _expression(pattern: str) -> re.Pattern[str]:
    """A field holds none of the signs (other than letters and digits) that stand between fields, and no /."""
    signs = re.escape("".join(sorted({sign for sign in FIELD.sub("", pattern) if not sign.isalnum()} | {"/"})))
    pieces = FIELD.split(pattern)
    return re.compile(
        "".join(f"(?P<{piece}>[^{signs}]+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    )


def _numbers(texts: Numpy, field: str, condition: str) -> Numpy:
    odd = [text for text in texts.tolist() if NUMBER.fullmatch(text) is None]
    if odd:
        raise SettingError(f'"{condition}" compares numbers; {field} has "{odd[0]}". Compare texts with =')
    return texts.astype(np.float64)
