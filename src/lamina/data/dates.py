"""Dates as seconds since 1970: how they are written is found once, stored, and used again for new rows."""

from __future__ import annotations

import datetime
import math
import re

import numpy as np

from lamina.arrays import Numpy
from lamina.data.table import distinct, texts_of
from lamina.errors import DataError

FORMS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z",
    "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y%m%d",
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%Y-%m",
    "%Y/%m", "%b %Y", "%B %Y", "%H:%M", "%H:%M:%S", "%d/%m/%y", "%m/%d/%y",
)  # fmt: skip
LOOKED_AT = 500
EPOCH = datetime.datetime(1970, 1, 1)
EARLIEST, LATEST = ((datetime.datetime(year, 1, 1) - EPOCH).total_seconds() for year in (1000, 9999))
CHEAP = re.compile(r"\d")
MANY = 100
"""From so many different texts on, those of a fixed width are read at once."""
WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
USUAL = {"%Y": 1900, "%m": 1, "%d": 1}
CLOCK = {"%H": (3600, 24), "%M": (60, 60), "%S": (1, 60)}


def find_date_form(texts: list[str]) -> tuple[str, str] | None:
    """The form in which all of these texts are dates, and another that fits as well ("" where none does)."""
    step = max(1, len(texts) // LOOKED_AT)
    sample = texts[::step]
    if not sample or not all(CHEAP.search(text) and 4 <= len(text.strip()) <= 32 for text in sample):
        return None
    if all(text.strip().isdigit() and len(text.strip()) != 8 for text in sample):
        return None
    fitting = [form for form in FORMS if all(_parse(text, form) is not None for text in sample)]
    texts = list(dict.fromkeys(texts)) if fitting else []
    fitting = [form for form in fitting if not np.isnan(_seconds(texts, form)).any()]
    if not fitting:
        return None
    return fitting[0], next((form for form in fitting[1:] if form != fitting[0]), "")


def read_dates(values: Numpy, form: str, name: str) -> Numpy:
    """Seconds since 1970 (local time as written), NaN where missing.

    Raises:
        DataError: a value that is no date of this form.
    """
    found, places = distinct(np.array(texts_of(values), object))
    seconds = _seconds(found, form)
    wrong = [text for text, moment in zip(found, seconds.tolist(), strict=True) if text and math.isnan(moment)]
    if wrong:
        raise DataError(f"{name} needs dates such as {write_date(0.0, form)}; got {wrong[0][:60]!r}")
    return np.asarray(seconds[places])


def write_date(seconds: float, form: str) -> str:
    """A moment in a form; years that four digits cannot write are taken as the nearest that they can."""
    moment = EPOCH + datetime.timedelta(seconds=round(min(max(seconds, EARLIEST), LATEST)))
    return moment.strftime(form.replace("%z", "+0000"))


def _seconds(texts: list[str], form: str) -> Numpy:
    """Texts as seconds since 1970, NaN where one is no date of this form."""
    seconds = np.full(len(texts), np.nan)
    if len(texts) >= MANY and (width := _width(form)):
        fixed = np.array([row for row, text in enumerate(texts) if len(text) == width and text.isascii()], np.int64)
        seconds[fixed] = _fixed_width("".join(texts[row] for row in fixed.tolist()), form, width)
    for row in np.flatnonzero(np.isnan(seconds)).tolist():
        moment = _parse(texts[row], form)
        seconds[row] = np.nan if moment is None else moment
    return seconds


def _width(form: str) -> int:
    """How many characters a text of this form has; 0 where that is not fixed."""
    parts = re.findall(r"%.|[^%]", form)
    return sum(WIDTHS.get(part, 1) for part in parts) if all(p in WIDTHS or len(p) == 1 for p in parts) else 0


def _fixed_width(texts: str, form: str, width: int) -> Numpy:
    """Many texts of the same width at once; NaN where one is no date."""
    symbols = np.frombuffer(texts.encode(), np.uint8).reshape(-1, width)
    fields, place = {}, 0
    good = np.ones(len(symbols), bool)
    for part in re.findall(r"%.|[^%]", form):
        here = symbols[:, place : (place := place + WIDTHS.get(part, 1))]
        if part in WIDTHS:
            digits = here.astype(np.int64) - ord("0")
            good &= ((digits >= 0) & (digits <= 9)).all(axis=1)
            fields[part] = digits @ 10 ** np.arange(digits.shape[1])[::-1]
        else:
            good &= here[:, 0] == ord(part)
    year, month, day = (fields.get(part, np.full(len(symbols), usual)) for part, usual in USUAL.items())
    good &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    days = first.astype("M8[D]").astype(np.int64) + day - 1
    good &= day <= ((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    seconds = days * 86_400
    for part, (unit, below) in CLOCK.items():
        if part in fields:
            good &= fields[part] < below
            seconds += fields[part] * unit
    return np.where(good, seconds, np.nan)


def _parse(text: str, form: str) -> float | None:
    try:
        moment = datetime.datetime.strptime(text.strip(), form)
    except ValueError:
        return None
    return (moment.replace(tzinfo=None) - (moment.utcoffset() or datetime.timedelta()) - EPOCH).total_seconds()
