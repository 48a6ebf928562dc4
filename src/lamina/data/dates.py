"""Dates as seconds since 1970: how they are written is found once, stored, and used again for new rows."""

from __future__ import annotations

import datetime
import re

import numpy as np

from lamina.arrays import Numpy
from lamina.data.table import is_numeric
from lamina.errors import DataError

FORMS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y%m%d",
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%Y-%m",
    "%Y/%m", "%b %Y", "%B %Y", "%H:%M", "%H:%M:%S", "%d/%m/%y", "%m/%d/%y",
)  # fmt: skip
LOOKED_AT = 500
EPOCH = datetime.datetime(1970, 1, 1)
CHEAP = re.compile(r"\d")


def find_date_form(texts: list[str]) -> tuple[str, str] | None:
    """The form in which all of these texts are dates, and another that fits as well ("" where none does)."""
    step = max(1, len(texts) // LOOKED_AT)
    sample = texts[::step]
    if not sample or not all(CHEAP.search(text) and 4 <= len(text.strip()) <= 32 for text in sample):
        return None
    if all(text.strip().isdigit() and len(text.strip()) != 8 for text in sample):
        return None
    fitting = [form for form in FORMS if all(_parse(text, form) is not None for text in sample)]
    fitting = [form for form in fitting if all(_parse(text, form) is not None for text in texts)]
    if not fitting:
        return None
    return fitting[0], next((form for form in fitting[1:] if form != fitting[0]), "")


def read_dates(values: Numpy, form: str, name: str) -> Numpy:
    """Seconds since 1970 (local time as written), NaN where missing.

    Raises:
        DataError: a value that is no date of this form.
    """
    if is_numeric(values) and not np.isnan(values).all():
        raise DataError(f"{name} needs dates such as {write_date(0.0, form)}; got numbers")
    found = {"": np.nan}
    seconds = np.empty(len(values))
    for row, value in enumerate(values.tolist()):
        text = value.strip() if isinstance(value, str) else ""
        if text not in found:
            moment = _parse(text, form)
            if moment is None:
                raise DataError(f"{name} needs dates such as {write_date(0.0, form)}; got {text[:60]!r}")
            found[text] = moment
        seconds[row] = found[text]
    return seconds


def write_date(seconds: float, form: str) -> str:
    """A moment in a form."""
    return (EPOCH + datetime.timedelta(seconds=round(seconds))).strftime(form).replace("%z", "+0000")


def _parse(text: str, form: str) -> float | None:
    try:
        moment = datetime.datetime.strptime(text.strip(), form)
    except ValueError:
        return None
    return (moment.replace(tzinfo=None) - (moment.utcoffset() or datetime.timedelta()) - EPOCH).total_seconds()
