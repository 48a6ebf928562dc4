"""Dates: the form is found once; many at once are read as one at a time."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data import dates
from lamina.data.dates import FORMS, find_date_form, read_dates, write_date
from lamina.errors import DataError

DAY = 86_400.0


@pytest.mark.parametrize(
    ("texts", "form", "other"),
    [
        (["2020-01-31", "2020-02-29"], "%Y-%m-%d", ""),
        (["2020-1-5"], "%Y-%m-%d", ""),
        (["2020-01-31 23:59:59"], "%Y-%m-%d %H:%M:%S", ""),
        (["2020-01-31T23:59:59Z"], "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z"),
        (["2020-01-31 23:59:59.25", "2020-01-31 23:59:59.5"], "%Y-%m-%d %H:%M:%S.%f", ""),
        (["31/01/2020", "05/06/2020"], "%d/%m/%Y", ""),
        (["01/31/2020", "05/06/2020"], "%m/%d/%Y", ""),
        (["01/02/2020", "05/06/2020"], "%d/%m/%Y", "%m/%d/%Y"),
        (["31.01.2020"], "%d.%m.%Y", ""),
        (["20200131", "20201231"], "%Y%m%d", ""),
        (["5 Jan 2020", "17 Dec 1999"], "%d %b %Y", ""),
        (["Jan 5, 2020"], "%b %d, %Y", ""),
        (["January 2020"], "%B %Y", ""),
        (["2020-01"], "%Y-%m", ""),
        (["23:59"], "%H:%M", ""),
        (["01/31/99"], "%m/%d/%y", ""),
    ],
)
def test_the_form_is_found(texts: list[str], form: str, other: str) -> None:
    found = find_date_form(texts)
    assert found is not None
    assert found[0] == form
    if other:
        assert found[1] == other


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["hello"],
        ["2020-13-01"],
        ["2020-02-30"],
        ["2020-01-01", "soon"],
        ["1234", "5678"],
        ["12345678"],
        ["1" * 40],
        ["now", "today"],
        ["24:00"],
    ],
)
def test_what_is_no_date(texts: list[str]) -> None:
    assert find_date_form(texts) is None


def test_seconds_since_1970() -> None:
    values = np.array([" 1970-01-02 ", None, "", "1969-12-31", "1970-01-02"], object)
    seconds = read_dates(values, "%Y-%m-%d", "day")
    assert [None if math.isnan(one) else one for one in seconds] == [DAY, None, None, -DAY, DAY]
    assert read_dates(np.array(["1970-01-01T02:00:00+0200"], object), "%Y-%m-%dT%H:%M:%S%z", "day").tolist() == [0.0]
    assert read_dates(np.array([19700102.0, math.nan]), "%Y%m%d", "day")[0] == DAY


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match=r"day needs dates such as 1970-01-01; got '1\.2\.2020'"):
        read_dates(np.array(["2020-01-01", "1.2.2020"], object), "%Y-%m-%d", "day")
    with pytest.raises(DataError, match="day needs dates such as 1970-01-01; got '7'"):
        read_dates(np.array([7.0]), "%Y-%m-%d", "day")


@given(
    st.lists(st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(9998, 12, 31)), min_size=1, max_size=30),
    st.sampled_from([form for form in FORMS if dates._width(form)]),
)
def test_many_at_once_are_what_they_are_one_at_a_time(moments: list[datetime.datetime], form: str) -> None:
    texts = [moment.strftime(form) for moment in moments]
    width = dates._width(form)
    assert {len(text) for text in texts} == {width}
    expected = [dates._parse(text, form) for text in texts]
    assert dates._fixed_width("".join(texts), form, width).tolist() == expected


@pytest.mark.slow
@given(st.lists(st.text("0123456789-/: T", min_size=10, max_size=10), min_size=1, max_size=30))
def test_what_is_no_date_is_none_at_once_either(texts: list[str]) -> None:
    texts += ["2020-02-30", "2019-02-29", "2020-00-10", "2020-10-00", "0000-01-01", "2000-02-29"]
    read = dates._fixed_width("".join(texts), "%Y-%m-%d", 10)
    alone = [dates._parse(text, "%Y-%m-%d") for text in texts]
    for fast, slow in zip(read.tolist(), alone, strict=True):
        assert math.isnan(fast) or fast == slow
    assert [math.isnan(one) for one in read.tolist()[-6:]] == [True] * 5 + [False]


def test_many_of_several_widths() -> None:
    texts = [f"2020-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)] + ["2020-1-5"]
    assert find_date_form(texts) == ("%Y-%m-%d", "")
    assert read_dates(np.array(texts, object), "%Y-%m-%d", "day")[-1] == read_dates(
        np.array(["2020-01-05"], object), "%Y-%m-%d", "day"
    )


@pytest.mark.parametrize("seconds", [-1e15, -7e10, 0.0, 1.6e9, 2.6e11, 1e15])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%H:%M"])
def test_every_moment_can_be_written_and_read(seconds: float, form: str) -> None:
    text = write_date(seconds, form)
    assert dates._parse(text, form) is not None
