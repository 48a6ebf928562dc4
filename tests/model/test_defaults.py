"""What is taken where the user decides nothing."""

from __future__ import annotations

from typing import Any

import pytest

import lamina
from lamina.model.defaults import with_own_rate


def settings_of(**chosen: Any) -> lamina.Settings:
    return lamina.train("iris", **chosen).prepared.settings


@pytest.mark.slow
def test_a_usual_rate_goes_where_another_optimizer_is_chosen() -> None:
    assert settings_of().rate == 0.003
    assert settings_of(optimizer="adam").rate == 0.003
    assert settings_of(optimizer="gradient_descent").rate == lamina.Settings(optimizer="gradient_descent").rate
    assert settings_of(optimizer="gradient_descent", learning_rate=0.5).rate == 0.5


@pytest.mark.slow
def test_the_rate_of_a_designs_rule_goes_with_its_optimizer_too() -> None:
    assert settings_of(network="boltzmann").rate == 0.01
    assert settings_of(network="boltzmann", optimizer="adam").rate == settings_of().rate


@pytest.mark.parametrize("usual", [{}, {"learning_rate": 0.1}, {"learning_rate": 0.1, "optimizer": "momentum"}])
def test_the_other_settings_stay(usual: dict[str, Any]) -> None:
    assert with_own_rate({**usual, "epochs": 3}, {"optimizer": "rmsprop"}) == {"epochs": 3, "optimizer": "rmsprop"}
