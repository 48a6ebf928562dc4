"""What each column of a table is, guessed from its values and name, with the reason, said aloud."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dates import find_date_form, write_date
from lamina.data.file_kinds import PICTURE_SUFFIXES, SOUND_SUFFIXES
from lamina.data.number_forms import PLAIN, NumberForm, find_form
from lamina.data.table import USED_KINDS, Guess, Table, distinct, is_numeric, missing, texts_of
from lamina.data.text_columns import words_of
from lamina.data.watching import tell
from lamina.errors import SettingError

KINDS = ("number", "category", "text", "date", "picture", "sound", "id", "group", "constant", "drop")
CODES = re.compile(
    r"(^|[_\s])(zip|zipcode|zip_code|postcode|postal|plz|code|class|type|group|cluster|label)($|[_\s\d])", re.I
)
IDENTIFIER = re.compile(r"(^|[_\s])(id|index|idx|key|uuid|guid|nr|no|number|row)($|[_\s])|[a-z]Id$|^Unnamed", re.I)
FEW_VALUES = 20
SPREAD_SHARE = 0.5
"""A category in which more than this share of the rows have a value of their own tells nothing about others."""
NEARLY_ALL = 0.9
NAMED_KINDS = {"picture": PICTURE_SUFFIXES, "sound": SOUND_SUFFIXES}
"""What files may be that a column names, and how their names end."""
LOOKED_AT = 1_000
"""So many names, evenly chosen, tell whether there are files of such names."""
TEXT_WORDS = 2.5
"""Values of more words than this, on average, are texts."""


def guess_kinds(table: Table, chosen: Mapping[str, str] | None = None) -> dict[str, Guess]:
    """What each column is; a person's own words come first.

    Raises:
        SettingError: a kind or a column that there is not, or one that the values cannot be.
    """
    chosen = chosen or {}
    for name, kind in chosen.items():
        table.column(name)
        if kind not in KINDS:
            raise SettingError(f"--kinds needs one of {', '.join(KINDS)} for {name}; got {kind!r}")
    guesses = {}
    for done, (name, values) in enumerate(table.columns.items()):
        tell("looking at columns", done, len(table.columns))
        guesses[name] = guess_as(name, values, chosen[name]) if name in chosen else _guess_column(table, name, values)
    tell("looking at columns", len(table.columns), len(table.columns))
    return _beside_sounds(guesses)


def _guess_column(table: Table, name: str, values: Numpy) -> Guess:
    """A column that names pictures or sounds which are there, or whatever its values are by themselves."""
    guess = guess_kind(name, values)
    if is_numeric(values) or table.files is None:
        return guess
    there = values[~missing(values)]
    looked_at = texts_of(there[:: -(-len(there) // LOOKED_AT) or 1])
    kind = _kind_of_files(looked_at)
    if kind is None:
        return guess
    found = sum(map(table.files.has, looked_at))
    if 2 * found >= len(looked_at):
        return Guess(kind, f"its values name {kind}s that are there (--kinds gives it another kind)")
    told = f"its values are like names of {kind}s, but there are none such as {looked_at[0]} in {table.files.where}"
    return Guess("drop", f"{told}: left out (--kinds gives it another kind)")


def _kind_of_files(paths: Sequence[str]) -> str | None:
    """What nearly all of these paths say that they are."""
    for kind, suffixes in NAMED_KINDS.items():
        named = sum(os.path.splitext(path.lower())[1] in suffixes for path in paths)
        if paths and named >= NEARLY_ALL * len(paths):
            return kind
    return None


def _beside_sounds(guesses: Mapping[str, Guess]) -> dict[str, Guess]:
    """Sounds are learnt from alone: what else a table has is left out.

    Raises:
        SettingError: two columns of sounds.
    """
    sounds = [name for name, guess in guesses.items() if guess.kind == "sound"]
    if len(sounds) > 1:
        raise SettingError(f"{' and '.join(sounds)} name sounds; one is taken: --kinds {sounds[1]}=drop leaves one out")
    if not sounds:
        return dict(guesses)
    reason = f"left out, since the sounds of {sounds[0]} are learnt from alone (--kinds {sounds[0]}=drop for the rest)"
    others = (*USED_KINDS, "picture")
    return {name: Guess("drop", reason) if guess.kind in others else guess for name, guess in guesses.items()}


def guess_kind(name: str, values: Numpy) -> Guess:
    """The kind of one column."""
    there = values[~missing(values)]
    if len(there) == 0:
        return Guess("constant", "every value is missing")
    return _guess_numbers(name, values, there) if is_numeric(values) else _guess_texts(name, values, there)


def guess_as(name: str, values: Numpy, kind: str) -> Guess:
    """A column as the kind that a person names."""
    texts = [text for text in texts_of(values) if text]
    if kind == "number" and not is_numeric(values):
        form = find_form(texts)
        if form is None:
            raise SettingError(f"--kinds {name}=number: its values are no numbers, such as {texts[:1]}")
        return Guess(kind, "", form)
    if kind == "date":
        found = find_date_form(texts)
        if found is None:
            raise SettingError(f"--kinds {name}=date: its values are no dates of a known form, such as {texts[:1]}")
        return Guess(kind, "", PLAIN, found[0])
    return Guess(kind)


def _guess_numbers(name: str, values: Numpy, there: Numpy) -> Guess:
    count = len(np.unique(there))
    whole = bool((there == np.round(there)).all())
    if count == 1:
        return _constant(values, there)
    if whole and count == len(values) and len(values) >= 10:
        steps = np.unique(np.diff(there))
        if len(steps) == 1 or IDENTIFIER.search(name):
            return Guess("id", "a number of its own in every row: left out (--kinds gives it another kind)")
    if whole and CODES.search(name) and count <= max(FEW_VALUES, len(there) // 10):
        return Guess("category", f"{count} whole numbers that its name calls codes")
    return Guess("number")


def _guess_texts(name: str, values: Numpy, there: Numpy) -> Guess:
    different = list(dict.fromkeys(text.strip() for text in distinct(there)[0]))
    if len(different) < 2:
        return _constant(values, there)
    form = find_form(different)
    if form is not None and not _are_codes(different):
        numbers = form.read(values, name)
        guess = _guess_numbers(name, numbers, numbers[~np.isnan(numbers)])
        return _number_of_texts(form) if guess.kind == "number" else guess
    dates = find_date_form(different)
    if dates is not None:
        return _date(dates)
    count, rows = len(different), len(there)
    if count <= max(FEW_VALUES, rows // 20):
        return Guess("category")
    words = np.mean([len(words_of(text)) for text in different[:2000]])
    if words > TEXT_WORDS:
        return Guess("text", f"{words:.0f} words a value")
    if count == len(values) and count >= 10:
        return Guess("id", "a text of its own in every row: left out (--kinds gives it another kind)")
    if count > SPREAD_SHARE * rows:
        return Guess("drop", f"{count:,} different values in {rows:,} rows: left out, too few rows share one")
    return Guess("category")


def _constant(values: Numpy, there: Numpy) -> Guess:
    """One value; where others are missing, whether it is there can still tell something."""
    if len(there) < len(values):
        return Guess("category", "one value or none")
    return Guess("constant", "the same value in every row: left out, nothing can be learnt from it")


def _number_of_texts(form: NumberForm) -> Guess:
    told = [f"numbers with {form.describe()}"] if form.describe() else []
    if form.absent:
        count = (
            f"{len(form.absent)} texts in it are no numbers" if len(form.absent) > 1 else "one text in it is no number"
        )
        told.append(f"{count} and taken as missing: {', '.join(map(repr, form.absent[:3]))}")
    return Guess("number", "; ".join(told), form)


def _are_codes(texts: list[str]) -> bool:
    """Digits that begin with a zero or are too long are codes, whatever they look like."""
    return any(text.isdigit() and ((len(text) > 1 and text[0] == "0") or len(text) > 15) for text in texts)


def _date(found: tuple[str, str]) -> Guess:
    form, other = found
    told = f"dates in the form of {write_date(950_000_000.0, form)}"
    if other and {form, other} & {"%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y"}:
        told += f", the day first; {write_date(950_000_000.0, other)} would fit as well (mend the table if it is that)"
    return Guess("date", told, PLAIN, form)
