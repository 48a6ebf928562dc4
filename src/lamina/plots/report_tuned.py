"""The report of a search: what the best is beside the default, what mattered, and every trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lamina.model.model import Model
from lamina.plots.page import Section, embed, page, paragraph, require_page, save_page, table
from lamina.plots.report_words import headline
from lamina.plots.tuned import last_loss, tuning_picture
from lamina.plots.tuned_settings import MOST_LINES, settings_picture
from lamina.tuning.study import STARTUP, best_and_default, importances
from lamina.tuning.text import counted_trials, word_of

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

MOST_ROWS = 200


def tuning_report(study: Study, model: Model, path: str | Path = "study.html") -> Path:
    """Write one page about a search that stands alone: the best beside the default, what mattered, every trial.

    Args:
        study: of a search, such as `lamina.tune(...).study`.
        model: that came of it.
        path: the page, .html.

    Raises:
        SettingError: a path that is no .html.
        SaveError: the page cannot be written, a folder that is not there.

    Example:
        >>> import lamina
        >>> found = lamina.tune("iris", epochs=2, trials=2)
        >>> tuning_report(found.study, found.model, "iris-study.html").name
        'iris-study.html'
    """
    path = Path(path)
    require_page(path)
    top = [
        paragraph(answer(study), "answer"),
        paragraph(f"{headline(model)} These examples were looked at once, after the choice."),
    ]
    return save_page(path, page(f"What was found for {study.study_name}?", top, list(_sections(study))))


def answer(study: Study) -> str:
    """The best beside the default, in a sentence."""
    best, default = best_and_default(study)
    count = f"{len(study.get_trials(deepcopy=False)):,} trials"
    if best is None:
        return f"None of {count} came to its last epoch: more time finds more."
    told = f"of {best.value:.4f} on the examples to choose by"
    if default is None:
        return f"The best of {count} has a loss {told}; the default did not come to its end."
    if best.number == default.number:
        return f"None of {count} was better than the default, which has a loss {told}."
    return f"The best of {count} has a loss {told}; the default has {default.value:.4f}."


def _sections(study: Study) -> Iterator[Section]:
    trials = study.get_trials(deepcopy=False)
    yield _best_section(study)
    told = paragraph(
        "Shares of the difference between trials that each setting explains (PED-ANOVA; Watanabe, Bansal and Hutter, "
        "2023)." if importances(study) else f"What mattered can be said once {STARTUP} trials have come to their end."
    )  # fmt: skip
    trials_told = "Every trial at its lowest validation loss, and the lowest so far."
    yield Section("What mattered", (told, embed(lambda dark: tuning_picture(study, dark=dark), trials_told)))
    if any(last_loss(one) is not None for one in trials):
        yield Section("Settings against loss", (embed(lambda dark: settings_picture(study, dark=dark), LINES_TOLD),))
    yield _trials_section(trials)
    yield Section("How it was searched", tuple(paragraph(text) for text in SEARCHED))


def _best_section(study: Study) -> Section:
    """Every setting of the best beside the default's."""
    best, default = best_and_default(study)
    if best is None:
        return Section("The best and the default", (paragraph("No trial has come to its end."),))
    shown = [one for one in (best, default) if one is not None]
    rows = [(name, *(word_of(one.params[name]) if name in one.params else "" for one in shown)) for name in best.params]
    rows += [("validation loss", *(f"{one.value:.4f}" for one in shown))]
    rows += [("trial", *(str(one.number) for one in shown))]
    return Section("The best and the default", (table(("", "the best", "the default")[: 1 + len(shown)], rows),))


def _trials_section(trials: Sequence[FrozenTrial]) -> Section:
    """The trials, the lowest loss first."""
    ranked = sorted(trials, key=lambda one: (last_loss(one) is None, last_loss(one), one.number))
    names = list(dict.fromkeys(name for one in trials for name in one.params))
    rows = [
        (one.number, _number(last_loss(one), ".4f"), one.state.name.lower(),
         one.user_attrs.get("epochs", ""), _number(one.user_attrs.get("seconds"), ".1f"),
         *(word_of(one.params[name]) if name in one.params else "" for name in names))
        for one in ranked[:MOST_ROWS]
    ]  # fmt: skip
    head = ("trial", "validation loss", "ended", "epochs", "seconds", *names)
    left = f" The {MOST_ROWS:,} with the lowest losses." if len(trials) > MOST_ROWS else ""
    return Section("The trials", (paragraph(f"{counted_trials(trials)}.{left}"), table(head, rows, (0, 1, 3, 4))))


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


LINES_TOLD = (
    f"Each line is a trial, from setting to setting and to its loss; of more than {MOST_LINES} those with the lowest "
    f"losses. Where good trials run together, a setting matters; where they spread, it does not."
)
SEARCHED = (
    "The default was tried first. Optuna's tree-structured Parzen estimator (Bergstra et al., 2011) proposes the "
    "points after the first eight, which are drawn at random. A trial was given up where the trials before it were "
    "better after as many epochs, or the time was over.",
    "Chosen was, of the trials that came to their end, the one with the lowest loss on the validation part. Of many "
    "losses on few examples the lowest is partly luck: the figure to go by is that of the test part, above, which took "
    "no part in the choice.",
)
