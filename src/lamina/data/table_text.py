"""The bytes of a table as text: its encoding, delimiter and quotes, and how many fields each of its lines has.

Nothing is left to a parser's defaults: the structure is found first, on the bytes, so that every line is accounted for
before a value is read.
"""

from __future__ import annotations

import codecs
import gzip
import io
import itertools
import re
import zlib
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError, SettingError

DELIMITERS = (b",", b"\t", b";", b"|")
NAMES = {b",": "comma", b"\t": "tab", b";": "semicolon", b"|": "bar"}
LOOKED_AT = 2**18
"""So many bytes decide about the delimiter."""
MAX_UNPACKED = 4 * 2**30
QUOTE = ord('"')
QUOTES_ARE_TEXT = 'the quotes (") in it are part of the text, since every line is whole without them'
NEWLINE = ord("\n")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Letters with marks stand alone or in pairs in Western words; three in a row are another alphabet.
ODD_IN_WESTERN = re.compile("[^\\w\\s\x20-\x7e€‚„…‘’“”•–—°§«»¡¿£¥©®²³½¼¾×÷·´¨]|[À-ÿ]{3}")


@dataclass(frozen=True)
class Structure:
    """The records of a table as they lie in its bytes.

    Args:
        starts, ends: of each record that is not blank, in bytes.
        lines: the line on which each begins, from 1.
        fields: how many each has.
        stray: the byte of the first quote that stands inside a field or opens one that never ends, -1 for none.
    """

    starts: Numpy
    ends: Numpy
    lines: Numpy
    fields: Numpy
    stray: int

    @property
    def even(self) -> bool:
        """Whether every record has the same number of fields."""
        return len(self.fields) == 0 or bool((self.fields == self.fields[0]).all())


def to_utf8(data: bytes, name: str, encoding: str | None = None) -> tuple[bytes, list[str]]:
    """A file's bytes as UTF-8 with plain line feeds, and what was assumed.

    Raises:
        DataError: NUL bytes, or an encoding that cannot be told; names the byte.
    """
    notes: list[str] = []
    if data[:2] == b"\x1f\x8b":
        data = _unzipped(data, name)
    if encoding is None and data.startswith(UTF_16):
        encoding, notes = "utf-16", ["the table is UTF-16; read as such"]
    if encoding is not None:
        data = _decoded(data, name, encoding).encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if (place := data.find(b"\0")) >= 0:
        raise DataError(f"{name}: byte {place} is NUL: this is no text. Give a table as text (.csv, .tsv)")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        data, note = _western(data, name, error.start)
        notes.append(note)
    data = data.replace(b"\r\n", b"\n")
    return (data if b"\n" in data else data.replace(b"\r", b"\n")).rstrip(b"\n") + b"\n", notes


def find_structure(data: bytes, delimiter: bytes, quotes: bool) -> Structure:
    """Where the records begin and end, and how many fields each has; found in whole arrays, without a loop."""
    symbols = np.frombuffer(data, np.uint8)
    breaks, splits = symbols == NEWLINE, symbols == delimiter[0]
    newlines, stray = np.flatnonzero(breaks), -1
    if quotes:
        marks = symbols == QUOTE
        inside = np.cumsum(marks, dtype=np.uint8) & 1  # wraps at 256, which keeps what is odd
        stray = _first_stray(symbols, np.flatnonzero(marks), inside, delimiter[0])
        breaks &= inside == 0
        splits &= inside == 0
    ends = np.flatnonzero(breaks)
    if len(ends) == 0 or ends[-1] != len(symbols) - 1:
        ends = np.append(ends, len(symbols))
    starts = np.concatenate([[0], ends[:-1] + 1])
    places = np.flatnonzero(splits)
    fields = np.searchsorted(places, ends) - np.searchsorted(places, starts) + 1
    real = ends > starts
    lines = np.searchsorted(newlines, starts[real]) + 1
    return Structure(starts[real], ends[real], lines, fields[real], stray)


def find_delimiter(data: bytes, wanted: str | None = None) -> bytes:
    """The character between the fields: the one that splits most lines alike, the first line included."""
    if wanted is not None:
        return _delimiter_of(wanted)
    head = data[:LOOKED_AT]
    if len(data) > LOOKED_AT:
        head = head[: head.rfind(b"\n") + 1] or head
    best, score = b",", (0.0, 1)
    for delimiter in DELIMITERS:
        for quotes in (True, False) if b'"' in head else (False,):
            fields = find_structure(head, delimiter, quotes).fields
            if len(fields) == 0 or fields[0] == 1:
                continue
            found = (float((fields == fields[0]).mean()), int(fields[0]))
            if found > score and found[0] > 0.5:
                best, score = delimiter, found
    return best


def settle_quotes(data: bytes, delimiter: bytes) -> tuple[Structure, bool, list[str]]:
    """The structure, whether quotes enclose fields, and what is said of them.

    Where every line has the same number of fields without looking at quotes, and quotes stand in the middle of fields
    or would make the lines uneven, they are part of the text.
    """
    plain = find_structure(data, delimiter, quotes=False)
    if b'"' not in data:
        return plain, False, []
    quoted = find_structure(data, delimiter, quotes=True)
    if plain.even and (not quoted.even or quoted.stray >= 0):
        return plain, False, [QUOTES_ARE_TEXT]
    several = data.count(b"\n") - len(quoted.lines)
    notes = [f"{several:,} line breaks stand inside quotes or are blank lines"] if several > 0 else []
    return quoted, True, notes


def split_record(record: bytes, delimiter: bytes, quotes: bool) -> list[str]:
    """The fields of one record as texts; of any length."""
    if not quotes:
        return record.decode().split(delimiter.decode())
    symbols = np.frombuffer(record, np.uint8)
    inside = np.cumsum(symbols == QUOTE) & 1
    places = [-1, *np.flatnonzero((symbols == delimiter[0]) & (inside == 0)).tolist(), len(record)]
    return [_unquoted(record[a + 1 : b].decode()) for a, b in itertools.pairwise(places)]


def line_of(data: bytes, place: int) -> int:
    """The line, from 1, in which a byte stands."""
    return data.count(b"\n", 0, place) + 1


def _unquoted(field: str) -> str:
    if len(field) < 2 or field[0] != '"' or field[-1] != '"':
        return field
    return field[1:-1].replace('""', '"')


def _delimiter_of(wanted: str) -> bytes:
    """What a person calls the delimiter: the character, or its name."""
    named = {"tab": b"\t", "\\t": b"\t", **{name: mark for mark, name in NAMES.items()}}
    delimiter = named.get(wanted.lower(), wanted.encode())
    if len(delimiter) != 1 or delimiter in b'"\r\n':
        raise SettingError(f'--delimiter needs one character such as ";" or the word tab; got {wanted!r}')
    return delimiter


def _first_stray(symbols: Numpy, marks: Numpy, inside: Numpy, delimiter: int) -> int:
    """The first quote that opens a field elsewhere than at its beginning, ends it elsewhere than at its end, or never
    ends; -1 where there is none."""
    if len(marks) == 0:
        return -1
    limits = np.array([delimiter, NEWLINE, QUOTE], np.uint8)
    opening = inside[marks] == 1
    opens, closes = marks[opening], marks[~opening]
    before = symbols[np.maximum(opens - 1, 0)]
    after = symbols[np.minimum(closes + 1, len(symbols) - 1)]
    wrong = [opens[~np.isin(before, limits) & (opens > 0)], closes[~np.isin(after, limits)]]
    wrong.append(marks[-1:] if inside[-1] else marks[:0])
    return int(min((places[0] for places in wrong if len(places)), default=-1))


def _unzipped(data: bytes, name: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            text = file.read(MAX_UNPACKED + 1)
    except (zlib.error, OSError, EOFError) as error:
        raise DataError(f"{name}: the gzip file is damaged or cut short ({error})") from None
    if len(text) > MAX_UNPACKED:
        raise DataError(f"{name}: the gzip file unpacks to more than {MAX_UNPACKED:,} bytes")
    return text


def _decoded(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise DataError(f"--encoding needs a known one such as utf-8, cp1252 or utf-16; got {encoding!r}") from None
    except UnicodeError as error:
        place = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "its text"
        raise DataError(f"{name}: {place} is not {encoding}; --encoding names another") from None


def _western(data: bytes, name: str, start: int) -> tuple[bytes, str]:
    """Text of Western Windows, where that gives letters; said aloud."""
    line = line_of(data, start)
    hint = f"{name}, line {line}: byte {start} is not UTF-8"
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise DataError(f"{hint}: save the table as UTF-8, or name its encoding with --encoding") from None
    if ODD_IN_WESTERN.search(text):
        raise DataError(f"{hint}: save the table as UTF-8, or name its encoding with --encoding cp1252")
    return text.encode(), f"line {line} is not UTF-8; the table is read as cp1252 (--encoding names another)"
