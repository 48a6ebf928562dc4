"""Saved models for the commands that use one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trained import MODELS_AND_TABLES as MODELS


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with digits.safetensors, iris.safetensors ..."""
    folder = tmp_path_factory.mktemp("models")
    for name, made in MODELS.items():
        made().save(folder / f"{name}.safetensors")
    return folder
