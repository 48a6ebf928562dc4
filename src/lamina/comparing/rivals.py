"""The flat algorithms, as scikit-learn has them, each with the settings that are tried: as many as the network's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

SETTINGS = 6
"""How many settings each contestant may try."""
TOPICS = 100
"""Numbers that sparse rows become for gradient boosting, which takes dense ones alone."""
TREES = 100

Setting = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """What a flat algorithm is built for.

    Args:
        classes: whether classes are learnt, or numbers.
        rows: how many examples it learns from.
        features: numbers of an example.
        sparse: whether most of them are zeros that are not kept.
        negative: whether any of them is below 0.
        seed: of its chance.
    """

    classes: bool
    rows: int
    features: int
    sparse: bool = False
    negative: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Rival:
    """A flat algorithm.

    Args:
        build: from a setting to what has `fit` and `predict`.
        settings: those that are tried, the usual one first.
        seconds: about, for 1,000 examples of 100 numbers, before anything was measured.
        growth: the power of the number of examples with which its time grows at least.
        numbers: whether it learns numbers too.
    """

    build: Callable[[Given, Setting], Any]
    settings: tuple[Setting, ...]
    seconds: float
    growth: float = 1.0
    numbers: bool = True


def grid(**choices: tuple[Any, ...]) -> tuple[Setting, ...]:
    """Every combination.

    Example:
        >>> grid(C=(1, 2), gamma=(3,))
        ({'C': 1, 'gamma': 3}, {'C': 2, 'gamma': 3})
    """
    return tuple(dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


def _tree(given: Given, setting: Setting) -> Any:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if given.classes else DecisionTreeRegressor
    return kind(random_state=given.seed, **setting)


def _forest(given: Given, setting: Setting) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if given.classes else RandomForestRegressor
    return kind(TREES, random_state=given.seed, **setting)


def _boosting(given: Given, setting: Setting) -> Any:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    kind = HistGradientBoostingClassifier if given.classes else HistGradientBoostingRegressor
    model = kind(random_state=given.seed, early_stopping=False, **setting)
    if not given.sparse:
        return model
    if given.features == 1:  # one word alone has no topics
        return make_pipeline(FunctionTransformer(_dense, accept_sparse=True), model)
    return make_pipeline(TruncatedSVD(min(TOPICS, given.features - 1), random_state=given.seed), model)


def _dense(values: Any) -> Any:
    return values.toarray()


def _svm(given: Given, setting: Setting) -> Any:
    """With a radial kernel; on sparse rows a linear one, as is usual for words."""
    from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

    if given.sparse:
        kind = LinearSVC if given.classes else LinearSVR
        return kind(C=setting["C"] * (1 if setting["gamma"] == "scale" else 0.001), random_state=given.seed)
    return (SVC if given.classes else SVR)(**setting)


def _naive_bayes(given: Given, setting: Setting) -> Any:
    """Normal distributions; of words that are counted, multinomial ones, or whether they are there."""
    from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB

    if given.sparse:
        return (BernoulliNB if given.negative else MultinomialNB)(alpha=setting["alpha"])
    return GaussianNB(var_smoothing=setting["var_smoothing"])


def _linear(given: Given, setting: Setting) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge

    if given.classes:
        return LogisticRegression(C=setting["C"], max_iter=300)
    return Ridge(alpha=1 / setting["C"])


def _neighbors(given: Given, setting: Setting) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    kind = KNeighborsClassifier if given.classes else KNeighborsRegressor
    return kind(min(setting["n_neighbors"], given.rows), weights=setting["weights"])


SMOOTHING = tuple(
    {"alpha": counts, "var_smoothing": share}
    for counts, share in ((1.0, 1e-9), (0.1, 1e-4), (0.3, 1e-3), (0.03, 1e-2), (0.01, 1e-1), (3.0, 1.0))
)
"""Of naive Bayes: added to each count, or this share of the largest variance to each variance."""
LINEAR = {True: "logistic regression", False: "linear regression"}
"""What the linear model is called, by whether classes are learnt."""
RIVALS: dict[str, Rival] = {
    "naive Bayes": Rival(_naive_bayes, SMOOTHING, 0.01, numbers=False),
    "decision tree": Rival(_tree, grid(min_samples_leaf=(1, 2, 4, 8, 16, 32)), 0.03, 1.1),
    "k-nearest neighbors": Rival(_neighbors, grid(n_neighbors=(5, 1, 15), weights=("uniform", "distance")), 0.03),
    "linear": Rival(_linear, grid(C=(1.0, 0.1, 10.0, 0.01, 100.0, 1000.0)), 0.05),
    "SVM": Rival(_svm, grid(gamma=("scale", 0.01), C=(1.0, 10.0, 100.0)), 0.1, 2.0),
    "random forest": Rival(_forest, grid(min_samples_leaf=(1, 2, 5), max_features=("sqrt", 0.5)), 0.4, 1.1),
    "gradient boosting": Rival(_boosting, grid(learning_rate=(0.1, 0.3, 0.03), min_samples_leaf=(20, 3)), 1.0),
}
"""Quick ones first."""


def rivals_for(classes: bool) -> tuple[str, ...]:
    """The names of those that can learn classes, or numbers.

    Example:
        >>> len(rivals_for(classes=True)), len(rivals_for(classes=False))
        (7, 6)
    """
    return tuple(
        LINEAR[classes] if name == "linear" else name for name, one in RIVALS.items() if classes or one.numbers
    )


def rival(name: str) -> Rival:
    """A flat algorithm by its name."""
    return RIVALS["linear" if name in LINEAR.values() else name]
