"""scikit-learn's own judge of estimators: every check, none expected to fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from lamina import LaminaClassifier, LaminaClusterer, LaminaRegressor, LaminaTransformer

ESTIMATORS = [LaminaClassifier(), LaminaRegressor(), LaminaClusterer(), LaminaTransformer()]
QUICK = {
    "check_do_not_raise_errors_in_init_or_set_params", "check_estimator_cloneable", "check_estimator_repr",
    "check_estimators_empty_data_messages", "check_estimators_unfitted", "check_fit1d", "check_get_params_invariance",
    "check_mixin_order", "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_requires_y_none", "check_set_params", "check_valid_tag_types", "check_all_zero_sample_weights_error",
    "check_complex_data", "check_classifiers_regression_target", "check_supervised_y_no_nan",
}  # fmt: skip
"""Checks that train nothing."""


def name_of(check: Any) -> str:
    return str(getattr(check, "func", check).__name__)


def quick_checks() -> list[Any]:
    """An estimator and one of its checks each."""
    found = [pair for one in ESTIMATORS for pair in estimator_checks_generator(one)]
    return [pytest.param(*pair, id=f"{type(pair[0]).__name__} {name_of(pair[1])}") for pair in found
            if name_of(pair[1]) in QUICK]  # fmt: skip


@pytest.mark.parametrize(("estimator", "check"), quick_checks())
def test_what_needs_no_training(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(ESTIMATORS)  # type: ignore[untyped-decorator]  # scikit-learn has no types
def test_every_check(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


ARRAY_API = """
from functools import partial
from sklearn.utils.estimator_checks import check_array_api_input
from lamina import LaminaClassifier, LaminaClusterer, LaminaRegressor, LaminaTransformer

for one in (LaminaClassifier(), LaminaRegressor(), LaminaClusterer(), LaminaTransformer()):
    check_array_api_input(type(one).__name__, one, array_namespace="numpy", expect_only_array_outputs=False)
print("all passed")
"""


@pytest.mark.slow
def test_the_check_that_scikit_learn_skips_unless_it_is_asked_for() -> None:
    """Arrays of NumPy where scikit-learn dispatches by the array API, which SciPy must know before it is imported."""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ARRAY_API], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout == "all passed\n", done.stderr


def test_no_check_is_left_out() -> None:
    found = {name_of(check) for one in ESTIMATORS for _, check in estimator_checks_generator(one)}
    assert found >= QUICK
    assert {
        "check_sample_weight_equivalence_on_dense_data", "check_estimators_partial_fit_n_features",
        "check_estimators_pickle", "check_methods_sample_order_invariance", "check_methods_subset_invariance",
    } <= found  # fmt: skip
