"""Numbers as people write them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.data.number_forms import THOUSANDS, NumberForm, find_form, shown
from lamina.errors import DataError, SettingError


@pytest.mark.parametrize(
    ("texts", "form", "numbers"),
    [
        (["1", "-2.5", "+3e2"], NumberForm(), [1, -2.5, 300]),
        (["1,5", "2,25", "-0,5"], NumberForm(","), [1.5, 2.25, -0.5]),
        (["1,234", "12,345", "999"], NumberForm(","), [1.234, 12.345, 999]),  # no sign that it is no decimal comma
        (["1,234", "12,345", "999,000", "1,000"], NumberForm(".", ","), [1234, 12345, 999000, 1000]),
        (["1,234,567", "1"], NumberForm(".", ","), [1234567, 1]),
        (["1,234.5", "2.5"], NumberForm(".", ","), [1234.5, 2.5]),
        (["1.234,5", "2,5"], NumberForm(",", "."), [1234.5, 2.5]),
        (["1.234.567", "2"], NumberForm(",", "."), [1234567, 2]),
        (["1'234", "12'345.5"], NumberForm(".", "'"), [1234, 12345.5]),
        (["1 234", "12 345"], NumberForm(".", " "), [1234, 12345]),
        (["1\u202f234,5", "12,5"], NumberForm(",", "\u202f"), [1234.5, 12.5]),
        (["$5", "$1,000.50"], NumberForm(".", ",", "$"), [5, 1000.5]),
        (["5 kg", "7.5 kg"], NumberForm(behind="kg"), [5, 7.5]),
        (["5%", "-7.5%"], NumberForm(behind="%"), [5, -7.5]),
        (["1,50 €", "2,75 €"], NumberForm(",", behind="€"), [1.5, 2.75]),
        (["€ 5", "€ 6"], NumberForm(before="€"), [5, 6]),
    ],
)
def test_the_form_is_found(texts: list[str], form: NumberForm, numbers: list[float]) -> None:
    found = find_form(texts)
    assert found == form
    assert found.read(np.array(texts, object), "price").tolist() == numbers


@pytest.mark.parametrize(
    "texts",
    [
        ["red", "blue"],
        ["1", "2", "x"],
        ["0", "1", "2", "3+"],
        ["1", "2", "3", "4", "5", "6", "6+"],
        ["5 kg", "3 m", "2 s"],
        ["2020-01-01", "2020-01-02"],
        ["1.2.3", "4.5.6"],
        ["12:30", "13:45"],
        ["", ""],
        ["inf", "-inf", "1"],
        ["1e999", "1e998"],
        ["Braund, Mr. Owen 3"],
        ["-", "--"],
    ],
)
def test_what_is_no_column_of_numbers(texts: list[str]) -> None:
    assert find_form(texts) is None


def test_one_word_among_numbers_stands_for_a_missing_one() -> None:
    form = find_form(["1.5", "2", "3", "4", "5", "6", "unknown", "unknown "])
    assert form == NumberForm(absent=("unknown",)) or form is None
    form = find_form([*map(str, range(6)), "unknown"])
    assert form == NumberForm(absent=("unknown",))
    read = form.read(np.array(["1", "unknown", " unknown", None, "", "4"], object), "age")
    assert [None if math.isnan(one) else one for one in read] == [1, None, None, None, None, 4]
    with pytest.raises(DataError, match="age needs a number; got 'unheard of'"):
        form.read(np.array(["unheard of"], object), "age")


def test_a_twentieth_may_be_no_numbers_but_not_more() -> None:
    numbers = [str(n) for n in range(95)]
    form = find_form([*numbers, *(f"x{n}" for n in range(5))])
    assert form is not None
    assert form.absent == ("x0", "x1", "x2", "x3", "x4")
    assert find_form([*numbers, *(f"x{n}" for n in range(6))]) is None
    many = [str(n) for n in range(10_000)]
    assert find_form([*many, *(f"x{n}" for n in range(100))]) is not None
    assert find_form([*many, *(f"x{n}" for n in range(101))]) is None


def test_a_value_of_another_form_is_refused() -> None:
    for text in ("1,5", "0x1", "1_000", "٣", "1 2", "five", "inf", "nan", "1e999"):
        with pytest.raises(DataError, match="price needs a number; got"):
            NumberForm().read(np.array([text], object), "price")
    with pytest.raises(DataError, match=r"price needs a number; got '1\.5'"):
        NumberForm(",").read(np.array(["1.5"], object), "price")


def test_numbers_are_taken_as_they_are() -> None:
    values = np.array([1.0, math.nan])
    assert NumberForm(",").read(values, "x") is values


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(".,"),
    st.sampled_from(THOUSANDS),
    st.sampled_from(["", "$", "€"]),
    st.sampled_from(["", "kg", "%"]),
)
def test_what_is_written_is_read(number: float, decimal: str, thousands: str, before: str, behind: str) -> None:
    if decimal == thousands:
        return
    form = NumberForm(decimal, thousands, before, behind)
    assert form.parse(form.write(number)) == number


@pytest.mark.parametrize("marks", [(";", ""), (".", "."), (",", ","), (".", "_"), ("", "")])
def test_marks_that_are_none(marks: tuple[str, str]) -> None:
    with pytest.raises(SettingError, match=r"numbers need a decimal mark \(. or ,\) and another one for thousands"):
        NumberForm(*marks)


def test_in_words() -> None:
    assert NumberForm().describe() == ""
    assert NumberForm(",", ".", "$").describe() == "decimal comma, thousands divided by '.', the unit $"
    assert [shown(number) for number in (3.0, -0.0, 2.5, 1e20, 123456789012345.0)] == [
        "3", "0", "2.5", "1e+20", "123456789012345",
    ]  # fmt: skip
