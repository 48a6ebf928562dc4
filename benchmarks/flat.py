"""What flat algorithms see of raw data: the columns, thumbnails, loudness by pitch, or words, as scikit-learn has them.

Each peer gets the same training and test rows as the network beside it. Where a peer cannot take all of them in
reasonable time, it learns from a part of them, drawn at random, and the results say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.data.dates import read_dates
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table import Table, texts_of
from lamina.data.texts import Texts
from lamina.model.preparation import Prepared
from lamina.training.outputs import Outputs

MOST_OF_KERNEL = 10_000
"""Training rows of an SVM with a kernel: its time grows with their square."""
THUMBNAIL = 16
TOPICS = 100
"""Numbers that a text becomes for gradient boosting, which takes no sparse columns."""


@dataclass(frozen=True)
class Peer:
    """One flat algorithm's answers for the test rows: classes as places, or numbers.

    Args:
        name: of the algorithm.
        answers: one for each test row.
        limited: whether it learnt from a part of the training rows.
    """

    name: str
    answers: Any
    limited: bool = False


@dataclass(frozen=True)
class Seen:
    """What the peers see: columns by kind, or one array of features.

    Args:
        frame: a pandas DataFrame, one row an example; the column "features" alone where values is given.
        numbers, categories, texts: the names of its columns by kind.
        values: (examples, features), float32.
    """

    frame: Any = None
    numbers: Sequence[str] = ()
    categories: Sequence[str] = ()
    texts: Sequence[str] = ()
    values: Any = None

    def rows(self, places: Any) -> Any:
        """Some of the examples."""
        return self.values[places] if self.frame is None else self.frame.iloc[places]

    @property
    def sparse(self) -> bool:
        """Whether most of the features are zeros: words, or categories of very many values."""
        wide = self.frame is not None and any(self.frame[name].nunique() > 500 for name in self.categories)
        return bool(self.texts) or wide


def see(prepared: Prepared) -> Seen:
    """The raw examples of a run as features for flat algorithms."""
    inputs = prepared.dataset.inputs
    if isinstance(inputs, Table):
        return _see_table(inputs)
    if isinstance(inputs, Texts):
        import pandas as pd

        return Seen(pd.DataFrame({"text": [inputs.text(row)[0] for row in range(len(inputs))]}), texts=("text",))
    if isinstance(prepared.encoder, PictureEncoder):
        return Seen(values=_thumbnails(prepared.inputs))
    if isinstance(prepared.encoder, SoundEncoder):
        seen = Outputs(lambda params, state, x: prepared.encoder.on_device(x))
        spectrograms = np.asarray(seen({}, {}, prepared.inputs))
        return Seen(values=np.concatenate([spectrograms.mean(1), spectrograms.std(1)], axis=1).reshape(len(inputs), -1))
    raise SystemExit(f"there are no features for {type(inputs).__name__}")


def peers(prepared: Prepared, classes: bool, seed: int) -> list[Peer]:
    """Gradient boosting, an SVM and a linear model, fitted on the training and validation rows."""
    seen, targets = see(prepared), np.asarray(prepared.targets)
    targets = targets if classes else np.asarray(prepared.dataset.targets, np.float64)
    parts = prepared.split
    train = np.sort(np.concatenate([parts.train, parts.validation]))
    few = train
    if not seen.sparse and len(train) > MOST_OF_KERNEL:
        few = np.sort(np.random.default_rng(seed).choice(train, MOST_OF_KERNEL, replace=False))
    found = []
    for name, model, rows in (
        ("gradient boosting", _boosting(seen, classes, seed), train),
        ("SVM", _svm(seen, classes, seed), few),
        ("linear", _linear(seen, classes), train),
    ):
        model.fit(seen.rows(rows), targets[rows])
        found.append(Peer(name, model.predict(seen.rows(parts.test)), len(rows) < len(train)))
    return found


def _see_table(table: Table) -> Seen:
    import pandas as pd

    columns: dict[str, Any] = {}
    kinds: dict[str, list[str]] = {"number": [], "category": [], "text": []}
    for name, guess in table.kinds.items():
        values = table.columns[name]
        if guess.kind == "number":
            columns[name] = guess.number_form.read(values, name)
        elif guess.kind == "date":
            columns[name] = read_dates(values, guess.date_form, name)
        elif guess.kind in ("category", "text"):
            columns[name] = texts_of(values)
        else:
            continue
        kinds["number" if guess.kind == "date" else guess.kind].append(name)
    return Seen(pd.DataFrame(columns), kinds["number"], kinds["category"], kinds["text"])


def _thumbnails(pictures: Any) -> Any:
    """Means over blocks, so that at most 16 x 16 places are left; shares from 0 to 1."""
    step = max(1, min(pictures.shape[1:3]) // THUMBNAIL)
    height, width = (size // step for size in pictures.shape[1:3])
    cut = pictures[:, : height * step, : width * step]
    blocks = cut.reshape(len(cut), height, step, width, step, -1)
    return np.concatenate([part.mean((2, 4), dtype=np.float32) / 255 for part in np.array_split(blocks, 64)]).reshape(
        len(cut), -1
    )


def _prepared(seen: Seen, dense: bool, by_target: bool = False) -> Any:
    """The usual preparation of each column; by_target for trees, which one-hot columns of many values make slow."""
    from sklearn.compose import ColumnTransformer
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder

    if seen.frame is None:
        return StandardScaler()
    encode = (
        TargetEncoder(random_state=0) if by_target else OneHotEncoder(handle_unknown="ignore", sparse_output=not dense)
    )
    words = [
        make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), *([TruncatedSVD(TOPICS)] if dense else [])
        )
        for _ in seen.texts
    ]
    return ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
                seen.numbers,
            ),
            ("categories", encode, seen.categories),
            *((f"text {name}", one, name) for name, one in zip(seen.texts, words, strict=True)),
        ]
    )


def _boosting(seen: Seen, classes: bool, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    by_target = seen.sparse and not seen.texts
    return make_pipeline(_prepared(seen, dense=True, by_target=by_target), kind(random_state=seed))


def _svm(seen: Seen, classes: bool, seed: int) -> Any:
    """With a radial kernel; a linear one on sparse columns, as is usual. Numbers are learnt standardized."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

    if classes:
        return make_pipeline(_prepared(seen, not seen.sparse), LinearSVC(random_state=seed) if seen.sparse else SVC())
    regressor = LinearSVR(random_state=seed, max_iter=5000) if seen.sparse else SVR()
    return make_pipeline(
        _prepared(seen, not seen.sparse), TransformedTargetRegressor(regressor, transformer=StandardScaler())
    )


def _linear(seen: Seen, classes: bool) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline

    model = LogisticRegression(max_iter=2000) if classes else Ridge()
    return make_pipeline(_prepared(seen, not seen.sparse), model)
