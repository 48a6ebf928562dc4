"""Where Lamina keeps what it can make or fetch again: folders of the user's cache directory."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """LAMINA_CACHE, or a folder of the system's cache directory."""
    if os.environ.get("LAMINA_CACHE"):
        return Path(os.environ["LAMINA_CACHE"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "lamina" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lamina"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lamina"


def data_sets_folder() -> Path:
    """LAMINA_DATASETS, or a folder of the cache."""
    return Path(os.environ.get("LAMINA_DATASETS") or cache_folder() / "datasets")
