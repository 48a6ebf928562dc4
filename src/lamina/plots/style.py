"""How every figure looks: light or dark, with colors that color-blind people tell apart, and readable without any.

Figures are matplotlib's, made without its global state: a figure is a value that is returned, saved or shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.errors import SaveError, SettingError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666")
"""Okabe and Ito (2008), strongest first; on a dark ground blue is the lighter one."""
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SEQUENTIAL, DIVERGING = "cividis", "PuOr"
"""Color maps whose lightness tells the order too."""
UNDATED: dict[str, dict[str, Any]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Kinds of files, and what keeps the moment out of them: the same figure is the same bytes."""
DOTS_PER_INCH = 144


def line(number: int, dark: bool = False) -> dict[str, Any]:
    """Color, dash and marker of the line of this number, the same in every figure."""
    color = "#56b4e9" if dark and number % len(COLORS) == 0 else COLORS[number % len(COLORS)]
    return {"color": color, "linestyle": DASHES[number % len(DASHES)], "marker": MARKERS[number % len(MARKERS)]}


@contextmanager
def looks(dark: bool) -> Iterator[None]:
    """The settings under which axes are made and drawn."""
    import matplotlib

    ink, ground, grid = ("#e8e8e8", "#16181d", "#3a3f4a") if dark else ("#1b1b1b", "#ffffff", "#d9d9d9")
    settings: dict[Any, Any] = {
        "figure.facecolor": ground, "axes.facecolor": ground, "savefig.facecolor": ground, "text.color": ink,
        "axes.edgecolor": ink, "axes.labelcolor": ink, "xtick.color": ink, "ytick.color": ink, "grid.color": grid,
        "axes.grid": True, "axes.axisbelow": True, "grid.linewidth": 0.6, "axes.spines.top": False,
        "axes.spines.right": False, "font.size": 10.0, "axes.titlesize": 11.0, "legend.frameon": False,
        "lines.linewidth": 1.8, "lines.markersize": 4.0, "image.cmap": SEQUENTIAL, "svg.hashsalt": "lamina",
        "svg.fonttype": "none", "savefig.dpi": DOTS_PER_INCH,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        yield


def figure(rows: int = 1, columns: int = 1, *, width: float = 7.0, height: float = 4.5) -> tuple[Figure, Any]:
    """An empty figure, and its axes as an array (rows, columns). Sizes are in inches.

    Call it, and draw, within `looks`.
    """
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    return made, made.subplots(rows, columns, squeeze=False)


def save(drawn: Figure, path: str | Path) -> Path:
    """Write a figure as the file's name says: .png, .svg or .pdf.

    Raises:
        SettingError: another ending.
        SaveError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in UNDATED:
        raise SettingError(f"a figure is saved as {', '.join(UNDATED)}; got {path.name!r}")
    try:
        drawn.savefig(path, metadata=UNDATED[path.suffix.lower()])
    except OSError as error:
        raise SaveError(f"{path} could not be written: {error.strerror or error}") from error
    return path
